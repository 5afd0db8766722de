"""A prediction drawn in a browser by mouse and keys, a real run, and its score."""

from pathlib import Path

import pytest

from core import recipe_link
from core.recipe import parse
from core.runs import prediction, supervisor
from core.runs.folder import list_runs
from core.runs.status import status
from tests.core.conftest import SMALL
from tests.pages.server import CHROMIUM, FLAGS, needs_browser, running_app

pytestmark = [needs_browser, pytest.mark.timeout(300)]

RECIPE = parse({**SMALL, "train": {"epochs": 4, "threads": 1}})


def drawn(page) -> list[float]:
    said = page.locator(".thaw-board").get_attribute("data-drawn") or ""
    return [float(one) for one in said.split()]


def test_a_curve_is_drawn_laid_over_the_real_one_and_scored(tmp_path: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    home = tmp_path / "home"
    with running_app(home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1200})
        page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        page.goto(f"{address}/train?recipe={recipe_link.to_link(RECIPE)}")
        page.get_by_role("button", name="Predict first").click()
        handles = page.get_by_role("slider", name="Epoch")
        expect(handles).to_have_count(4)
        page.get_by_label("Who predicts").fill("Ada")

        # One stroke from left to right takes every handle that it passes.
        places = [one.bounding_box() for one in handles.all()]
        board = page.locator(".thaw-board svg").bounding_box()
        x = [place["x"] + place["width"] / 2 for place in places]
        plot = {"top": board["y"] + 14, "height": board["height"] - 54}

        def y(value: float) -> float:
            return plot["top"] + (1 - value) * plot["height"]

        page.mouse.move(x[0], y(0.2))
        page.mouse.down()
        page.mouse.move(x[1], y(0.4), steps=5)
        page.mouse.move(x[3], y(0.6))  # so fast that no event comes at the third
        page.mouse.up()
        expect(page.get_by_text("The start takes it along")).to_be_visible()
        assert drawn(page) == pytest.approx([0.2, 0.4, 0.5, 0.6], abs=0.011)

        # Keys go on from there; the page's own keys stay out of it.
        first = handles.first
        first.focus()
        before = drawn(page)
        for key in ("ArrowUp", "ArrowUp", "PageDown", "ArrowRight", "End", "ArrowRight", "Home"):
            page.keyboard.press(key)
        wanted = [round(before[0] - 0.08, 2), 1.0, 0.0, before[3]]
        assert drawn(page) == wanted
        expect(page.locator(".thaw-board")).to_have_attribute("data-waiting", "0")
        expect(handles.nth(1)).to_have_attribute("aria-valuetext", "100 %")

        # It is still there after another page; a click on a handle's column moves it.
        page.get_by_test_id("stSidebarNav").get_by_role("link", name="Runs").click()
        page.get_by_role("heading", name="Runs", level=1).wait_for()
        page.get_by_test_id("stSidebarNav").get_by_role("link", name="Train").click()
        expect(page.get_by_text("The start takes it along")).to_be_visible()
        expect(page.locator(".thaw-board")).to_have_attribute(
            "data-drawn", " ".join(f"{one:g}" for one in wanted)
        )
        page.mouse.click(x[2], y(0.3))
        expect(handles.nth(2)).to_have_attribute("aria-valuenow", "30")

        main = page.get_by_test_id("stMain")
        main.evaluate("main => main.scrollTo(0, 100)")
        page.get_by_role("button", name="Start training").click()
        expect(page.get_by_text("Predicted by Ada")).to_be_visible()
        # The run is drawn above the form: the window goes up to it.
        page.wait_for_function("main => main.scrollTop === 0", arg=main.element_handle())
        [run] = list_runs(home / "runs")
        [said] = prediction.read(run)
        assert said.name == "Ada" and [one[0] for one in said.points] == [1, 2, 3, 4]
        assert [one[1] for one in said.points] == [*wanted[:2], 0.3, wanted[3]]
        expect(page.locator(".thaw-chart")).to_contain_text("Ada predicted")

        # The run's end brings the score, on the Runs page too.
        expect(page.get_by_role("heading", name="What was predicted")).to_be_visible()
        expect(page.get_by_text("points off")).to_be_visible()
        page.get_by_role("button", name="Evaluate, compare, try it").click()
        chart = page.get_by_test_id("stVegaLiteChart").first
        expect(chart.get_by_text("Ada predicted")).to_be_visible()
        expect(page.get_by_text("points off")).to_be_visible()
        browser.close()
        if status(run).is_live:
            supervisor.kill(run)
