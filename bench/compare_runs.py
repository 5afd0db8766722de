"""From a click to the drawn comparison of many long runs, and how smooth it is, in a browser.

    python bench/compare_runs.py [--runs 20] [--steps 10000] [--rounds 5]

Writes run folders of that many steps in the real file formats, with made-up values, and opens
the app on them in Chromium. A click on the head of the table chooses all runs. The clock runs in
the browser, from its click event to the frame in which the chart has drawn all lines. Before each
round every file of records gets a new time, so that the server reads all of them again.

- "epochs": accuracy and loss of the epochs, which the page shows at first
- "steps": loss at steps, all points of it smoothed and thinned
- "again": the same click with what was read before still in memory
- "smoothing", "log scale": from that control's click to the frame that shows it
- "pointer": a move of the pointer over the chart to the frame that shows it; the canvas alone
"""

import argparse
import json
import math
import os
import random
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from core import portable
from core.recipe import FreezePlan, OptimizerSpec, Recipe, TrainSpec
from core.runs import folder
from core.runs.folder import Run
from tests.pages.server import CHROMIUM, FLAGS, start_app

TARGET = 1.0  # seconds, from the click to the drawn chart
PLANS = ("linear_probe", "last_stage", "all", "from_scratch")
STEPS_AN_EPOCH, BATCH = 100, 32
_FIND = """
window.thawChart = () => {
    const search = (root) => {
        for (const one of root.querySelectorAll('*')) {
            if (one.classList.contains('thaw-lines')) return one;
            const found = one.shadowRoot && search(one.shadowRoot);
            if (found) return found;
        }
        return null;
    };
    if (!window.thawRoot || !window.thawRoot.isConnected) window.thawRoot = search(document);
    return window.thawRoot;
};
"""
# From the next click, or change by key, until the chart has drawn another revision.
_CLOCK = """() => {
    const revision = () => { const chart = window.thawChart(); return chart?.dataset.revision; };
    const before = revision();
    window.took = null;
    const begin = () => {
        const clicked = performance.now();
        const look = () => {
            const now = revision();
            if (now !== undefined && now !== before) window.took = performance.now() - clicked;
            else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
    };
    for (const kind of ['click', 'keydown']) {
        addEventListener(kind, begin, { capture: true, once: true });
    }
}"""
_POINTER = """async () => {
    const chart = window.thawChart(), canvas = chart.querySelector('canvas');
    const box = canvas.getBoundingClientRect(), waits = [], drawn = [];
    for (let at = 0; at < 60; at++) {
        const began = performance.now();
        canvas.dispatchEvent(new PointerEvent('pointermove', {
            clientX: box.left + 60 + at * (box.width - 80) / 60, clientY: box.top + 60 + at * 2,
            bubbles: true }));
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        waits.push(performance.now() - began);
        drawn.push(Number(chart.dataset.took));
    }
    canvas.dispatchEvent(new PointerEvent('pointerleave'));
    return [waits, drawn];
}"""


def main() -> None:
    """Prints the median and the longest of each, in seconds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        runs = make_runs(Path(home), asked.runs, asked.steps)
        size = sum((run.path / "metrics.jsonl").stat().st_size for run in runs)
        print(f"{asked.runs} runs of {asked.steps:,} steps, {size / 1e6:.0f} MB of records")
        measure(Path(home), runs, asked.rounds)


def make_runs(home: Path, count: int, steps: int) -> list[Run]:
    """Finished runs as a worker leaves them but for the checkpoints; four plans, several seeds."""
    return [
        _make_run(home, PLANS[place % len(PLANS)], place // len(PLANS), steps)
        for place in range(count)
    ]


def _make_run(home: Path, plan: str, seed: int, steps: int) -> Run:
    recipe = Recipe(
        name=f"{plan} seed {seed}", freeze=FreezePlan(preset=plan),
        optimizer=OptimizerSpec(lr=1e-3 * (1 + PLANS.index(plan))),
        train=TrainSpec(seed=seed, epochs=max(steps // STEPS_AN_EPOCH, 1)),
    )
    run = folder.create_run(recipe, root=home / "runs")
    draw = random.Random(f"{plan} {seed}")
    pace = (0.02, 0.03, 0.05, 0.06)[PLANS.index(plan)]
    best, lines = None, []
    for step in range(1, steps + 1):
        where = {"step": step, "samples": BATCH * step, "seconds": pace * step}
        mean = 0.05 + 2.3 * math.exp(-step * pace / 60)
        epoch = (step - 1) // STEPS_AN_EPOCH + 1
        loss = mean * draw.lognormvariate(0, 0.4)
        lines.append(_record("step", epoch, "train", where, loss, math.exp(-loss), {
            "samples_per_second": BATCH / pace, "lr": recipe.optimizer.lr}))
        if step % STEPS_AN_EPOCH == 0:
            lines.append(_record("epoch", epoch, "train", where, mean, math.exp(-mean)))
            val = mean * draw.uniform(1, 1.2) + 0.02
            lines.append(_record("epoch", epoch, "val", where, val, math.exp(-val)))
            if best is None or val < best["val_loss"]:
                best = {"epoch": epoch, "step": step, "val_loss": val,
                        "val_accuracy": math.exp(-val)}
    (run.path / "metrics.jsonl").write_text("\n".join(lines) + "\n")
    portable.write_json(run.path / "attempts/1.json", {"first_step": 0})
    portable.write_json(run.path / "state.json", {
        "status": "finished", "attempt": 1, "epoch": recipe.train.epochs,
        "epochs": recipe.train.epochs, "step": steps, "steps": steps, "seconds": pace * steps,
        "params": 1_263_854, "trainable": (10_250, 481_290, 1_263_854, 1_263_854)[
            PLANS.index(plan)], "best": best, "samples_per_second": BATCH / pace,
        "peak_memory_bytes": 1_000_000_000,
    })
    return run


def _record(
    kind: str, epoch: int, split: str, where: dict, loss: float, accuracy: float,
    more: dict | None = None,
) -> str:
    return json.dumps({
        "attempt": 1, "kind": kind, **where, "epoch": epoch, "split": split,
        "values": {"loss": loss, "accuracy": accuracy, **(more or {})},
    }, separators=(",", ":"))


def measure(home: Path, runs: list[Run], rounds: int) -> None:
    """Clicks in Chromium, and prints what that took."""
    from playwright.sync_api import sync_playwright

    app = start_app(home)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for what, panels in (("epochs", ""), ("steps", "step.loss")):
                page = browser.new_page(viewport={"width": 1440, "height": 1600})
                page.set_default_timeout(180_000)
                page.add_init_script(_FIND)
                _open(page, f"{app.address}/runs?runs={runs[0].id},{runs[1].id}&y={panels}"
                      if panels else f"{app.address}/runs?runs={runs[0].id},{runs[1].id}")
                _measure_page(page, what, runs, rounds)
                page.close()
            browser.close()
    finally:
        app.end()


def _open(page, address: str) -> None:
    page.goto(address)
    page.wait_for_function("() => window.thawChart()?.dataset.revision")
    page.wait_for_timeout(3_000)  # what the page set off has ended


def _measure_page(page, what: str, runs: list[Run], rounds: int) -> None:
    first, again, pointer, canvas = [], [], [], []
    for _ in range(rounds):
        for found, fresh in ((first, True), (again, False)):
            if fresh:
                for run in runs:
                    os.utime(run.path / "metrics.jsonl")
            found.append(_all_chosen(page))
            waits, drawn = page.evaluate(_POINTER)
            pointer += waits
            canvas += drawn
            _none_chosen(page)
    _print(f"{what}: click to drawn", first, f"target {TARGET:g} s")
    _print(f"{what}: again", again)
    _all_chosen(page)
    _print(f"{what}: pointer, two frames", [one / 1000 for one in pointer])
    _print(f"{what}: canvas alone", [one / 1000 for one in canvas])
    page.get_by_role("button", name="Curves", exact=True).click()
    page.wait_for_timeout(1_000)
    log = page.get_by_test_id("stButtonGroup").last.get_by_role("button").last
    _print(f"{what}: log scale", [_timed(page, log.click) for _ in range(2 * (rounds // 2 + 1))])
    if what == "steps":
        slider = page.get_by_role("slider").first
        slider.focus()
        _print("steps: smoothing", [
            _timed(page, lambda: page.keyboard.press("ArrowLeft")) for _ in range(rounds)
        ])


def _all_chosen(page) -> float:
    """Seconds from the click on the table's head to all lines drawn."""
    return _timed(page, lambda: _click_head(page))


def _none_chosen(page) -> None:
    _click_head(page)
    page.wait_for_function("() => !window.thawChart()")
    page.wait_for_timeout(1_500)


def _click_head(page) -> None:
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    place = table.bounding_box()
    page.mouse.click(place["x"] + 18, place["y"] + 18)


def _timed(page, act) -> float:
    page.evaluate(_CLOCK)
    act()
    page.wait_for_function("() => window.took !== null")
    took = page.evaluate("() => window.took / 1000")
    page.wait_for_timeout(1_500)  # what the click set off has ended
    return took


def _print(what: str, seconds: list[float], more: str = "") -> None:
    print(f"  {what:28} {statistics.median(seconds):.3f} s (at most {max(seconds):.3f} s)"
          f"{'; ' + more if more else ''}", flush=True)


if __name__ == "__main__":
    main()
