"""What TensorBoard's files cost a run: resnet18 at 64 px, batches of 64, all of it trains.

    python bench/loggers.py [REPEATS]

Runs without a logger, with curves and with details (histograms, images, graph), in turn, two
epochs each. Prints the median seconds that the loggers take of a step and of an epoch's end, and
their share of it, and what they take once at the start.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from core.data import load
from core.recipe import parse
from core.runs import folder
from core.training import report, worker
from core.training.loggers import Loggers

WAYS = {
    "no logger": {"tensorboard": False},
    "curves": {"tensorboard": True},
    "curves and details": {"tensorboard": True, "details": True},
}


def seconds_of(loggers: dict[str, bool]) -> dict[str, float]:
    """Seconds of one run: in all, and in the loggers, a step and an epoch."""
    spent: dict[str, list[float]] = {"open": [], "step": [], "epoch": []}

    def timed(kind: str, do: Callable) -> Callable:
        def call(*given: object) -> object:
            began = time.perf_counter()
            done = do(*given)
            spent[kind].append(time.perf_counter() - began)
            return done

        return call

    kept = report.open_loggers, Loggers.step_ended, Loggers.epoch_ended
    report.open_loggers = timed("open", kept[0])
    Loggers.step_ended = timed("step", kept[1])
    Loggers.epoch_ended = timed("epoch", kept[2])
    with tempfile.TemporaryDirectory() as home:
        os.environ["THAW_HOME"] = home
        run = folder.create_run(parse({
            "model": {"name": "resnet18", "weights": "none"}, "freeze": {"preset": "all"},
            "split": {"train_per_class": 40}, "transform": {"size": 64, "augment": "none"},
            "loader": {"batch_size": 64}, "loggers": loggers,
            "train": {"epochs": 2, "threads": 2},
        }))
        began = time.perf_counter()
        if worker.work(run, resume=False, say=lambda line: None) != "finished":
            raise SystemExit(str(run.state()))
        whole = time.perf_counter() - began
        steps = run.state()["steps"]
    report.open_loggers, Loggers.step_ended, Loggers.epoch_ended = kept
    return {
        "open": sum(spent["open"]), "step": sum(spent["step"]) / steps,
        "epoch": statistics.mean(spent["epoch"]), "whole step": whole / steps, "whole": whole,
    }


def main(repeats: int) -> None:
    """Prints a line a way."""
    load.load_images("digits")  # or the first way would pay for importing scikit-learn
    seconds_of(WAYS["curves and details"])  # and for importing TensorBoard
    found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for _ in range(repeats):
        for way, loggers in WAYS.items():
            found[way].append(seconds_of(loggers))
    for way, runs in found.items():
        middle = {key: statistics.median(one[key] for one in runs) for key in runs[0]}
        print(
            f"{way:20} at the start {1e3 * middle['open']:6.1f} ms, "
            f"a step {1e3 * middle['step']:.3f} of {1e3 * middle['whole step']:.0f} ms "
            f"({middle['step'] / middle['whole step']:.3%}), "
            f"an epoch's end {1e3 * middle['epoch']:6.1f} ms "
            f"({2 * middle['epoch'] / middle['whole']:.2%} of the run)", flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
