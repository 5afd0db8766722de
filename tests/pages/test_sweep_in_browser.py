"""The Sweep page in a browser: a click on a cell opens its run, and the levers."""

from pathlib import Path

from core.runs import queue
from core.runs.folder import Run
from tests.pages.server import CHROMIUM, FLAGS, needs_browser, running_app
from tests.pages.test_sweep import RATES, finished

pytestmark = needs_browser


def test_cells_open_their_runs_and_levers_change_the_page(home: Path, monkeypatch) -> None:
    from playwright.sync_api import expect, sync_playwright

    monkeypatch.setattr(queue, "_spawn", lambda root: None)
    finished([0.8, 0.9, 0.7, 0.6], name="Seeds", optimizer__lr="0.1, 0.01", train__seed="0, 1")
    grid = finished([0.8, 0.9, 0.5, 0.6], name="Grid", **RATES)
    with running_app(home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1400})
        page.set_default_timeout(60_000)
        expect.set_options(timeout=30_000)
        page.goto(f"{address}/sweep")

        title = page.get_by_role("heading", level=1)
        heading = page.locator("h2").first

        def choose(name: str) -> None:
            page.get_by_role("combobox", name="Sweep").first.click()
            page.get_by_role("option", name=name).click()
            expect(page.get_by_text("runs have finished")).to_be_visible()

        def back() -> None:
            page.get_by_test_id("stSidebarNav").get_by_text("Sweep").click()
            # All of it: what is clicked while a page is still the one before belongs to that one.
            expect(title).to_have_text("Sweep")
            expect(page.get_by_text("4 of 4 runs have finished")).to_be_visible()

        def click(cell: int) -> None:
            chart = page.get_by_test_id("stVegaLiteChart").first
            for _ in range(5):  # a slow machine may draw the chart anew under the pointer
                chart.locator(".mark-rect path").nth(cell).click()
                try:
                    expect(title).to_have_text("Runs", timeout=10_000)
                    return
                except AssertionError:
                    continue
            raise AssertionError("the cell opens nothing")

        def opened(run: Run) -> None:
            expect(heading).to_have_text(run.name)

        choose("Grid")
        chart = page.get_by_test_id("stVegaLiteChart").first
        for text in ("80.0", "★ 90.0", "50.0", "60.0"):
            expect(chart.get_by_text(text, exact=True)).to_be_visible()
        click(2)
        opened(grid.members[2].run)

        # Back on the page nothing jumps by itself, and the same cell can be clicked again.
        back()
        click(1)
        opened(grid.members[1].run)
        back()
        click(1)
        opened(grid.members[1].run)

        # A cell of several seeds opens all of them.
        back()
        choose("Seeds")
        expect(page.get_by_test_id("stVegaLiteChart").first.get_by_text("★ 75.0")).to_be_visible()
        click(0)
        expect(heading).to_have_text("Side by side")

        # What the page's part that is drawn by itself changes, the whole page follows.
        back()
        choose("Grid")
        page.get_by_role("button", name="Set up one like it").click()
        expect(page.get_by_role("button", name="Start the 4 runs")).to_be_visible()
        expect(page.get_by_role("textbox", name="Values").first).to_have_value("0.1, 0.01")
        expect(page.get_by_text("Session State")).to_have_count(0)
        choose("Grid")
        page.get_by_role("button", name="Use this recipe").click()
        expect(title).to_have_text("Train")
        expect(page.get_by_text("Everything is set as in")).to_be_visible()
        browser.close()
