"""The Runs page in a browser: rows ticked in the table, the chart, a checkpoint taken home."""

import shutil
from pathlib import Path

import torch

from core.runs.folder import list_runs
from tests.pages.server import CHROMIUM, FLAGS, needs_browser, running_app

pytestmark = needs_browser


def test_two_runs_are_compared_and_a_checkpoint_is_downloaded(
    tmp_path: Path, trained_runs: Path
) -> None:
    from playwright.sync_api import expect, sync_playwright

    shutil.copytree(trained_runs, tmp_path / "home/runs")
    newest = list_runs(tmp_path / "home/runs")[0]
    with running_app(tmp_path / "home") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1400})
        page.set_default_timeout(60_000)
        expect.set_options(timeout=30_000)
        page.goto(f"{address}/runs")
        table = page.get_by_test_id("stDataFrame").first

        def tick(row: int) -> None:
            place = table.bounding_box()  # the cells are a canvas
            page.mouse.click(place["x"] + 18, place["y"] + 35 * (row + 1) + 18)

        # The newest is ticked already; its best checkpoint is taken home.
        heading = page.locator("h2").first
        expect(heading).to_have_text(newest.name)
        page.get_by_role("tab", name="Checkpoints").click()
        with page.expect_download() as download:
            page.locator("[class*='st-key-runs-checkpoint']").first.get_by_role("button").click()
        content = torch.load(download.value.path(), weights_only=True)
        assert content["epoch"] == newest.state()["best"]["epoch"]
        assert content["model_state_dict"]
        with page.expect_download() as download:
            page.get_by_role("button", name="Download as zip").click()
        assert download.value.suggested_filename == f"{newest.id}.zip"

        # The second beside it: both are lines of the chart, and a click takes one away again.
        tick(1)
        expect(heading).to_have_text("Side by side")
        chart = page.locator(".thaw-lines")
        for run in list_runs(tmp_path / "home/runs"):
            expect(chart.locator(".names").get_by_text(run.name, exact=True)).to_be_visible()
        expect(page.get_by_text(" against ")).to_be_visible()
        tick(0)
        expect(heading).to_have_text("small linear_probe")
        tick(1)
        expect(heading).to_have_count(0)

        # What was ticked is found again after another page.
        tick(0)
        expect(heading).to_have_text(newest.name)
        page.get_by_test_id("stSidebarNav").get_by_text("Start").click()
        expect(page.get_by_text("A first lesson")).to_be_visible()
        page.get_by_test_id("stSidebarNav").get_by_text("Runs").click()
        expect(heading).to_have_text(newest.name)
        browser.close()
