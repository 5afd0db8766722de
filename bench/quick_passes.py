"""What passes side by side are worth: a frozen part over many batches, as a features cache has it.

    python -m bench.quick_passes [REPEATS [MODEL PIXELS ROWS BATCHES]]

One batch after another, and as `core.training.quick_passes` has it: each way has a process of its
own, set up as the worker's is, with two threads, and the same random pictures. Prints the seconds
of one batch after another, medians of how many times as much they are, in seconds and in CPU
seconds, and whether the features are the same to the last bit.
"""

import hashlib
import os
import sys
import time
from statistics import median

import torch
from torch import Tensor

from bench import turns
from core.models.build import build_model
from core.models.max_pooling import quick_max_pooling
from core.runs import compute_process
from core.training import quick_passes

THREADS = 2
TASKS = [
    ("resnet18", 64, 32, 52), ("mobilenet_v3_small", 64, 32, 52),
    ("shufflenet_v2_x1_0", 64, 32, 52), ("densenet121", 64, 32, 52), ("resnet18", 32, 32, 104),
    ("resnet18", 64, 8, 208), ("resnet18", 128, 32, 52),
]


def lap(way: str, name: str, size: int, rows: int, count: int) -> turns.Lap:
    """Seconds of all batches of one model, and a digest of what it gives for them."""
    model = build_model(name, "none", num_classes=10).model.eval()
    generator = torch.Generator().manual_seed(0)
    batches = list(torch.randn(count, rows, 3, size, size, generator=generator))

    @torch.no_grad()
    def compute(images: Tensor) -> tuple[Tensor, ...]:
        with quick_max_pooling(model):
            return (model(images),)

    began, used = time.perf_counter(), time.process_time()
    if way == "side by side":
        given = list(quick_passes.computed(compute, batches, count))
    else:
        given = list(map(compute, batches))
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    digest = hashlib.sha256(torch.cat([one for one, in given]).numpy().tobytes()).hexdigest()
    return {"seconds": seconds, "cpu": cpu, "given": digest}


def compare(task: tuple[str, int, int, int], repeats: int) -> None:
    """Prints what one model takes in both ways."""
    name, size, rows, count = task
    own = compute_process.environment(THREADS, os.environ)
    laps = turns.take_turns({
        way: turns.Way(["-m", "bench.quick_passes", "lap", way, *map(str, task)], own)
        for way in ("one by one", "side by side")
    }, repeats)
    plain, quick = laps.values()
    ratios = [
        median(one[figure] / other[figure] for one, other in zip(plain, quick, strict=True))
        for figure in ("seconds", "cpu")
    ]
    same = len({one["given"] for one in [*plain, *quick]}) == 1
    print(
        f"{name:20} {size:3} px, {count} batches of {rows}: "
        f"{median(one['seconds'] for one in plain):6.2f} s, {ratios[0]:.2f} and {ratios[1]:.2f} "
        f"times as much; features {'equal' if same else 'not equal'}", flush=True,
    )


def main(given: list[str]) -> None:
    """One way's process, or the comparisons."""
    if given[:1] == ["lap"]:
        _, way, name, *numbers = given
        compute_process.set_up(THREADS)
        turns.serve(lambda: lap(way, name, *map(int, numbers)))
        return
    repeats, *task = given or ["3"]
    tasks = [(task[0], *map(int, task[1:]))] if task else TASKS
    for one in tasks:
        compare(one, int(repeats))


if __name__ == "__main__":
    main(sys.argv[1:])
