"""How far the seconds an epoch that Thaw predicts are from the second epoch of the real run.

    python bench/epoch_time.py [REPEATS]

Each recipe is measured as the Layers page measures it and then really trained for three epochs,
in a home of its own, one after the other. Prints both, their ratio, and the median ratio of
each recipe. Other work on the machine moves single ratios; it is printed as the load before.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from core.recipe import Recipe, parse
from core.runs import folder, supervisor
from core.runs.metrics import read_records
from core.runs.status import status
from core.training import epoch_time_process
from core.training.epoch_time_process import EpochTime

TARGET = 0.25  # off, at most
_THREADS = {"train": {"epochs": 3, "threads": 2}}
_LETTERS = {"split": {"train_per_class": 60}}
_RANDOM = {"name": "resnet18", "weights": "none"}
RECIPES: dict[str, Recipe] = {
    "letters, linear probe": parse({**_THREADS, **_LETTERS, "freeze": {"preset": "linear_probe"}}),
    "letters, last stage": parse({**_THREADS, **_LETTERS, "freeze": {"preset": "last_stage"}}),
    "letters, all": parse({**_THREADS, **_LETTERS, "freeze": {"preset": "all"}}),
    "resnet18 at 64 px, all": parse({
        **_THREADS, **_LETTERS, "model": _RANDOM, "freeze": {"preset": "from_scratch"},
        "transform": {"size": 64},
    }),
    "mobilenet_v3_small at 64 px, last stage": parse({
        **_THREADS, **_LETTERS, "model": {"name": "mobilenet_v3_small", "weights": "none"},
        "freeze": {"preset": "last_stage"}, "transform": {"size": 64, "augment": "none"},
        "loader": {"num_workers": 1},
    }),
}


def main(repeats: int) -> None:
    """Prints every pair and the medians."""
    medians = {}
    with tempfile.TemporaryDirectory() as home:
        os.environ["THAW_HOME"] = home
        for name, recipe in RECIPES.items():
            ratios = []
            for _ in range(repeats):
                load = os.getloadavg()[0]
                told = predicted(recipe)
                real = second_epoch(recipe)
                ratios.append(told.epoch_seconds / real)
                print(f"{name:42} {told.epoch_seconds:6.2f} s predicted, {real:6.2f} s real, "
                      f"ratio {ratios[-1]:.2f} (load {load:.1f})", flush=True)
            medians[name] = statistics.median(ratios)
    print("median ratios: " + ", ".join(f"{name} {one:.2f}" for name, one in medians.items()))
    worst = max(abs(one - 1) for one in medians.values())
    print(f"the worst is {worst:.0%} off; the target is {TARGET:.0%}")


def predicted(recipe: Recipe) -> EpochTime:
    """What the page would say."""
    place = epoch_time_process.start(recipe)
    while not (now := epoch_time_process.look(place)).is_done:
        time.sleep(0.2)
    epoch_time_process.forget(place)
    if now.answer is None:
        raise SystemExit(str(now.problem))
    return now.answer


def second_epoch(recipe: Recipe) -> float:
    """Seconds of the real run from the end of its first epoch to the end of its second."""
    run = folder.create_run(recipe)
    supervisor.start(run)
    while status(run).is_live:
        time.sleep(0.2)
    records = read_records(run.path / "metrics.jsonl")
    ends = {
        one["epoch"]: one["seconds"] for one in records
        if one["kind"] == "epoch" and one["split"] == "val"
    }
    folder.delete_run(run)
    return ends[2] - ends[1]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
