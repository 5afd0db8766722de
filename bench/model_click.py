"""From a click on a model to its drawn summary table, in a browser.

    python bench/model_click.py [MODEL...]

Starts the app with an empty home, opens the Models page once (that loads PyTorch), and then
clicks on one model of each family after another, none of them seen before. The clock runs in
the browser, from its click event to the moment at which the table's canvas draws the model's
own total of parameters; what that total must be is counted in this process.
"""

import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from core.models.catalogue import CATALOGUE, find_model
from core.models.summary import summarize
from tests.pages.server import CHROMIUM, FLAGS, start_app

CLASSES = 10  # of the data that a fresh app has chosen: the table shows the model for it
TARGET = 0.5  # seconds, for the median model
# Notes when a table's canvas draws the awaited text, and where it last drew each text.
WATCH = """
window.drawn = null; window.awaited = null; window.places = {};
addEventListener('click', () => { window.clicked = performance.now(); window.drawn = null; }, true);
const draw = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
  const frames = [...document.querySelectorAll('[data-testid=stDataFrame]')];
  const table = this.canvas.closest('[data-testid=stDataFrame]');
  if (table && table === frames[0]) {
    window.places[text] = Math.min(y, window.places[text] ?? y);  // the model's first row
  }
  if (table && table !== frames[0] && text === window.awaited && window.drawn === null) {
    window.drawn = performance.now();
  }
  return draw.call(this, text, x, y, ...rest);
};
"""


def main(names: list[str]) -> None:
    """Prints the seconds of each model, and their median."""
    from playwright.sync_api import sync_playwright

    names = names or one_of_each_family()
    totals = {name: total_shown(name) for name in names}
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        app = start_app(Path(home))
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(viewport={"width": 1440, "height": 1400})
            page.set_default_timeout(60_000)
            page.add_init_script(WATCH)
            page.goto(f"{app.address}/models")
            page.get_by_text("modules. A click").wait_for()
            seconds = []
            for name in names:
                seconds.append(click(page, name, totals[name]))
                print(f"{name:24} {seconds[-1]:.2f} s", flush=True)
            browser.close()
        finally:
            app.end()
    print(f"median {statistics.median(seconds):.2f} s of {len(seconds)} models, slowest "
          f"{max(seconds):.2f} s; the target for the median is {TARGET} s")


def one_of_each_family() -> list[str]:
    """The middle model by size of each family, and the largest of the large families."""
    families: dict[str, list] = {}
    for entry in CATALOGUE:
        families.setdefault(entry.family, []).append(entry)
    found = []
    for members in families.values():
        members.sort(key=lambda entry: entry.params)
        found.append(members[(len(members) - 1) // 2].name)
        if len(members) > 3:
            found.append(members[-1].name)
    # What is chosen at the start would not be a click on another model.
    return [name for name in found if name != "shufflenet_v2_x1_0"]


def total_shown(name: str) -> str:
    """The parameters of the model with a head for the data, as the table writes them."""
    weights = find_model(name).default_weights
    return f"{summarize(name, weights, num_classes=CLASSES).totals.params:,}"


def click(page, name: str, total: str) -> float:
    """Seconds from the click on the model's row to its drawn table."""
    search = page.get_by_role("textbox", name="Search")
    page.evaluate("() => { window.places = {}; }")
    search.fill(name)
    page.wait_for_function("name => window.places[name] !== undefined", arg=name)
    page.wait_for_timeout(1_500)  # what the search set off has ended
    page.evaluate("total => { window.awaited = total; }", total)
    y = page.evaluate("name => window.places[name]", name)
    table = page.get_by_test_id("stDataFrame").first.bounding_box()
    page.mouse.click(table["x"] + 18, table["y"] + y)
    page.wait_for_function("() => window.drawn !== null")
    return page.evaluate("() => (window.drawn - window.clicked) / 1000")


if __name__ == "__main__":
    main(sys.argv[1:])
