"""What AppTest can't reach: code that is typed and checked in one go, and the width of a phone."""

from pathlib import Path

import pytest

from core.data.typed_exercises import find_exercise
from tests.pages.server import CHROMIUM, FLAGS, needs_browser, running_app

pytestmark = [needs_browser, pytest.mark.long]
HOSTILE = "import os\ndef my_collate_fn(batch):\n    print('<img src=x>'); os._exit(3)"
MARKED = "def my_collate_fn(batch):\n    raise ValueError('<img src=x> ![](http://x/x.png) **b**')"


def test_code_is_typed_checked_and_kept_and_no_view_is_wider_than_a_phone(tmp_path: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    solution = find_exercise("pad").solution
    with running_app(tmp_path) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1200})
        page.set_default_timeout(90_000)
        expect.set_options(timeout=90_000)
        page.goto(f"{address}/batches")
        page.get_by_role("radio", name="Write your own").click()
        code = page.get_by_role("textbox", name="Code")
        check = page.get_by_role("button", name="Check")

        for typed, said in (
            (HOSTILE, "ended its own process"),
            (MARKED, "ValueError in line 2"),
            (solution, "Every batch is as it should be."),
        ):
            code.fill(typed)
            check.click()
            expect(page.get_by_text(said).first).to_be_visible()
            assert page.locator("img[src='x'], img[src*='x.png']").count() == 0

        page.get_by_role("link", name="Train").first.click()
        expect(page.get_by_role("heading", name="Train")).to_be_visible()
        page.get_by_role("link", name="Batches").first.click()
        expect(code).to_have_value(solution)
        expect(page.get_by_text("Solved: 1 of")).to_be_visible()

        page.set_viewport_size({"width": 390, "height": 844})
        main = page.get_by_test_id("stMain")
        assert main.evaluate("main => main.scrollWidth <= main.clientWidth + 1")
        page.get_by_role("radio", name="Collate").click()
        for example in ("Three in order", "Pictures of different sizes", "Digits, mixed"):
            page.get_by_role("button", name=example).click()
            number = 3 if example == "Three in order" else 6 if "Digits" in example else 4
            expect(page.get_by_text(f"Its {number} samples")).to_be_visible()
            page.wait_for_timeout(500)
            assert main.evaluate("main => main.scrollWidth <= main.clientWidth + 1"), example
        browser.close()
