"""The Explain page in a browser: two models, a method that takes its time, a link, a phone."""

import shutil
from pathlib import Path

from core.runs.folder import list_runs
from tests.pages.server import CHROMIUM, FLAGS, needs_browser, running_app

pytestmark = needs_browser


def test_where_two_models_look_in_a_browser(tmp_path: Path, trained_runs: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    shutil.copytree(trained_runs, tmp_path / "home/runs")
    run, other = list_runs(tmp_path / "home/runs")
    with running_app(tmp_path / "home") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1400})
        page.set_default_timeout(90_000)
        expect.set_options(timeout=90_000)

        # From the run's page, with one map to begin with.
        page.goto(f"{address}/runs")
        page.get_by_role("button", name="Explain", exact=True).click()
        laid = page.locator(".thaw-heat").nth(1).locator("img")
        expect(laid).to_have_count(1)
        assert f"run={run.id}" in page.url
        drawn = laid.first.get_attribute("src")

        # Another class, without gradients: another map.
        page.get_by_role("radio", name="Ablation-CAM").or_(
            page.get_by_role("button", name="Ablation-CAM")
        ).click()
        expect(page.get_by_text("channels is switched off in turn")).to_be_visible()
        expect(laid).to_have_count(1)
        expect(laid.first).not_to_have_attribute("src", drawn)

        # A second model beside it: two maps in a row, and the same channels of both.
        page.get_by_role("combobox", name="Beside it").click()
        page.get_by_role("option", name=f"{other.name}, best epoch").click()
        expect(laid).to_have_count(2)
        first, second = (laid.nth(at).bounding_box() for at in (0, 1))
        assert abs(first["y"] - second["y"]) < 2 and second["x"] > first["x"] + first["width"]
        page.locator(".thaw-heat").nth(1).locator("figcaption").first.evaluate(
            "words => words.append(' Nothing here speaks for it.'.repeat(9))"
        )  # a long caption moves neither map
        first, second = (laid.nth(at).bounding_box() for at in (0, 1))
        assert abs(first["y"] - second["y"]) < 2
        page.get_by_text("Feature maps of this layer", exact=True).click()
        expect(page.get_by_text("The same channels in both models.")).to_be_visible()

        # The link opens the same run elsewhere; on a phone nothing is wider than the screen.
        phone = browser.new_page(viewport={"width": 390, "height": 900}, color_scheme="dark")
        phone.set_default_timeout(90_000)
        phone.goto(f"{address}/explain?run={other.id}")
        expect(phone.locator(".thaw-heat").nth(1).locator("img")).to_have_count(1)
        expect(phone.get_by_role("combobox", name="Run").first).to_have_value(other.name)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
        browser.close()
