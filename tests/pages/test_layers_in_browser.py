"""The freeze tree in a browser: quick clicks, strip, keyboard, search, page switches."""

from pathlib import Path

from core import recipe_link
from core.models.freeze_names import matching
from core.models.summary import summarize
from core.recipe import FreezePlan, ModelSpec, Recipe
from tests.pages.server import CHROMIUM, FLAGS, needs_browser, running_app

pytestmark = needs_browser

RECIPE = Recipe(
    model=ModelSpec(name="resnet18", weights="IMAGENET1K_V1"),
    freeze=FreezePlan(preset="linear_probe"),
)
PATTERNS = ("layer3.*", "*.bn2", "*bias", "layer?.0.conv1", "*", "*.weight", "type:BatchNorm2d",
            "type:*d", "type:ResNet", "*.bn9", "*ow*sample.?", "l*1")
# All in one go, without a pause in which the server could answer.
CLICK_ALL = """(boxes) => boxes.forEach((box) => box.click())"""


def test_the_freeze_tree_in_a_browser(tmp_path: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    with running_app(tmp_path) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1600})
        page.set_default_timeout(60_000)
        expect.set_options(timeout=30_000)
        page.goto(f"{address}/layers?recipe={recipe_link.to_link(RECIPE)}")
        trainable = page.get_by_test_id("stMetricValue").first

        def row(name: str):
            return page.get_by_role("treeitem", name=f"{name},")

        # Five boxes at once, then five with the mouse as fast as it goes: all take.
        expect(trainable).to_have_text("5.13 k")
        stages = ("conv1", "bn1", "layer1", "layer2", "layer3")
        expect(row("layer3")).to_be_visible()  # the figure may be there before the tree is
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
        expect(page.get_by_text("2 match: ")).to_be_visible()
        row("layer3.1.bn2").locator(".tick").click()
        expect(page.get_by_text("2 exceptions to Last stage")).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)
        search.fill("no such layer")
        expect(page.get_by_text("No layer has this")).to_be_visible()

        # A pattern, by the keyboard alone: found, counted, set, and one exception in the plan.
        page.get_by_text("Linear probe", exact=True).click()
        expect(trainable).to_have_text("5.13 k")
        search.fill("*.bn2")
        expect(page.get_by_text("8 match: 3,840 parameters, all frozen.")).to_be_visible()
        search.focus()
        for key in ("Tab", "Tab", "Tab", "Tab", "Enter"):
            page.keyboard.press(key)
        expect(trainable).to_have_text("8.97 k")
        expect(page.get_by_text("8 match: 3,840 parameters, all train.")).to_be_visible()
        expect(page.get_by_text("1 exception to Linear probe")).to_be_visible()

        # Every type is offered; all biases are those of BatchNorm and of the head.
        kinds = page.get_by_role("combobox", name="Find all of a type")
        kinds.select_option("type:BatchNorm2d")
        expect(page.get_by_text("20 match: 9,600 parameters, 3,840 train.")).to_be_visible()
        kinds.select_option("*bias")
        expect(page.get_by_text("21 match: 4,810 parameters, 1,930 train.")).to_be_visible()
        page.get_by_role("button", name="Let all of these train").click()
        expect(trainable).to_have_text("11.8 k")
        expect(row("layer1.0.bn1.bias")).to_have_attribute("aria-checked", "true")
        expect(row("layer1.0.bn1")).to_have_attribute("aria-checked", "mixed")
        page.get_by_role("button", name="Freeze all of these").click()
        expect(trainable).to_have_text("7.04 k")
        search.fill("")

        # The browser answers a pattern by itself, and finds what the server finds.
        rows = summarize("resnet18", num_classes=10).rows
        for pattern in PATTERNS:
            found = page.locator(".thaw-layers").evaluate(
                "(root, pattern) => root._view.layers.matching(pattern).map((row) => row.name)",
                pattern,
            )
            # The only parameter of a layer is no row of its own.
            told = [name.removesuffix(".weight") if "conv" in name or "sample.0" in name else name
                    for name in matching(pattern, rows)]
            assert found == told, pattern
            assert found or pattern == "*.bn9"

        # A parameter is a row beneath its module, and the keyboard reaches it.
        page.get_by_text("Last stage", exact=True).click()
        expect(trainable).to_have_text("8.4 M")
        page.get_by_text("Linear probe", exact=True).click()
        expect(trainable).to_have_text("5.13 k")
        page.get_by_role("tree").focus()
        for key in ("Home", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowDown",
                    "Enter"):
            page.keyboard.press(key)
        expect(row("bn1.bias")).to_have_attribute("aria-checked", "true")
        expect(trainable).to_have_text("5.19 k")
        browser.close()


def test_two_browser_sessions_never_see_each_other_s_plan(tmp_path: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    with running_app(tmp_path) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        expect.set_options(timeout=60_000)
        pages = [browser.new_context().new_page() for _ in range(2)]
        for page in pages:
            page.set_default_timeout(60_000)
            page.goto(f"{address}/layers?recipe={recipe_link.to_link(RECIPE)}")
        figures = [page.get_by_test_id("stMetricValue").first for page in pages]
        for figure in figures:
            expect(figure).to_have_text("5.13 k")

        def click(page, name: str) -> None:
            page.get_by_role("treeitem", name=f"{name},").locator(".tick").click()

        click(pages[0], "layer4")
        click(pages[1], "layer1")
        expect(figures[0]).to_have_text("8.4 M")
        expect(figures[1]).to_have_text("153 k")
        click(pages[0], "layer3")
        expect(figures[0]).to_have_text("10.5 M")
        click(pages[1], "layer1")
        expect(figures[1]).to_have_text("5.13 k")
        for page, states in zip(pages, (("true", "false"), ("false", "false")), strict=True):
            side = page.get_by_test_id("stSidebarNav")  # the Start page links to Layers too
            side.get_by_role("link", name="Start").click()
            side.get_by_role("link", name="Layers").click()
            for name, state in zip(("layer4", "layer1"), states, strict=True):
                expect(page.get_by_role("treeitem", name=f"{name},")).to_have_attribute(
                    "aria-checked", state
                )
        expect(figures[0]).to_have_text("10.5 M")
        expect(figures[1]).to_have_text("5.13 k")
        browser.close()
