"""The view Structure in a browser: boxes opened and left, the tree, by mouse and by keyboard."""

from pathlib import Path

from core import recipe_link
from core.recipe import ModelSpec, Recipe
from tests.pages.server import CHROMIUM, FLAGS, needs_browser, running_app

pytestmark = needs_browser

RECIPE = Recipe(model=ModelSpec(name="resnet18", weights="IMAGENET1K_V1"))


def test_structure_in_a_browser(tmp_path: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    with running_app(tmp_path) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1600})
        page.set_default_timeout(60_000)
        expect.set_options(timeout=30_000)
        page.goto(f"{address}/models?recipe={recipe_link.to_link(RECIPE)}")
        page.get_by_role("tab", name="Structure").click()
        steps = page.locator(".flow .step")
        crumbs = page.get_by_role("navigation", name="Where you are in the model")

        def step(name: str):
            return page.get_by_role("button", name=f"{name},")

        def row(name: str):
            return page.get_by_role("treeitem", name=f"{name},")

        # All ten stages, each with its shapes; layer4 has the most parameters.
        expect(steps).to_have_count(10)
        expect(step("layer2")).to_have_accessible_name(
            "layer2, Sequential, 64 × 56 × 56 to 128 × 28 × 28, 525,568 parameters, 4.7 %, opens"
        )
        areas = {name: step(name).locator(".plate").bounding_box() for name in ("relu", "layer4")}
        assert areas["layer4"]["width"] > 5 * areas["relu"]["width"] > 40

        # The mouse opens two boxes, and the trail leads back.
        step("layer2").click()
        expect(steps).to_have_count(2)
        step("layer2.0").click()
        expect(step("downsample")).to_be_visible()
        expect(page.get_by_text("from the input")).to_be_visible()  # the shortcut of the block
        crumbs.get_by_role("button", name="resnet18").click()
        expect(steps).to_have_count(10)

        # The keyboard does the same, and comes back to the box that it left.
        step("conv1").focus()
        for key in ("End", "ArrowLeft", "ArrowLeft"):
            page.keyboard.press(key)
        expect(step("layer4")).to_be_focused()
        expect(page.locator(".card")).to_contain_text("8,393,728")
        page.keyboard.press("Enter")
        expect(step("layer4.0")).to_be_focused()
        page.keyboard.press("Escape")
        expect(step("layer4")).to_be_focused()

        # What size shows: max pooling makes no parameters, but activations.
        expect(step("maxpool")).to_contain_text("no parameters")
        page.get_by_role("button", name="Activations").click()
        expect(step("maxpool")).to_contain_text("803 kB")

        # The tree, by mouse, to a depth and by searching.
        row("layer1").click()
        expect(row("layer1.1")).to_be_visible()
        page.get_by_role("group", name="Open to a depth of").get_by_text("all").click()
        expect(row("layer1.1.bn2")).to_be_visible()
        page.get_by_role("searchbox").press_sequentially("layer3 downsample")
        expect(page.get_by_text("3 of 68")).to_be_visible()
        expect(row("layer3.0.downsample.1")).to_be_visible()
        page.keyboard.press("Escape")

        # And by keyboard: shut what is open, walk, open again.
        page.get_by_role("group", name="Open to a depth of").get_by_text("1").click()
        page.get_by_role("tree").focus()
        for key in ("Home", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown",
                    "ArrowRight"):
            page.keyboard.press(key)
        expect(row("layer1")).to_have_attribute("aria-expanded", "true")
        page.keyboard.press("ArrowLeft")
        expect(row("layer1")).to_have_attribute("aria-expanded", "false")

        # A phone: from top to bottom, and nothing to scroll sideways.
        page.set_viewport_size({"width": 390, "height": 844})
        first, second = step("conv1"), step("bn1")
        expect(page.locator(".thaw-structure.narrow")).to_be_visible()
        assert second.bounding_box()["y"] > first.bounding_box()["y"] + 80
        main = page.get_by_test_id("stMain")
        assert main.evaluate("(main) => main.scrollWidth <= main.clientWidth")
        browser.close()
