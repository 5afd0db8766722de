"""What the features cache is worth: whole runs of Thaw against plain PyTorch loops.

    python bench/features.py probe [REPEATS]     # resnet18, digits at 64 px, only the head trains
    python bench/features.py stage [REPEATS]     # resnet18 and densenet121, 224 px, last stage

Ten epochs each, from the same weights, over the same batches, with validation after each epoch.
Thaw's side is everything that its worker does: load, train, record, save, and test on a few
held-out images at the end. The plain loops save and test nothing. "freezing well" leaves frozen
parameters out of autograd; "naive" gives only the last stage to the optimiser and computes every
gradient. Prints seconds, CPU seconds and their ratios (medians), and whether what was trained is
the same to the last bit.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.data import load
from core.data.loader import PreparedImages, epoch_order
from core.data.split import split_of
from core.models.build import build_model
from core.models.freezing import apply_freeze, train_mode
from core.models.heads import head_paths
from core.recipe import Recipe, parse
from core.runs import folder
from core.training.preparing import transforms_of
from core.training.worker import work

EPOCHS = 10


def recipe_of(model: str, size: int, preset: str, per_class: int | None) -> Recipe:
    """A recipe without augmentation, whose every batch is full."""
    return parse({
        "model": {"name": model, "weights": "none"}, "freeze": {"preset": preset},
        "split": {"train_per_class": per_class, "val": 0.05, "test": 0.05},
        "transform": {"size": size, "augment": "none"},
        "loader": {"batch_size": 32, "drop_last": True},
        "optimizer": {"name": "sgd", "lr": 0.01, "weight_decay": 0},
        "schedule": {"name": "constant"}, "train": {"epochs": EPOCHS, "threads": 2},
    })


def by_thaw(recipe: Recipe) -> dict[str, Tensor]:
    """What a whole run leaves as its last weights, nothing kept from before."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["THAW_HOME"] = home
        run = folder.create_run(recipe)
        if work(run, resume=False, say=lambda line: None) != "finished":
            raise SystemExit(str(run.state()))
        last = torch.load(run.path / "checkpoints" / "last.pt", weights_only=True)
    return last["model_state_dict"]


def by_hand(recipe: Recipe, *, naive: bool = False) -> dict[str, Tensor]:
    """The loop that a person would write; naive: every gradient is computed."""
    torch.set_num_threads(recipe.train.threads)
    data = load.load_images(recipe.data.name)
    split, made = split_of(recipe.split, data), transforms_of(recipe)
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
    _validate(model, *val)
    for epoch in range(1, EPOCHS + 1):
        train_mode(model)
        if naive:
            for parameter in model.parameters():
                parameter.requires_grad_(True)
        order = torch.as_tensor(epoch_order(len(train[1]), recipe.train.seed, epoch, True))
        size = recipe.loader.batch_size
        for places in order[: len(order) // size * size].split(size):
            loss = functional.cross_entropy(model(train[0][places]), train[1][places])
            model.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        _validate(model, *val)
    return model.state_dict()


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


def compare(name: str, ways: dict[str, Callable[[], dict[str, Tensor]]], repeats: int) -> None:
    """Runs the ways in turn; the first is the one that the others are compared with."""
    wall: dict[str, list[float]] = {way: [] for way in ways}
    spent: dict[str, list[float]] = {way: [] for way in ways}
    states = {}
    for _ in range(repeats):
        for way, do in ways.items():
            began, used = time.perf_counter(), time.process_time()
            states[way] = do()
            wall[way].append(time.perf_counter() - began)
            spent[way].append(time.process_time() - used)
    first, *others = ways
    seconds, cpu = (
        {way: statistics.median(one[way]) for way in ways} for one in (wall, spent)
    )
    print(f"{name}, {repeats} times")
    print(f"  {first:16} {seconds[first]:7.2f} s {cpu[first]:7.2f} s of CPU")
    for way in others:
        equal = all(map(torch.equal, states[first].values(), states[way].values()))
        print(
            f"  {way:16} {seconds[way]:7.2f} s {cpu[way]:7.2f} s of CPU: "
            f"{seconds[way] / seconds[first]:.1f} and {cpu[way] / cpu[first]:.1f} times as much; "
            f"weights {'equal' if equal else 'not equal'}", flush=True,
        )


def main(which: str, repeats: int) -> None:
    """Prints the comparison that was asked for."""
    load.load_images("digits")  # or the first way would pay for importing scikit-learn
    if which == "probe":
        recipe = recipe_of("resnet18", 64, "linear_probe", None)
        compare("resnet18, 64 px, linear probe", {
            "Thaw": lambda: by_thaw(recipe), "plain PyTorch": lambda: by_hand(recipe),
        }, repeats)
        return
    for model in ("resnet18", "densenet121"):
        recipe = recipe_of(model, 224, "last_stage", 10)
        compare(f"{model}, 224 px, last stage", {
            "Thaw": lambda recipe=recipe: by_thaw(recipe),
            "freezing well": lambda recipe=recipe: by_hand(recipe),
            "naive": lambda recipe=recipe: by_hand(recipe, naive=True),
        }, repeats)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3)
