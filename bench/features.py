"""What the features cache is worth: whole runs of Thaw against plain PyTorch loops.

    python -m bench.features probe [REPEATS]     # resnet18, digits at 64 px, only the head trains
    python -m bench.features loop [REPEATS]      # of the same probe the training loop alone
    python -m bench.features stage [REPEATS]     # resnet18 and densenet121, 224 px, last stage

Ten epochs each, from the same weights, over the same batches, with validation before the first
epoch and after each, and a checkpoint of each as the lecture saves it. Thaw's side is everything
that its worker does, between the imports and the last state of the run: load, cut, train, record,
save, sync. "loop" leaves out of both what a longer run has no more of: loading, validation and
checkpoints; Thaw's side computes, writes and syncs the features and has its report around it.
"freezing well" leaves frozen parameters out of autograd; "naive" gives only the last
stage to the optimiser, computes every gradient and calls `model.train()`, so that BatchNorm
drifts. Each way has a process of its own: Thaw's is set up as its worker's is, the others are a
script's. Prints seconds, CPU seconds and their ratios (medians), and whether what was trained is
the same to the last bit.
"""

import hashlib
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench import turns
from core.data import load
from core.data.loader import PreparedImages, epoch_order
from core.data.split import split_of
from core.models.build import build_model
from core.models.freezing import apply_freeze, train_mode
from core.models.heads import head_paths
from core.recipe import Recipe, parse
from core.runs import compute_process, folder
from core.training import preparing
from core.training.loop import train_epoch
from core.training.report import RunReport
from core.training.worker import work

EPOCHS, THREADS = 10, 2
# Model, pixels, freeze preset, training images a class (None: all that are left), and the share
# that validates: a tenth to a fifth of those that train.
_PROBE = ("resnet18", 64, "linear_probe", None, 0.05)
TASKS = {
    "probe": [_PROBE],
    "loop": [_PROBE],
    "stage": [
        ("resnet18", 224, "last_stage", 16, 0.015), ("densenet121", 224, "last_stage", 16, 0.015),
    ],
}
_PLAIN = ("Thaw", "plain PyTorch")
WAYS = {"probe": _PLAIN, "loop": _PLAIN, "stage": ("Thaw", "freezing well", "naive")}


def recipe_of(task: str, number: int) -> Recipe:
    """A recipe without augmentation, whose every batch is full."""
    model, size, preset, per_class, val = TASKS[task][number]
    return parse({
        "model": {"name": model, "weights": "none"}, "freeze": {"preset": preset},
        "split": {"train_per_class": per_class, "val": val, "test": 0.05},
        "transform": {"size": size, "augment": "none"},
        "loader": {"batch_size": 32, "drop_last": True},
        "optimizer": {"name": "sgd", "lr": 0.01, "weight_decay": 0},
        "schedule": {"name": "constant"},
        "train": {"epochs": EPOCHS, "threads": THREADS, "log_every": 50},
    })


@dataclass
class Watch:
    """Seconds, and CPU seconds of all threads, that went by inside it."""

    seconds: float = 0.0
    cpu: float = 0.0

    def __enter__(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def __exit__(self, *_error: object) -> None:
        began, used = self._began
        self.seconds += time.perf_counter() - began
        self.cpu += time.process_time() - used


def by_thaw(recipe: Recipe, home: Path) -> Path:
    """Where a whole run leaves its last checkpoint, nothing kept from before."""
    os.environ["THAW_HOME"] = str(home)
    run = folder.create_run(recipe)
    if work(run, resume=False, say=lambda line: None) != "finished":
        raise SystemExit(str(run.state()))
    return run.path / "checkpoints" / "last.pt"


def loop_by_thaw(recipe: Recipe, home: Path, loop: Watch) -> nn.Module:
    """What the epochs of a prepared run train, nothing kept from before."""
    os.environ["THAW_HOME"] = str(home)
    run = folder.create_run(recipe)
    report = RunReport(run, 1, lambda _line: None)
    training = preparing.prepare(run, 1, report)
    report.began(training)
    for epoch in range(1, EPOCHS + 1):
        with loop:
            training.progress.begin_epoch(epoch)
            train_epoch(training, report, time.perf_counter())
    report.ended("finished")
    return training.model


def by_hand(recipe: Recipe, home: Path, loop: Watch, *, naive: bool = False) -> Path:
    """The loop that a person would write; naive: every gradient is computed.

    Args:
        loop: Runs while it trains.
    """
    torch.set_num_threads(recipe.train.threads)
    data = load.load_images(recipe.data.name)
    split, made = split_of(recipe.split, data), preparing.transforms_of(recipe)
    train, val = (_tensors(PreparedImages(data, part, made), made)
                  for part in (split.train, split.val))
    model = build_model(
        recipe.model.name, "none", num_classes=len(data.classes), new_head=recipe.head,
        seed=recipe.train.seed,
    ).model
    apply_freeze(model, recipe.freeze, head_paths(recipe.model.name, "none"))
    optimizer = torch.optim.SGD(
        [parameter for parameter in model.parameters() if parameter.requires_grad],
        lr=recipe.optimizer.lr, momentum=recipe.optimizer.momentum, fused=True,
    )
    if naive:
        model.requires_grad_(True)
    _validate(model, *val)
    size, file = recipe.loader.batch_size, home
    for epoch in range(1, EPOCHS + 1):
        total = 0.0
        with loop:
            model.train() if naive else train_mode(model)
            order = torch.as_tensor(epoch_order(len(train[1]), recipe.train.seed, epoch, True))
            for places in order[: len(order) // size * size].split(size):
                loss = functional.cross_entropy(model(train[0][places]), train[1][places])
                model.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()
                total += loss.item()
        accuracy = _validate(model, *val)
        file = home / f"checkpoint_model_{epoch}_{accuracy:.4f}.pt"
        torch.save({
            "epoch": epoch, "model_state_dict": model.state_dict(),
            "optimizer_state_dict": optimizer.state_dict(), "loss": total,
        }, file)
    return file


def _tensors(images: PreparedImages, made) -> tuple[Tensor, Tensor]:
    pictures = [made.normalize(images[place]) for place in range(len(images))]
    return torch.stack(pictures), images.targets


@torch.no_grad()
def _validate(model: nn.Module, images: Tensor, targets: Tensor) -> float:
    model.eval()
    right = [
        (model(some).argmax(1) == true).sum()
        for some, true in zip(images.split(32), targets.split(32), strict=True)
    ]
    return sum(right).item() / len(targets)


def lap(way: str, recipe: Recipe, *, loop_alone: bool) -> turns.Lap:
    """Seconds of one training, or of its loop alone, and a digest of the weights that it leaves."""
    whole, loop = Watch(), Watch()
    with tempfile.TemporaryDirectory() as home:
        if way == "Thaw" and loop_alone:
            weights = loop_by_thaw(recipe, Path(home), loop).state_dict()
        else:
            with whole:
                file = by_thaw(recipe, Path(home)) if way == "Thaw" else by_hand(
                    recipe, Path(home), loop, naive=way == "naive"
                )
            weights = torch.load(file, weights_only=True)["model_state_dict"]
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(weights[name].contiguous().reshape(-1).view(torch.uint8).numpy())
    took = loop if loop_alone else whole
    return {"seconds": took.seconds, "cpu": took.cpu, "weights": digest.hexdigest()}


def compare(task: str, number: int, repeats: int) -> None:
    """Prints what Thaw takes, and how many times as much the other ways do."""
    model, size, *_ = TASKS[task][number]
    own = compute_process.environment(THREADS, os.environ)
    laps = turns.take_turns({
        way: turns.Way(
            ["-m", "bench.features", "lap", way, task, str(number)], own if way == "Thaw" else {}
        )
        for way in WAYS[task]
    }, repeats)
    taken = {
        way: {figure: median(lap[figure] for lap in some) for figure in ("seconds", "cpu")}
        for way, some in laps.items()
    }
    thaw = taken["Thaw"]
    print(f"{model}, {size} px, {task}: medians of {repeats}")
    for way, took in taken.items():
        print(f"  {way:14} {took['seconds']:7.2f} s {took['cpu']:7.2f} s of CPU", end="")
        if way != "Thaw":
            same = {lap["weights"] for lap in laps[way]} == {lap["weights"] for lap in laps["Thaw"]}
            print(
                f": {took['seconds'] / thaw['seconds']:.1f} and {took['cpu'] / thaw['cpu']:.1f} "
                f"times as much; weights {'equal' if same else 'not equal'}", end="",
            )
        print(flush=True)


def main(given: list[str]) -> None:
    """One way's process, or the comparison that was asked for."""
    if given[0] == "lap":
        _, way, task, number = given
        if way == "Thaw":
            compute_process.set_up(THREADS)
        load.load_images("digits")  # or the first lap would pay for importing scikit-learn
        recipe = recipe_of(task, int(number))
        turns.serve(lambda: lap(way, recipe, loop_alone=task == "loop"))
        return
    for number in range(len(TASKS[given[0]])):
        compare(given[0], number, int(given[1]) if len(given) > 1 else 3)


if __name__ == "__main__":
    main(sys.argv[1:])
