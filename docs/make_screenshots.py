"""Takes the pictures of docs/screenshots from the real app, while a real run trains.

    python -m core recipe letters-to-digits | THAW_HOME=HOME python -m core train -
    python -m core recipe letters-to-digits-probe | THAW_HOME=HOME python -m core train -
    python -m core recipe letters-to-digits | THAW_HOME=HOME python -m core experiment - --epochs 10
    python -m core recipe letters-to-digits | THAW_HOME=HOME python -m core sweep - \\
        --grid "optimizer.lr=0.0001,0.001,0.01" --grid "freeze.preset=linear_probe,all"
    python docs/make_screenshots.py HOME [PAGE …]

HOME should hold two runs or more, the Runs page compares the two oldest, an experiment and a
sweep. Without a PAGE all are taken.
"""

import io
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from core.runs import folder  # noqa: E402
from core.runs.status import status  # noqa: E402
from tests.pages.server import CHROMIUM, FLAGS, start_app  # noqa: E402

FOLDER = Path(__file__).with_name("screenshots")
LOOKS = {
    "light": {"viewport": {"width": 1440, "height": 1000}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1440, "height": 1000}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}
VIEWS = ("Summary", "Structure", "Inside", "Card", "Compare", "Engines")
OF_BATCHES = ("Order", "Workers", "Collate", "Write your own", "Transforms", "Broken loaders")
PAGES = ("start", "models", "modules", "layers", "batches", "experiment", "sweep", "runs",
         "evaluate", "explain", "code", "train")


def main(home: Path, names: tuple[str, ...] = PAGES) -> None:
    """Writes one picture a page and look."""
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(exist_ok=True)
    app = start_app(home)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            pages = {look: browser.new_page(**options) for look, options in LOOKS.items()}
            for look, page in pages.items():
                page.set_default_timeout(60_000)
                for name in names:
                    if name != "train":
                        take(page, app, name, look)
            if "train" in names:
                train(app, pages)
            browser.close()
    finally:
        app.end()


def take(page, app, name: str, look: str) -> None:
    """The pictures of one page."""
    place = {"start": "", "evaluate": "runs"}.get(name, name)
    open_page(page, app.address, place)
    if name == "layers":
        page.get_by_text("Last stage", exact=True).click()
        page.wait_for_timeout(3_000)
    if name in ("experiment", "sweep"):
        open_newest(page, name.capitalize())
    if name == "runs":
        choose_two(page, len(folder.list_runs(app.home / "runs")))
    if name == "evaluate":
        evaluate(page, len(folder.list_runs(app.home / "runs")))
    if name == "explain":
        choose_oldest(page)
    save(page, name, look)
    for view in VIEWS if name == "models" else ():
        open_view(page, view)
        save(page, f"models-{view.lower()}", look)
    for view in OF_BATCHES if name == "batches" else ():
        open_view_of_batches(page, view)
        save(page, f"batches-{view.lower().replace(' ', '-')}", look)


def open_page(page, address: str, name: str) -> None:
    """Opens a page and waits until it is drawn."""
    page.goto(f"{address}/{name}")
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_timeout(6_000)


def open_view(page, name: str) -> None:
    """Opens a view of the chosen model and brings it to the top of the window."""
    tab = page.get_by_role("tab", name=name)
    tab.click()
    page.wait_for_timeout(5_000)
    tab.evaluate("tab => tab.scrollIntoView({block: 'start'})")
    page.wait_for_timeout(1_000)


def open_newest(page, title: str) -> None:
    """Opens the newest experiment or sweep in the place of a new one."""
    page.get_by_role("combobox", name=title).first.click()
    page.get_by_role("option").nth(1).click()
    page.wait_for_timeout(5_000)


def evaluate(page, count: int) -> None:
    """Evaluates the oldest run on its held-out images."""
    for row in (1, count) if count > 1 else ():
        tick(page, row)
    page.get_by_role("tab", name="Held-out images").click()
    begin = page.get_by_role("button", name="Evaluate", exact=True)
    found = page.get_by_text("Most often mistaken")
    begin.or_(found).first.wait_for()
    if begin.is_visible():
        begin.click()
    found.wait_for(timeout=180_000)
    page.get_by_role("button", name="Explain").evaluate(
        "words => words.scrollIntoView({block: 'start'})"
    )
    page.wait_for_timeout(2_000)


def choose_oldest(page) -> None:
    """The oldest run is not one of a sweep."""
    page.get_by_role("combobox", name="Run").click()
    page.get_by_role("option").last.click()
    page.wait_for_timeout(6_000)


def open_view_of_batches(page, name: str) -> None:
    """Opens a view of the Batches page; the race is run."""
    page.get_by_test_id("stButtonGroup").get_by_text(name, exact=True).first.click()
    page.wait_for_timeout(6_000)
    if name == "Workers":
        page.get_by_role("button", name="Measure", exact=True).click()
        page.get_by_role("button", name="Measure again").wait_for(timeout=180_000)
        page.wait_for_timeout(4_000)
    words = page.get_by_test_id("stButtonGroup").first
    words.evaluate("words => words.scrollIntoView({block: 'start'})")
    page.wait_for_timeout(1_000)


def choose_two(page, count: int) -> None:
    """Ticks the two oldest runs in place of the newest: the table's cells are a canvas."""
    for row in (1, count - 1, count) if count > 2 else (2,):
        tick(page, row)


def tick(page, row: int) -> None:
    """Ticks or clears a row of the table of runs, counted from 1."""
    place = page.get_by_test_id("stDataFrame").first.bounding_box()
    page.mouse.click(place["x"] + 18, place["y"] + 35 * row + 18)
    page.mouse.move(0, 0)  # or what comes to lie under the pointer would show its tools
    page.wait_for_timeout(3_000)


def train(app, pages: dict) -> None:
    """Starts the embedded example and takes every look in the middle of it."""
    first = next(iter(pages.values()))
    open_page(first, app.address, "")
    first.get_by_role("button", name="Letters → digits").click()
    first.get_by_role("button", name="Start training").click()
    first.wait_for_timeout(3_000)
    run = folder.list_runs(app.home / "runs")[0]
    for page in list(pages.values())[1:]:
        open_page(page, app.address, "train")
    while status(run).epoch < 16:
        first.wait_for_timeout(200)
    for look, page in pages.items():
        save(page, "train", look)
    while status(run).is_live:
        first.wait_for_timeout(500)


def save(page, name: str, look: str) -> None:
    """One picture of what the window shows, in 256 colours: a third of its size."""
    if name != "train":  # which never rests
        page.wait_for_function(
            "() => !document.querySelector('[data-test-script-state=running], "
            "[data-testid=stSpinner], [data-testid=stSkeleton]')", timeout=180_000
        )
        page.wait_for_timeout(1_000)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    few = picture.quantize(
        256, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE
    )
    few.save(FOLDER / f"{name}-{look}.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), tuple(sys.argv[2:]) or PAGES)
