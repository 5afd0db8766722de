"""What AppTest can't reach: the first visit of a fresh server, clicks in a table and a chart."""

from collections.abc import Iterator

import pytest

from core import recipe_link
from core.recipe import ModelSpec, Recipe
from tests.pages.server import CHROMIUM, FLAGS, needs_browser, running_app

pytestmark = needs_browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that nobody has visited yet."""
    with running_app(tmp_path_factory.mktemp("home")) as address:
        yield address


def test_the_shell_in_a_browser(address: str) -> None:
    from playwright.sync_api import expect, sync_playwright

    recipe = Recipe(name="Lesson 3", model=ModelSpec(name="resnet18", weights="IMAGENET1K_V1"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1200})
        page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)

        # A fresh server whose first visitor opens a page directly, by a teacher's link.
        page.goto(f"{address}/models?recipe={recipe_link.to_link(recipe)}")
        opened = page.get_by_text("The link set everything to its recipe “Lesson 3”.")
        expect(opened).to_be_visible()
        expect(page.get_by_test_id("stSidebarNav").get_by_text("Start")).to_be_visible()
        model = page.locator("h2").first
        expect(model).to_have_text("resnet18")
        expect(page.get_by_text("modules. A click")).to_be_visible()

        # Two rows of the catalogue, one after the other: the cells are a canvas.
        page.get_by_role("textbox", name="Search").fill("squeezenet")
        table = page.get_by_test_id("stDataFrame").first
        page.wait_for_function(
            "() => document.querySelector('[data-testid=stDataFrame]')"
            ".getBoundingClientRect().height < 150"
        )
        for row, name in ((0, "squeezenet1_0"), (1, "squeezenet1_1")):
            place = table.bounding_box()
            page.mouse.click(place["x"] + 18, place["y"] + 35 * (row + 1) + 18)
            expect(model).to_have_text(name)
        # A click on the chosen row takes nothing away: one model is always chosen.
        ticked = table.locator("tr[aria-selected=true]")
        expect(ticked).to_have_count(1)
        page.mouse.click(place["x"] + 18, place["y"] + 35 * 2 + 18)
        page.wait_for_timeout(500)
        expect(ticked).to_have_count(1)

        # Half-typed stays through another page and back, and a reset brings the default.
        size = page.get_by_role("textbox", name="Input size")
        size.fill("abc")
        size.press("Enter")
        sentence = page.get_by_text("The input size must be a whole number; “abc” is not one.")
        expect(sentence).to_be_visible()
        page.get_by_test_id("stSidebarNav").get_by_text("Start").click()
        expect(page.get_by_role("heading", name="Your way")).to_be_visible()
        expect(page.get_by_test_id("stMarkdown").get_by_text("squeezenet1_1").first).to_be_visible()
        page.get_by_test_id("stSidebarNav").get_by_text("Models").click()
        expect(sentence).to_be_visible()
        expect(size).to_have_value("abc")
        page.locator("[class*='st-key-reset-transform']").get_by_role("button").click()
        expect(sentence).to_have_count(0)
        expect(size).to_have_value("")

        # Three tabs, one after the other: each opens at its first click.
        page.get_by_test_id("stSidebarNav").get_by_text("Modules").click()
        for name, words in (
            ("Forward hooks", "bit for bit"), ("Layers that nothing uses", "1,001 parameters more"),
            ("What belongs to a module", "Parameter, buffer or attribute"),
        ):
            page.get_by_role("tab", name=name).click()
            expect(page.get_by_text(words)).to_be_visible()
            expect(page.get_by_role("tab", selected=True)).to_have_text(name)

        # A link to the form: what was folded open stays so when the notice goes.
        page.goto(f"{address}/train?recipe={recipe_link.to_link(recipe)}")
        expect(opened).to_be_visible()
        for title in ("10 classes", "Seed, device, precision, features cache"):
            page.locator("summary").filter(has_text=title).click()
        threads = page.get_by_role("textbox", name="Threads")
        threads.fill("1")
        threads.press("Enter")
        expect(opened).to_have_count(0)
        page.wait_for_timeout(1500)  # a form that was drawn anew would be folded by then
        expect(threads).to_be_visible()
        expect(threads).to_have_value("1")
        assert page.locator("details[open]").count() == 2

        # A reload keeps what was typed; the link, opened again, sets everything anew.
        for part in ("ask", "keep"):  # they take no room on the page
            room = f"[data-testid=stLayoutWrapper]:has(> .st-key-thaw-reload-{part})"
            expect(page.locator(room)).to_have_css("display", "none")
        page.reload()
        page.locator("summary").filter(has_text="Seed, device, precision").click()
        expect(threads).to_have_value("1")
        page.goto(f"{address}/train?recipe={recipe_link.to_link(recipe)}")
        expect(opened).to_be_visible()
        page.wait_for_timeout(1500)  # the tab has answered by then
        expect(opened).to_be_visible()
        page.locator("summary").filter(has_text="Seed, device, precision").click()
        expect(threads).to_have_value("2")

        # A projector, 150 % enlarged: beside the menu the outer columns lie below each other.
        page.set_viewport_size({"width": 853, "height": 720})
        expect(page.get_by_test_id("stSidebarNav")).to_be_visible()
        for title in ("Validation share", "Warm-up epochs"):
            box = page.get_by_role("textbox", name=title).bounding_box()
            assert box["width"] > 120, title
        page.set_viewport_size({"width": 1440, "height": 1200})
        page.get_by_test_id("stSidebarNav").get_by_text("Layers", exact=True).click()
        kept = "JSON.parse(sessionStorage['thaw.draft']).recipe"
        before = page.evaluate(kept)
        page.locator(".thaw-layers").get_by_text("layer4").first.click()
        exceptions = page.get_by_role("button", name="Clear exceptions")
        expect(exceptions).to_be_enabled()
        page.wait_for_function(f"before => {kept} !== before", arg=before)  # the page is whole
        page.reload()
        expect(exceptions).to_be_enabled()
        browser.close()
