"""What goes home from a run, in a browser: answers for own pictures, its report, its code."""

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

from core.runs.folder import list_runs
from core.script import script_of
from tests.pages.server import CHROMIUM, FLAGS, needs_browser, running_app

pytestmark = needs_browser


def digits(folder: Path) -> list[Path]:
    """Three pictures of handwritten digits."""
    paths = []
    for number in range(3):
        path = folder / f"digit {number}.png"
        picture = load_digits().images[number] * 16
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(path)
        paths.append(path)
    return paths


def test_pictures_are_answered_a_report_and_the_code_go_home(
    tmp_path: Path, trained_runs: Path
) -> None:
    from playwright.sync_api import expect, sync_playwright

    shutil.copytree(trained_runs, tmp_path / "home/runs")
    run = list_runs(tmp_path / "home/runs")[0]
    with running_app(tmp_path / "home") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1400})
        page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)

        def taken(button: str) -> bytes:
            with page.expect_download() as download:
                page.get_by_role("button", name=button).click()
            return Path(download.value.path()).read_bytes()

        # Three pictures at once: each with the model's answer, all of them as a table.
        page.goto(f"{address}/runs")
        expect(page.locator("h2").first).to_have_text(run.name)
        page.get_by_role("tab", name="Try an image").click()
        page.locator("input[type=file]").first.set_input_files(digits(tmp_path))
        expect(page.get_by_text("as the model sees it: 32 × 32 pixels")).to_have_count(3)
        rows = list(csv.DictReader(io.StringIO(taken("Answers for all 3 as CSV").decode())))
        assert sorted(row["image"] for row in rows) == [f"digit {n}.png" for n in range(3)]
        assert all(row["class_1"] in "0123456789" and not row["problem"] for row in rows)

        # The report opens without the app and loads nothing from anywhere.
        report = tmp_path / "report.html"
        report.write_bytes(taken("Report"))
        asked: list[str] = []
        alone = browser.new_page()
        alone.on("request", lambda request: asked.append(request.url))
        alone.goto(report.as_uri())
        expect(alone.get_by_role("heading", level=1)).to_contain_text(run.name)
        expect(alone.locator("svg").first).to_be_visible()
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        alone.close()

        # The run's own script and notebook.
        page.get_by_test_id("stSidebarNav").get_by_role("link", name="Code").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Code")
        page.get_by_role("combobox", name="Script of").click()
        page.get_by_role("option", name=run.name, exact=True).click()
        expect(page.get_by_text("EPOCHS = 3").first).to_be_visible()
        script = script_of(run.recipe()).text
        assert taken("Script (.py)").decode() == script
        cells = json.loads(taken("Notebook (.ipynb)"))["cells"]
        assert any("EPOCHS = 3" in "".join(cell["source"]) for cell in cells)

        # Under a page its lines, and what the last click changed.
        page.get_by_test_id("stSidebarNav").get_by_role("link", name="Layers").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Layers")
        page.get_by_text("This page as PyTorch").click()
        expect(page.get_by_text("The whole script")).to_be_visible()
        page.get_by_text("Linear probe", exact=True).click()
        expect(page.get_by_test_id("stCode").filter(has_text="+ ").last).to_contain_text(
            "requires_grad"
        )
        browser.close()
