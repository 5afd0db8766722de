"""What AppTest can't reach on the Models page: clicks on points, and the file that comes."""

from pathlib import Path

from tests.pages.server import CHROMIUM, FLAGS, needs_browser, running_app

pytestmark = needs_browser


def test_points_choose_and_the_table_comes_as_a_file(tmp_path: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    with running_app(tmp_path) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1400})
        page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        page.goto(f"{address}/models")
        expect(page.get_by_text("modules. A click")).to_be_visible()
        model = page.locator("h2").first

        def click_point(chart: int, name: str) -> None:
            # dispatched, as another point may lie on it
            page.get_by_test_id("stVegaLiteChart").nth(chart).locator(
                f"path[aria-roledescription=circle][aria-label*='model: {name};']"
            ).first.dispatch_event("click")
            expect(model).to_have_text(name)

        click_point(0, "alexnet")
        click_point(0, "vgg11")
        with page.expect_download() as coming:
            page.get_by_test_id("stDownloadButton").click()
        assert coming.value.suggested_filename == "vgg11_IMAGENET1K_V1_summary.csv"
        assert "classifier.6" in Path(coming.value.path()).read_text(encoding="utf-8")

        page.get_by_role("tab", name="Compare").click()
        click_point(2, "squeezenet1_1")
        page.get_by_role("button", name="Add squeezenet1_1").click()
        expect(page.get_by_text("To predict one")).to_be_visible()

        # Enter takes the first that matches, and not all three.
        page.get_by_role("combobox", name="Compare").fill("resnet18")
        page.keyboard.press("Enter")
        chosen = page.get_by_test_id("stMultiSelect").last.locator("[data-tag]")
        expect(chosen).to_have_count(3)
        page.keyboard.press("Escape")  # its open list hides the rest of the page

        # On a phone no view makes the page wider than it is.
        page.set_viewport_size({"width": 390, "height": 844})
        for view in ("Summary", "Inside", "Card", "Compare", "Engines"):
            page.get_by_role("tab", name=view).click()
            expect(page.get_by_role("tab", selected=True)).to_have_text(view)
            page.wait_for_timeout(2_500)
            main = page.get_by_test_id("stMain")
            assert main.evaluate("main => main.scrollWidth <= main.clientWidth + 1"), view
        browser.close()
