"""What the features cache is worth where two processes train a linear probe together on a CPU.

    python -m bench.shared_features [REPEATS]     # resnet18, digits at 64 px, one thread each

Whole runs by the command line, taking turns: in two processes with features and without, and in
one process of two threads with features. Ten epochs; nothing is kept from the run before. Prints
medians of the run's own seconds (from its first validation to its last epoch), of those of an
epoch after the first, of the CPU seconds of all processes with their imports, and how many times
as much the others take as the first.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from core.recipe import Recipe, parse
from core.runs.folder import Run, list_runs
from core.runs.metrics import read_records

EPOCHS = 10
WAYS = {
    "two processes, features": (2, 1, "auto"),
    "two processes, none": (2, 1, "off"),
    "one process, features": (1, 2, "auto"),
}


def recipe_of(processes: int, threads: int, cache: str) -> Recipe:
    """A probe of 1,617 images whose every batch is full."""
    return parse({
        "model": {"name": "resnet18", "weights": "none"}, "freeze": {"preset": "linear_probe"},
        "split": {"val": 0.05, "test": 0.05}, "transform": {"size": 64, "augment": "none"},
        "loader": {"batch_size": 32, "drop_last": True}, "features": {"cache": cache},
        "optimizer": {"name": "sgd", "lr": 0.01}, "loggers": {"tensorboard": False},
        "train": {
            "epochs": EPOCHS, "threads": threads, "processes": processes, "device": "cpu",
            "log_every": 50,
        },
    })


def seconds_of(recipe: Recipe) -> tuple[float, float, float]:
    """Of the run itself, of a later epoch, and of CPU in all its processes."""
    with tempfile.TemporaryDirectory() as home:
        given = Path(home) / "recipe.json"
        given.write_text(recipe.to_json())
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "core", "train", str(given)], check=True,
            stdout=subprocess.DEVNULL, env={**os.environ, "THAW_HOME": home},
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        run = list_runs(Path(home) / "runs")[0]
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return run.state()["seconds"], later_epoch_of(run), used


def later_epoch_of(run: Run) -> float:
    """Seconds of an epoch behind the first, the mean."""
    ends = [
        record["seconds"] for record in read_records(run.path / "metrics.jsonl")
        if record["kind"] == "epoch" and record["split"] == "val" and record["epoch"] > 0
    ]
    return (ends[-1] - ends[0]) / (len(ends) - 1)


def main(repeats: int) -> None:
    """Prints the comparison."""
    took: dict[str, list[tuple[float, float, float]]] = {way: [] for way in WAYS}
    for _ in range(repeats):
        for way, given in WAYS.items():
            took[way].append(seconds_of(recipe_of(*given)))
    medians = {
        way: [median(column) for column in zip(*some, strict=True)] for way, some in took.items()
    }
    first = next(iter(medians.values()))
    print(f"{'':24} {'run':>16} {'later epoch':>16} {'CPU':>16}")
    for way, some in medians.items():
        told = (f"{one:7.2f} s {one / base:4.1f} ×" for one, base in zip(some, first, strict=True))
        print(f"{way:24} {' '.join(told)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
