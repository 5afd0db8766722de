"""The freeze tree in a browser: quick clicks, strip, keyboard, search, page switches."""

from pathlib import Path

from core import recipe as recipes
from core.recipe import FreezePlan, ModelSpec, Recipe
from tests.pages.server import CHROMIUM, FLAGS, needs_browser, running_app

pytestmark = needs_browser

RECIPE = Recipe(
    model=ModelSpec(name="resnet18", weights="IMAGENET1K_V1"),
    freeze=FreezePlan(preset="linear_probe"),
)
# All in one go, without a pause in which the server could answer.
CLICK_ALL = """(boxes) => boxes.forEach((box) => box.click())"""


def test_the_freeze_tree_in_a_browser(tmp_path: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    with running_app(tmp_path) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1600})
        page.set_default_timeout(60_000)
        expect.set_options(timeout=30_000)
        page.goto(f"{address}/layers?recipe={recipes.to_link(RECIPE)}")
        trainable = page.get_by_test_id("stMetricValue").first

        def row(name: str):
            return page.get_by_role("treeitem", name=f"{name},")

        # Five boxes at once, then five with the mouse as fast as it goes: all take.
        expect(trainable).to_have_text("5.13 k")
        stages = ("conv1", "bn1", "layer1", "layer2", "layer3")
        boxes = page.locator(".row .tick").element_handles()
        page.evaluate(CLICK_ALL, boxes[1:6])
        expect(trainable).to_have_text("2.79 M")
        expect(page.get_by_text("5 exceptions to Linear probe")).to_be_visible()
        for name in stages:
            row(name).locator(".tick").click()
        expect(trainable).to_have_text("5.13 k")
        expect(page.get_by_text("No exceptions to Linear probe")).to_be_visible()

        # A box switched three times within one answer ends where it should.
        page.evaluate(CLICK_ALL, [row("layer4").locator(".tick").element_handle()] * 3)
        expect(trainable).to_have_text("8.4 M")
        expect(row("layer4")).to_have_attribute("aria-checked", "true")

        # The strip says and does the same.
        stage = page.get_by_role("checkbox", name="layer4")
        expect(stage).to_have_attribute("aria-checked", "true")
        stage.click()
        expect(row("layer4")).to_have_attribute("aria-checked", "false")
        expect(trainable).to_have_text("5.13 k")

        # The keyboard opens, walks and switches; what holds it is mixed then.
        page.get_by_role("tree").focus()
        for key in ("Home", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight",
                    "ArrowRight", "ArrowRight", "Space"):
            page.keyboard.press(key)
        expect(row("layer1.0.conv1")).to_have_attribute("aria-checked", "true")
        expect(row("layer1")).to_have_attribute("aria-checked", "mixed")
        expect(row("layer1")).to_have_attribute("aria-expanded", "true")
        expect(trainable).to_have_text("42 k")
        for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft"):
            page.keyboard.press(key)
        expect(row("layer1")).to_have_attribute("aria-expanded", "false")

        # Another page and back: the tree shows the clicks that came after its data.
        page.get_by_role("link", name="Models").click()
        expect(page.locator("h2").first).to_have_text("resnet18")
        page.get_by_role("link", name="Layers").click()
        expect(row("layer1")).to_have_attribute("aria-checked", "mixed")
        expect(trainable).to_have_text("42 k")
        row("layer2").locator(".tick").click()
        expect(trainable).to_have_text("568 k")

        # A preset reaches the tree, and a click after it counts from there.
        page.get_by_text("Last stage", exact=True).click()
        expect(row("layer4")).to_have_attribute("aria-checked", "true")
        expect(row("layer2")).to_have_attribute("aria-checked", "false")
        row("conv1").locator(".tick").click()
        expect(page.get_by_text("1 exception to Last stage")).to_be_visible()

        # Searching opens the way; letters that are Streamlit's shortcuts stay in the input.
        search = page.get_by_role("searchbox")
        search.press_sequentially("layer3 bn2")
        expect(row("layer3.1.bn2")).to_be_visible()
        expect(page.get_by_text("2 of 57")).to_be_visible()
        row("layer3.1.bn2").locator(".tick").click()
        expect(page.get_by_text("2 exceptions to Last stage")).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)
        search.fill("no such layer")
        expect(page.get_by_text("No layer has this")).to_be_visible()
        browser.close()
