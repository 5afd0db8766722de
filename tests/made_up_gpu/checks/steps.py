"""A step on a GPU: everything lies there, and the CPU waits for none of it."""

import pytest
import torch
from torch import nn
from torchvision.models import googlenet

from core.training import devices, optimizer_state
from core.training.averaging import WeightAverage
from core.training.compiling import CompiledForward
from core.training.devices import choose_device, precision_on
from core.training.loop import Training, train_epoch, validate
from core.training.optimisation import build_optimizer, optimizer_at, stage_groups
from core.training.optimizer_table import OPTIMIZERS
from core.training.progress import Progress
from core.training.step import class_weight_of, mixer_of, train_step
from core.training.unfreezing import Unfreezing
from tests.core.training.test_loop import Watcher, small
from tests.made_up_gpu.journal import kept, no_waiting

GPU = torch.device("cuda")
CLASSES = 5
OTHERS = [name for name in OPTIMIZERS if name != "adafactor"]
SETTINGS = {
    "as it comes": {},
    "float16": {"train.precision": "float16"},
    "float16, clipped": {"train.precision": "float16", "train.clip_norm": 1.0},
    "float16, sgd": {"train.precision": "float16", "optimizer.name": "sgd"},
    "float32": {"train.precision": "float32"},
    "clipped": {"train.clip_norm": 1.0},
    "in parts": {"train.accumulate": 3},
    "MixUp": {"train.mix": "mixup", "train.label_smoothing": 0.1},
    "CutMix in parts": {"train.mix": "cutmix", "train.accumulate": 2,
                        "train.class_weights": "balanced"},
    "class weights": {"train.class_weights": "balanced"},
    "class weights, smoothed": {"train.class_weights": "balanced", "train.label_smoothing": 0.1},
    "one logit": {"head.outputs": "one_logit", "train.class_weights": "balanced"},
    "average": {"train.ema": 0.9},
}


class Pictures:
    """So many batches, in the machine's memory."""

    def __init__(self, steps: int) -> None:
        self.steps_per_epoch = steps

    def train(self, epoch: int, start_step: int):
        generator = torch.Generator().manual_seed(epoch)
        for _ in range(start_step, self.steps_per_epoch):
            images = torch.randn(7, 3, 8, 8, generator=generator)
            yield images, torch.arange(7) % 2

    def validation(self):
        return self.train(0, 0)


def training_of(steps: int = 3, model: nn.Module | None = None, **fields) -> Training:
    recipe = small(**{"optimizer.name": "adamw", "train.log_every": 50, **fields})
    outputs = 1 if recipe.head.outputs == "one_logit" else CLASSES
    model = model or nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Dropout(0.3),
        nn.Linear(4 * 36, outputs),
    )
    model.to(GPU, memory_format=torch.channels_last)
    rates = dict.fromkeys(dict(model.named_children()), 1e-3)
    precision = precision_on(GPU, recipe.train.precision)
    scaler = torch.amp.GradScaler("cuda", enabled=precision == "float16")
    training = Training(
        recipe, model, build_optimizer(stage_groups(model, rates), recipe.optimizer), scaler, GPU,
        Pictures(steps), Progress(), Unfreezing(model, {}, {}, rates),
        mixer=mixer_of(recipe.train, CLASSES),
        average=WeightAverage(model, 0.9) if recipe.train.ema else None,
    )
    weight = class_weight_of(recipe.train, torch.arange(7) % 2, 2 if outputs == 1 else CLASSES)
    training.class_weight = None if weight is None else weight.to(GPU)
    training.progress.begin_epoch(1)
    return training


def stepped(training: Training) -> None:
    """Some steps; after the first, in which optimisers make what they keep, nothing waits."""
    batches = list(training.data.train(1, 0))
    train_step(training, *batches[0])
    with kept() as asked, no_waiting():
        for number, batch in enumerate(batches[1:], 2):
            loss, correct = train_step(training, *batch)
            if training.average:
                training.average.update(number)
    assert loss.is_cuda and correct.is_cuda
    assert asked.count("copy pinned to gpu") == 2 * len(batches[1:])
    assert not [line for line in asked if line.startswith("wait") or "pageable" in line]


def test_a_gpu_is_what_auto_takes_in_bfloat16():
    assert choose_device("auto") == GPU and precision_on(GPU, "auto") == "bfloat16"


@pytest.mark.parametrize("name", SETTINGS)
def test_nothing_waits(name: str):
    stepped(training_of(**SETTINGS[name]))


@pytest.mark.parametrize("name", OTHERS)
def test_no_optimiser_waits(name: str):
    training = training_of(**{"optimizer.name": name, "optimizer.weight_decay": 0.01})
    assert bool(training.optimizer.defaults.get("fused")) is OPTIMIZERS[name].fused
    stepped(training)
    # Nor one that goes on from a checkpoint.
    state = training.optimizer.state_dict()
    for one in state["state"].values():  # as `torch.load` gives them
        one.update({key: value.cpu() for key, value in one.items() if torch.is_tensor(value)})
    training.optimizer = optimizer_at(state, training.model, {}, training.recipe.optimizer)
    stepped(training)


@pytest.mark.parametrize("fields", [
    {"train.log_every": 1}, {"train.precision": "float16", "optimizer.name": "nadam"},
])
def test_what_is_said_to_wait_does(fields: dict):
    training = training_of(**fields)
    with no_waiting(), pytest.raises(RuntimeError, match="synchronizing"):
        for batch in training.data.train(1, 0):
            train_step(training, *batch)


def test_auxiliary_classifiers_wait_for_nothing():
    model = googlenet(weights=None, num_classes=CLASSES, aux_logits=True, init_weights=False)
    training = training_of(2, model)
    (images, targets), *_ = training.data.train(1, 0)
    images = images[:2].repeat(1, 1, 8, 8)
    with no_waiting():
        train_step(training, images, targets[:2])


def test_a_compiler_that_fails_leaves_the_random_numbers_where_they_were(monkeypatch):
    def compiler(model, **_):
        def broken(inputs):
            torch.rand(7), torch.rand(7, device=GPU)
            raise RuntimeError("no compiler")
        return broken

    monkeypatch.setattr(torch, "compile", compiler)
    training, heard = training_of(), Watcher()
    heard.compiled = lambda seconds, why: None
    before = devices.random_state(GPU)
    images = torch.zeros(7, 3, 8, 8, device=GPU)
    CompiledForward(lambda images: images, 7, training.optimizer, heard)(images)
    after = devices.random_state(GPU)
    assert len(after) == 2
    assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))


def waits(steps: int, **fields) -> tuple[int, int]:
    """How often the CPU waits in an epoch of so many steps, and in a validation."""
    training = training_of(steps, **fields)
    train_epoch(training, Watcher(), 0.0)
    training.progress.begin_epoch(2)
    with kept() as trained:
        train_epoch(training, Watcher(), 0.0)
    with kept() as validated:
        validate(training)
    return tuple(sum(line.startswith("wait") for line in one) for one in (trained, validated))


@pytest.mark.parametrize("fields", [{}, {"train.ema": 0.9, "train.accumulate": 2}])
def test_an_epoch_waits_as_often_as_one_of_twice_the_steps(fields: dict):
    few, many = waits(3, **fields), waits(6, **fields)
    assert few == many and max(few) <= 4


@pytest.mark.parametrize("name", OTHERS)
def test_an_optimiser_goes_on_on_the_other_device(name: str):
    spec = small(**{"optimizer.name": name}).optimizer
    model, there = nn.Linear(3, 3), nn.Linear(3, 3).to(GPU)
    rates = {"weight": 1e-3, "bias": 1e-3}

    def moved_on(model: nn.Module, state: dict | None) -> dict:
        optimizer = optimizer_at(state, model, rates, spec)
        model(torch.ones(2, 3, device=model.weight.device)).sum().backward()
        optimizer.step()
        optimizer_state.check(optimizer, optimizer.state_dict())
        return optimizer.state_dict()

    state = moved_on(there, moved_on(model, None))
    assert all(group["lr"] == 1e-3 for group in state["param_groups"])
    for one in state["state"].values():  # as `torch.load` gives them
        one.update({key: value.cpu() for key, value in one.items() if torch.is_tensor(value)})
    moved_on(model, state)
