"""From a changed argument to the drawn batches, in a browser.

    python bench/batches_click.py [TIMES]

Starts the app with an empty home, opens the Batches page once (that starts the process which has
PyTorch), and then changes the batch size of the digits, each time to one that was not asked for
before: with no worker, and with two. The clock runs in the browser, from the key press to the
moment at which the page shows the shape of the new batch and the last of its pictures is loaded.
"""

import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.pages.server import CHROMIUM, FLAGS, start_app

TARGET = 0.5  # seconds, for the median
# Notes when the page shows the awaited shape, with all pictures.
WATCH = """
window.pressed = null; window.drawn = null; window.awaited = null;
addEventListener('keydown', event => {
  if (event.key === 'Enter') { window.pressed = performance.now(); window.drawn = null; }
}, true);
const look = () => {
  if (window.awaited !== null && window.drawn === null && window.pressed !== null) {
    const shown = [...document.querySelectorAll('code')].some(
      one => one.textContent === window.awaited && !one.closest('[data-stale="true"]'));
    const pictures = [...document.querySelectorAll('.thaw-pictures img')];
    if (shown && pictures.length && pictures.every(one => one.complete)) {
      window.drawn = performance.now();
    }
  }
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


def main(times: int) -> None:
    """Prints the seconds of each change, and the median of each number of workers."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        app = start_app(Path(home))
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(viewport={"width": 1440, "height": 1400})
            page.set_default_timeout(60_000)
            page.add_init_script(WATCH)
            page.goto(f"{app.address}/batches")
            page.get_by_text("batches in an epoch").first.wait_for()
            page.locator("summary").filter(has_text="Workers").first.click()
            for workers in (0, 2):
                type_into(page, "num_workers", str(workers))
                page.wait_for_timeout(3_000)
                seconds = [change(page, size) for size in range(9, 9 + times)]
                print(
                    f"num_workers {workers}: median {statistics.median(seconds):.2f} s of "
                    f"{times} changes, slowest {max(seconds):.2f} s; the target for the median "
                    f"is {TARGET} s", flush=True,
                )
            browser.close()
        finally:
            app.end()


def change(page, size: int) -> float:
    """Seconds from the Enter key to the drawn batches of this size."""
    page.evaluate(
        "shape => { window.awaited = shape; window.pressed = null; }", f"[{size}, 3, 8, 8]"
    )
    type_into(page, "batch_size", str(size))
    page.wait_for_function("() => window.drawn !== null")
    seconds = page.evaluate("() => (window.drawn - window.pressed) / 1000")
    page.wait_for_timeout(1_000)  # what is drawn after the batches has ended
    return seconds


def type_into(page, label: str, text: str) -> None:
    """Types a value and takes it, as a person does."""
    field = page.get_by_label(label, exact=True).first
    field.fill(text)
    field.press("Enter")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
