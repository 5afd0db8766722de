"""Takes the pictures of docs/screenshots from the real app, while a real run trains.

    python -m core recipe letters-to-digits | THAW_HOME=HOME python -m core train -
    python -m core recipe letters-to-digits-probe | THAW_HOME=HOME python -m core train -
    python -m core recipe letters-to-digits | THAW_HOME=HOME python -m core experiment - --epochs 10
    python docs/make_screenshots.py HOME

HOME should hold two runs or more, the Runs page compares the two oldest, and an experiment.
"""

import sys
from pathlib import Path

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
    "phone-dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}
VIEWS = ("Summary", "Structure", "Inside", "Card", "Compare", "Engines")
OF_BATCHES = ("Order", "Workers", "Collate", "Write your own", "Transforms", "Broken loaders")


def main(home: Path) -> None:
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
                for name in ("", "models", "modules", "layers", "batches", "experiment"):
                    open_page(page, app.address, name)
                    if name == "layers":
                        page.get_by_text("Last stage", exact=True).click()
                        page.wait_for_timeout(3_000)
                    if name == "experiment":
                        open_experiment(page)
                    save(page, name or "start", look)
                    for view in VIEWS if name == "models" else ():
                        open_view(page, view)
                        save(page, f"models-{view.lower()}", look)
                    for view in OF_BATCHES if name == "batches" else ():
                        open_view_of_batches(page, view)
                        save(page, f"batches-{view.lower().replace(' ', '-')}", look)
                open_page(page, app.address, "runs")
                choose_two(page, len(folder.list_runs(home / "runs")))
                save(page, "runs", look)
            train(app, pages)
            browser.close()
    finally:
        app.end()


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


def open_experiment(page) -> None:
    """Opens the newest experiment in the place of a new one."""
    page.get_by_role("combobox", name="Experiment").click()
    page.get_by_role("option").nth(1).click()
    page.wait_for_timeout(5_000)


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
    table = page.get_by_test_id("stDataFrame").first
    for row in (1, count - 1, count) if count > 2 else (2,):
        place = table.bounding_box()
        page.mouse.click(place["x"] + 18, place["y"] + 35 * row + 18)
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
    """One picture of what the window shows."""
    page.screenshot(path=FOLDER / f"{name}-{look}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
