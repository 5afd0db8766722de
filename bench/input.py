"""What the batches of an epoch cost, by the way they come; no model computes.

Digits in batches of 32 on one CPU thread, no workers: from memory by one index a batch against a
DataLoader that fetches picture by picture, and the same augmentation picture by picture against
whole batches. The ways take turns; medians and their ratios.

    python -m bench.input [ROUNDS]
"""

import os
import sys
import time
from collections.abc import Iterable
from statistics import median

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from torch import Tensor

from core.data import loader
from core.data.load import load_images
from core.data.split import split_of
from core.data.transforms import build_transforms
from core.recipe import LoaderSpec, SplitSpec
from core.training.run_data import RunData

BATCHES = {64: 40, 224: 10}  # of an epoch, by input size


def run_data(size: int, augment: str, augment_on: str) -> RunData:
    """The batches of a run on as many pictures as it needs, all kept in memory."""
    data = load_images("digits")
    split = split_of(SplitSpec(train_per_class=BATCHES[size] * 32 // 10, val=0.1, test=0.1), data)
    transforms = build_transforms(
        size=size, resize="squash", augment=augment, augment_on=augment_on,
        mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225),
    )
    spec = LoaderSpec(batch_size=32, drop_last=True)
    return RunData(data, split, transforms, spec, seed=0, draws=0)


def by_loader(data: RunData, epoch: int) -> Iterable[tuple[Tensor, Tensor]]:
    """The same batches picture by picture, normalised in the DataLoader."""
    return loader.training_loader(
        data._train, data._transforms, data._arguments, seed=0, epoch=epoch
    )


def main(rounds: int) -> None:
    """Prints milliseconds a batch and the ratios."""
    torch.set_num_threads(1)
    for size in BATCHES:
        plain = run_data(size, "none", "loader")
        single, whole = (run_data(size, "affine", where) for where in ("loader", "batch"))
        ways = {
            "no augmentation, DataLoader": lambda e, d=plain: by_loader(d, e),
            "no augmentation, by index": lambda e, d=plain: d.train(e, 0),
            "affine, picture by picture": lambda e, d=single: by_loader(d, e),
            "affine, whole batches": lambda e, d=whole: d.train(e, 0),
        }
        took: dict[str, list[float]] = {way: [] for way in ways}
        for turn in range(rounds + 1):
            for way, batches in ways.items():
                began, count = time.process_time(), 0
                for _ in batches(turn + 1):
                    count += 1
                if turn:  # the first warms up
                    took[way].append((time.process_time() - began) / count * 1e3)
        names, cost = list(ways), {way: median(times) for way, times in took.items()}
        print(f"{size} px, CPU ms a batch of 32, medians of {rounds}")
        for one, other in (names[:2], names[2:]):
            print(f"  {one:30}{cost[one]:8.2f}\n  {other:30}{cost[other]:8.2f}"
                  f"   {cost[one] / cost[other]:.1f} times faster", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
