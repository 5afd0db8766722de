"""From a move of the slider "Through the epochs" to the frame that shows the other epoch.

    python bench/epochs_slider.py [--epochs 30] [--rounds 3]

Trains the ready recipe for so many epochs, keeping each, opens the Explain page on that run in
Chromium and asks every checkpoint once. Then the slider is moved by its keys through all epochs;
the clock runs in the browser, from the key to the frame after the one in which the page has
changed. "script" is the component's own work alone. Nothing is asked of the server meanwhile, so a
frame (16.7 ms at 60 Hz) is what can be reached.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.pages.server import CHROMIUM, FLAGS, ROOT, start_app

_CLOCK = """root => {
    const slider = root.querySelector('input[type=range]');
    window.took = [];
    slider.addEventListener('keydown', () => {
        const begin = performance.now();
        requestAnimationFrame(() => requestAnimationFrame(
            () => window.took.push(performance.now() - begin)));
    });
}"""
_SCRIPT = """(root, epochs) => {
    const begin = performance.now();
    for (let n = 0; n < 200; n++) root._scrubber.show(n % (epochs + 1));
    return (performance.now() - begin) / 200;
}"""


def main() -> None:
    """Trains, opens the page, moves the slider and prints the milliseconds."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--epochs", type=int, default=30)
    asked.add_argument("--rounds", type=int, default=3)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as home:
        train(Path(home), given.epochs)
        drawn, script = measure(Path(home), given.epochs, given.rounds)
    drawn.sort()
    print(f"{given.epochs + 1} epochs, {len(drawn)} moves")
    print(f"  key to the second frame  {statistics.median(drawn):.0f} ms "
          f"(95 % within {drawn[int(0.95 * len(drawn))]:.0f} ms)")
    print(f"  script alone             {script:.2f} ms")


def train(home: Path, epochs: int) -> None:
    """One run in that home, with a checkpoint of each epoch."""
    core = [sys.executable, "-m", "core"]
    ready = subprocess.run(
        [*core, "recipe", "letters-to-digits"], cwd=ROOT, capture_output=True, check=True
    )
    recipe = json.loads(ready.stdout)
    recipe["train"]["epochs"] = epochs
    recipe["checkpoints"]["every"] = 1
    subprocess.run(
        [*core, "train", "-"], cwd=ROOT, input=json.dumps(recipe).encode(), check=True,
        stdout=subprocess.DEVNULL, env={**os.environ, "THAW_HOME": str(home)},
    )


def measure(home: Path, epochs: int, rounds: int) -> tuple[list[float], float]:
    """Milliseconds of each move, and of the component's work."""
    from playwright.sync_api import sync_playwright

    app = start_app(home)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.set_default_timeout(120_000)
            page.goto(f"{app.address}/explain")
            page.get_by_role("radio", name="Through the epochs").click()
            page.get_by_role("button", name="Go through the epochs").click()
            root = page.locator(".thaw-epochs")
            root.get_by_role("slider").wait_for(timeout=600_000)
            page.wait_for_timeout(1000)
            root.evaluate(_CLOCK)
            root.get_by_role("slider").focus()
            for key in ("ArrowLeft", "ArrowRight") * rounds:
                for _ in range(epochs):
                    page.keyboard.press(key)
                    page.wait_for_timeout(50)
            drawn = page.evaluate("window.took")
            script = root.evaluate(_SCRIPT, epochs)
            browser.close()
    finally:
        app.end()
    return drawn, script


if __name__ == "__main__":
    main()
