"""Max pooling turned to channels last and back on a CPU, beside PyTorch's own: passes and steps.

The same model, pictures and optimiser both ways, in turn. A pass is one without gradients, as
features, validation and judging make them; a step is Thaw's training step of the whole model; of a
step with a frozen backbone only the last stage trains. The figures are medians of CPU time and of
the ratios of pairs, and whether both ways gave the same bits.

    python -m bench.max_pooling [ROUNDS [THREADS [MODEL…]]]
"""

import os
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from statistics import median
from types import SimpleNamespace

if len(sys.argv) > 2:
    os.environ["OMP_NUM_THREADS"] = sys.argv[2]
os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
import torchvision
from torch import Tensor, nn

from core.models.freezing import train_mode
from core.models.max_pooling import quick_max_pooling, quick_pools
from core.recipe import Recipe, with_value
from core.training.loop import Training
from core.training.optimisation import build_optimizer, stage_groups
from core.training.progress import Progress
from core.training.step import train_step
from core.training.unfreezing import Unfreezing

TASKS = (  # model, pixels, batch
    ("resnet18", 64, 32), ("resnet18", 224, 8), ("googlenet", 224, 8), ("squeezenet1_1", 224, 16),
    ("shufflenet_v2_x0_5", 224, 16), ("alexnet", 224, 16), ("vgg11", 224, 2),
    ("densenet121", 224, 4), ("inception_v3", 299, 4),
)
Timed = tuple[float, float]  # seconds of CPU and by the clock


def model_of(name: str) -> nn.Module:
    """The same drawn weights each time."""
    torch.manual_seed(0)
    unused = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    return torchvision.models.get_model(name, num_classes=10, **unused)


def pass_of(name: str, pictures: Tensor, _targets: Tensor, *, quick: bool) -> Callable[[], Tensor]:
    """A pass without gradients."""
    model = model_of(name).eval()
    pooling = quick_max_pooling(model) if quick else nullcontext()

    @torch.no_grad()
    def once() -> Tensor:
        with pooling:
            return model(pictures)

    return once


def step_of(
    name: str, pictures: Tensor, targets: Tensor, *, quick: bool, frozen: bool = False
) -> Callable[[], Tensor]:
    """A step of Thaw's training; gives the weights of the last stage."""
    model = model_of(name)
    *before, (last, _) = ((stage, module) for stage, module in model.named_children()
                          if any(True for _ in module.parameters()))
    for _, module in before if frozen else ():
        module.requires_grad_(False)
    recipe = Recipe()
    for field, value in {"optimizer.name": "sgd", "train.device": "cpu"}.items():
        recipe = with_value(recipe, field, value)
    rates = dict.fromkeys(([] if frozen else [one for one, _ in before]) + [last], 0.001)
    training = Training(
        recipe, model, build_optimizer(stage_groups(model, rates), recipe.optimizer),
        torch.amp.GradScaler("cpu", enabled=False), torch.device("cpu"),
        SimpleNamespace(steps_per_epoch=1), Progress(), Unfreezing(model, {}, {}, rates),
    )
    training.progress.begin_epoch(1)
    training.pooling = quick_pools(model) if quick else nullcontext()
    train_mode(model, recipe.freeze.frozen_modules)

    def once() -> Tensor:
        train_step(training, pictures, targets)
        return next(model.get_submodule(last).parameters()).detach()

    return once


WAYS: dict[str, Callable[..., Callable[[], Tensor]]] = {
    "pass": pass_of,
    "step": step_of,
    "step, frozen": lambda *given, quick: step_of(*given, quick=quick, frozen=True),
}


def timed(once: Callable[[], Tensor]) -> tuple[Timed, Tensor]:
    """What it took, and what it gave."""
    cpu, clock = time.process_time(), time.perf_counter()
    gave = once()
    return (time.process_time() - cpu, time.perf_counter() - clock), gave


def compare(name: str, size: int, batch: int, rounds: int) -> None:
    """Prints a line for each way to use a model."""
    drawn = torch.Generator().manual_seed(0)
    pictures = torch.randn(batch, 3, size, size, generator=drawn)
    targets = torch.randint(10, (batch,), generator=drawn)
    for what, make in WAYS.items():
        ways = {quick: make(name, pictures, targets, quick=quick) for quick in (False, True)}
        took: dict[bool, list[Timed]] = {False: [], True: []}
        same = True
        for turn in range(rounds + 1):
            gave = {}
            for quick in (False, True) if turn % 2 else (True, False):
                spent, gave[quick] = timed(ways[quick])
                if turn:  # the first warms up
                    took[quick].append(spent)
            same = same and torch.equal(gave[False], gave[True])
        plain, quick = (median(cpu for cpu, _ in took[way]) * 1e3 for way in (False, True))
        cpu, clock = (
            median(one[which] / other[which]
                   for one, other in zip(took[False], took[True], strict=True))
            for which in (0, 1)
        )
        print(f"{name:20}{size:4} px {what:14}{plain:9.1f}{quick:9.1f}{cpu:8.2f}{clock:8.2f}   "
              f"{'same bits' if same else 'OTHER BITS'}", flush=True)


def main(given: list[str]) -> None:
    rounds = int(given[0]) if given else 5
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    print(f"{'':42}{'plain':>9}{'quick':>9}{'CPU':>8}{'clock':>8}   ms of CPU, plain / quick")
    for name, size, batch in TASKS:
        if not given[2:] or name in given[2:]:
            compare(name, size, batch, rounds)


if __name__ == "__main__":
    main(sys.argv[1:])
