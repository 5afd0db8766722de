"""No worker of a loader outlives what asked for it: a rerun, another page, a closed browser."""

import time
from collections.abc import Iterator

import psutil
import pytest

from tests.pages.server import CHROMIUM, FLAGS, App, needs_browser, start_app

pytestmark = [needs_browser, pytest.mark.long]
# An epoch of the slow data set: 9 s of work at least, as one worker does it.
SLOW = {"batch_size": "400", "batches shown": "20"}
AT_ONCE = 4.0  # seconds, which are fewer


@pytest.fixture(scope="module")
def app(tmp_path_factory) -> Iterator[App]:
    found = start_app(tmp_path_factory.mktemp("home"))
    yield found
    found.end()


def processes(app: App) -> int:
    """What the server started: the process that waits for jobs, a job, and its workers."""
    return len(psutil.Process(app.process.pid).children(recursive=True))


def put(page, label: str, text: str) -> None:
    field = page.get_by_label(label, exact=True).first
    field.fill(text)
    field.press("Enter")


def until(holds, seconds: float) -> float:
    """How long it took."""
    begun = time.monotonic()
    while not holds() and time.monotonic() < begun + seconds:
        time.sleep(0.1)
    assert holds()
    return time.monotonic() - begun


def test_nobody_is_left(app):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1400})
        page.set_default_timeout(60_000)

        def begin_slow_loader() -> None:
            page.goto(f"{app.address}/batches")
            page.get_by_text("batches in an epoch").first.wait_for()
            page.locator("summary").filter(has_text="Workers").first.click()
            page.get_by_role("combobox", name="Data set").click()
            page.get_by_role("option", name="Slow digits").click()
            page.get_by_text("# dataset: Slow digits").wait_for()
            page.wait_for_timeout(1_500)  # the form is drawn anew with another data set
            put(page, "num_workers", "1")
            page.get_by_text("num_workers=1").first.wait_for()
            for label, text in SLOW.items():
                put(page, label, text)
            page.get_by_text("batch_size=400").first.wait_for()
            until(lambda: processes(app) >= 3, 30)

        begin_slow_loader()
        put(page, "batch_size", "5")
        put(page, "batches shown", "2")
        page.get_by_text("[5, 3, 8, 8]").first.wait_for()
        until(lambda: processes(app) == 1, AT_ONCE)  # only who waits for jobs

        begin_slow_loader()
        page.get_by_role("link", name="Models").first.click()
        until(lambda: processes(app) == 1, AT_ONCE)

        begin_slow_loader()
        browser.close()
        until(lambda: processes(app) == 1, AT_ONCE)
