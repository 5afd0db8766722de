"""What the engine costs over a bare PyTorch loop: resnet18, 64 px, batches of 64, on the CPU.

Both train on the same prepared batches with the same optimiser and schedule. Thaw's loop has its
whole report around it: loss and accuracy, TensorBoard each 50 steps, the state of the run, a wish
to stop, a checkpoint at the end of each epoch. The bare loop sums the loss and the accuracy and
reads them as often. Each has a process of its own, Thaw's set up as its worker's is, the other a
script's; laps take turns. The figures are medians of CPU time, of the thread that writes
checkpoints too, and by the clock.

    python -m bench.engine [ROUNDS [THREADS]]
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import torch
from torch import Tensor
from torch.nn import functional
from torchvision.models import resnet18

from bench import turns
from core.recipe import Recipe, parse, with_value
from core.runs import compute_process, folder
from core.training import preparing
from core.training.loop import Score, Training, train_epoch
from core.training.report import RunReport
from core.training.schedule import factor

SIZE, BATCH, STEPS, LOG_EVERY = 64, 64, 50, 50
ROUNDS, THREADS = 5, 2
KINDS = ("cpu", "clock")

RECIPE = parse({
    "model": {"name": "resnet18", "weights": "none"}, "freeze": {"preset": "from_scratch"},
    "transform": {"size": SIZE, "augment": "none"},
    "loader": {"batch_size": BATCH, "drop_last": True},
    "split": {"train_per_class": 60}, "optimizer": {"name": "sgd", "lr": 0.01},
    "train": {"epochs": 1000, "device": "cpu", "log_every": LOG_EVERY},
})


class _Batches:
    """The same prepared batches in every epoch."""

    steps_per_epoch, test_samples = STEPS, 0

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.given = [
            (torch.randn(BATCH, 3, SIZE, SIZE), torch.randint(10, (BATCH,))) for _ in range(8)
        ]

    def train(self, epoch: int, start_step: int) -> Iterator[tuple[Tensor, Tensor]]:
        return (self.given[step % len(self.given)] for step in range(STEPS))


def bare_lap(recipe: Recipe, batches: _Batches) -> Callable[[], None]:
    """An epoch of the loop that everybody writes."""
    torch.manual_seed(0)
    model = resnet18(num_classes=10).train()
    optimizer = torch.optim.SGD(
        model.parameters(), lr=recipe.optimizer.lr, momentum=recipe.optimizer.momentum,
        weight_decay=recipe.optimizer.weight_decay, fused=True,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: factor(recipe.schedule, step, STEPS, recipe.train.epochs)
    )

    def lap() -> None:
        loss_sum, right = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for step, (inputs, targets) in enumerate(batches.train(1, 0), 1):
            optimizer.zero_grad()
            outputs: Tensor = model(inputs)
            loss = functional.cross_entropy(outputs, targets)
            loss.backward()
            optimizer.step()
            schedule.step()
            loss_sum += loss.detach()
            right += (outputs.argmax(1) == targets).sum()
            if step % LOG_EVERY == 0:
                loss_sum.item(), right.item()

    return lap


def thaw_lap(training: Training, report: RunReport) -> Callable[[], None]:
    """An epoch of Thaw's loop, and what is written after it."""

    def lap() -> None:
        progress = training.progress
        progress.begin_epoch(progress.epoch + 1)
        report.phase_began("training")
        epoch = progress.epoch
        train = train_epoch(training, report, time.perf_counter() - progress.seconds)
        progress.begin_epoch(epoch + 1)
        report.epoch_ended(epoch, progress, train, Score(1.0, 0.5))
        progress.epoch = epoch
        report.wait_for_checkpoint()  # its time is counted here, though a run goes on meanwhile

    return lap


def serve_thaw(threads: int) -> None:
    """Laps of Thaw's, prepared as the worker prepares a run."""
    compute_process.set_up(threads)
    with tempfile.TemporaryDirectory() as place:
        run = folder.create_run(with_value(RECIPE, "train.threads", threads), root=Path(place))
        report = RunReport(run, 1, lambda _line: None)
        training = preparing.prepare(run, 1, report)
        training.data = _Batches()
        report.began(training)
        turns.serve(lambda: _timed(thaw_lap(training, report)))
        report.ended("finished")


def _timed(lap: Callable[[], None]) -> turns.Lap:
    cpu, clock = time.process_time(), time.perf_counter()
    lap()
    return {"cpu": time.process_time() - cpu, "clock": time.perf_counter() - clock}


def main(rounds: int, threads: int) -> None:
    """Prints the ratio of an epoch's time, Thaw to bare."""
    command = ["-m", "bench.engine", str(rounds), str(threads)]
    own = compute_process.environment(threads, os.environ)
    took = turns.take_turns({
        "bare": turns.Way([*command, "bare"], {"OMP_NUM_THREADS": str(threads)}),
        "Thaw": turns.Way([*command, "Thaw"], own),
    }, rounds + 1)
    took = {name: laps[1:] for name, laps in took.items()}  # the first warms up
    for name, laps in took.items():
        cpu, clock = (1000 * median(lap[kind] for lap in laps) / STEPS for kind in KINDS)
        print(f"{name:6}{cpu:9.1f} ms of CPU a step{clock:9.1f} ms")
    cpu, clock = (
        100 * median(
            mine[kind] / theirs[kind] - 1
            for mine, theirs in zip(took["Thaw"], took["bare"], strict=True)
        )
        for kind in KINDS
    )
    print(f"Thaw costs {cpu:+.1f} % of CPU time, {clock:+.1f} % by the clock "
          f"(median of {rounds} pairs of {STEPS} steps, {threads} threads)")


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:3]]
    rounds, threads = [*given, *(ROUNDS, THREADS)[len(given):]]
    if sys.argv[3:] == ["bare"]:
        torch.set_num_threads(threads)
        lap = bare_lap(RECIPE, _Batches())
        turns.serve(lambda: _timed(lap))
    elif sys.argv[3:] == ["Thaw"]:
        serve_thaw(threads)
    else:
        main(rounds, threads)
