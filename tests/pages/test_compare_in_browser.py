"""Comparing in a browser: many runs chosen at once, lines found by name, zoom, files, the link."""

import csv
import re
from pathlib import Path

from PIL import Image

from bench.compare_runs import make_runs
from tests.pages.server import CHROMIUM, FLAGS, needs_browser, running_app

pytestmark = needs_browser


def test_twelve_runs_are_compared_taken_home_and_opened_by_their_link(tmp_path: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    runs = make_runs(tmp_path / "home", 12, 1000)
    with running_app(tmp_path / "home") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1600})
        page.set_default_timeout(60_000)
        expect.set_options(timeout=30_000)
        page.goto(f"{address}/runs")
        expect(page.locator("h2").first).to_be_visible()

        # A click on the head of the table chooses all of them.
        place = page.get_by_test_id("stDataFrame").first.bounding_box()
        page.mouse.click(place["x"] + 18, place["y"] + 18)
        chart = page.locator(".thaw-lines")
        expect(chart.locator(".names button")).to_have_count(12)
        expect(chart.locator("canvas")).to_have_count(2)
        canvas = chart.locator("canvas").first
        expect(canvas).to_have_attribute("aria-label", re.compile("Validation accuracy"))

        # A name lifts its line out for as long as the pointer is on it, a click keeps it so.
        name = chart.locator(".names button").filter(has_text="last_stage seed 1")
        name.hover()
        expect(chart).to_have_attribute("data-lifted", "last_stage seed 1")
        page.mouse.move(5, 5)
        expect(chart).to_have_attribute("data-lifted", "")
        name.click()
        page.mouse.move(5, 5)
        expect(chart).to_have_attribute("data-lifted", "last_stage seed 1")
        name.click()

        # A drag looks closer in both panels, and there is a way back.
        box = canvas.bounding_box()
        page.mouse.move(box["x"] + 150, box["y"] + 100)
        page.mouse.down()
        page.mouse.move(box["x"] + 300, box["y"] + 100, steps=5)
        page.mouse.up()
        back = chart.get_by_role("button", name="show all")
        expect(back).to_have_count(2)
        back.first.click()
        expect(back).to_have_count(0)

        # The same by the keyboard alone.
        def sight() -> list[float]:
            return chart.evaluate("one => one._chart.extent()")

        whole = first, last = sight()
        chart.locator(".names button").last.focus()
        page.keyboard.press("Tab")
        expect(canvas).to_be_focused()
        expect(chart.locator(".keys").first).to_be_visible()
        page.keyboard.press("ArrowRight")  # there is nothing beyond the whole
        assert sight() == whole
        page.keyboard.press("+")
        page.keyboard.press("+")
        expect(back).to_have_count(2)
        quarter = (last - first) / 4
        assert sight() == [first + 1.5 * quarter, first + 2.5 * quarter]
        page.keyboard.press("ArrowRight")
        assert sight() == [first + 1.75 * quarter, first + 2.75 * quarter]
        for _ in range(9):
            page.keyboard.press("ArrowLeft")
        assert sight() == [first, first + quarter]
        page.keyboard.press("-")
        assert sight() == [first, first + 1.5 * quarter]
        page.keyboard.press("Escape")
        expect(back).to_have_count(0)
        assert sight() == whole

        # Near a line the tip says whose it is.
        page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 20, steps=3)
        expect(chart.locator(".tip .name").first).to_be_visible()

        # Seeds as one line: three of each of the four plans.
        page.mouse.move(5, 5)
        page.get_by_text("Seeds as one line").click()
        expect(chart.locator(".names button")).to_have_count(4)
        expect(chart.locator(".names button").first).to_contain_text("3 seeds")
        page.get_by_test_id("stButtonGroup").get_by_text("Seconds").first.click()
        expect(canvas).to_have_attribute("aria-label", re.compile("over seconds"))

        # The files hold what is drawn.
        page.get_by_role("button", name="Share", exact=True).click()
        for format in ("PNG", "SVG"):
            with page.expect_download() as download:
                page.get_by_role("button", name=f"Chart as {format}").click()
            file = Path(download.value.path())
            if format == "PNG":
                assert Image.open(file).width > 1000
            else:
                assert "last_stage · 3 seeds" in file.read_text()
        with page.expect_download() as download:
            page.get_by_role("button", name="Values as CSV").click()
        rows = list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
        assert {row["runs"] for row in rows} == {"3"}
        assert len(rows) == 4 * 2 * 10  # plans, metrics, epochs
        with page.expect_download() as download:
            page.get_by_role("button", name="Results and settings as CSV").click()
        assert len(Path(download.value.path()).read_text().splitlines()) == 1 + 12

        # The link opens the same view for somebody else.
        link = page.get_by_test_id("stCode").filter(has_text="?runs=").inner_text().strip()
        assert all(run.id in link for run in runs)
        other = browser.new_context(viewport={"width": 390, "height": 1200}).new_page()
        other.set_default_timeout(60_000)
        other.goto(link)
        there = other.locator(".thaw-lines")
        expect(there.locator(".names button")).to_have_count(4)
        expect(there.locator("canvas").first).to_have_attribute(
            "aria-label", canvas.get_attribute("aria-label")
        )
        width = other.evaluate("document.documentElement.scrollWidth")
        assert width <= 390
        browser.close()
