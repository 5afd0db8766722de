"""A race in the whole app: no worker is left after a stop, a page switch or a closed browser."""

import time
from pathlib import Path

import psutil
import pytest

from tests.pages.server import CHROMIUM, FLAGS, needs_browser, start_app

pytestmark = [needs_browser, pytest.mark.long]
WAITING = 1  # the process that waits for jobs


def count(server: int) -> int:
    return len(psutil.Process(server).children(recursive=True))


def wait_until(found, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not found() and time.monotonic() < until:
        time.sleep(0.05)
    assert found()


def test_no_worker_is_left(tmp_path: Path) -> None:
    from playwright.sync_api import Page, expect, sync_playwright

    app = start_app(tmp_path)
    server = app.process.pid
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            expect.set_options(timeout=60_000)

            def begun() -> Page:
                """A page on which a slow race is at work: a job with a worker at least."""
                page = browser.new_page(viewport={"width": 1440, "height": 1000})
                page.set_default_timeout(60_000)
                page.goto(f"{app.address}/batches")
                views = page.get_by_test_id("stButtonGroup").first
                views.get_by_text("Workers", exact=True).click()
                page.get_by_role("button", name="A slow data set").click()
                data = page.get_by_role("combobox", name="Data set")
                expect(data).to_have_value("Slow digits")
                page.get_by_role("button", name="Measure").click()
                wait_until(lambda: count(server) >= WAITING + 2, 60)
                return page

            page = begun()
            page.get_by_role("button", name="Stop measuring").click()
            expect(page.get_by_text("It was cancelled")).to_be_visible()
            wait_until(lambda: count(server) == WAITING, 10)
            page.close()

            page = begun()
            page.get_by_role("link", name="Models").first.click()
            wait_until(lambda: count(server) == WAITING, 30)
            page.close()

            begun().close()
            wait_until(lambda: count(server) == WAITING, 30)
            browser.close()
    finally:
        everyone = psutil.Process(server).children(recursive=True)
        app.end()
    wait_until(lambda: not any(one.is_running() for one in everyone), 20)
