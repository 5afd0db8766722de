"""Freezing on real models of every family: what is frozen stays, what trains moves or says why.

    python -m pytest --long tests/core/models/test_freezing_families.py

does it for all 80 classification models under every preset, the big ones each in a process of its
own. Run as a program with a model's name this file prints what it found, as JSON.
"""

import gc
import json
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
import torch
from torch import nn

from core import portable
from core.models import catalogue
from core.models.build import build_model
from core.models.freeze_names import lineage
from core.models.freezing import apply_freeze, counts, rows_of, ruling, train_mode
from core.models.heads import head_paths
from core.recipe import FreezePlan, Preset
from core.training.objective import loss_of

ROOT = Path(__file__).parents[3]
PRESETS = get_args(Preset)
# The smallest of each family.
FAMILIES = ("alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "googlenet",
            "inception_v3", "maxvit_t", "mnasnet0_5", "mobilenet_v2", "mobilenet_v3_small",
            "regnet_y_400mf", "resnet18", "shufflenet_v2_x0_5", "squeezenet1_1", "swin_t", "vgg11",
            "vit_b_32")
# Pixels a side; these take no other, or need more to leave their last layer any.
SIZES = {"maxvit": 224, "vit": 224, "inception": 299}
_STEPS = 2
_BIG = 100_000_000  # parameters; beyond them a model gets a process of its own


def take_steps(name: str, presets: tuple[str, ...]) -> dict[str, dict]:
    """Two steps of Adam under each preset, from the same start.

    Adam's step does not follow the size of the gradient: what has any, moves.

    Returns:
        For each preset how many tensors moved and stayed, `broken`: frozen ones that moved all
        the same, and `unmoved`: those that train and did not, each with the reason.
    """
    torch.manual_seed(0)
    size = SIZES.get(catalogue.find_model(name).family, 64)
    model = build_model(name, "none", num_classes=3, seed=1).model
    generator = torch.Generator().manual_seed(1)
    _see(model, torch.randn(4, 3, size, size, generator=generator))
    start = {key: value.clone() for key, value in model.state_dict().items()}
    head = head_paths(name, "none")
    return {
        preset: _under(model, FreezePlan(preset=preset, stages=3), head, start, size)
        for preset in presets
    }


def _see(model: nn.Module, images: torch.Tensor) -> None:
    """One batch into BatchNorm's statistics, as if the model were pretrained.

    Frozen ones that have seen nothing let the signal of a random network die out, and behind
    them gradients are exactly zero.
    """
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    kept = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
    with torch.no_grad():
        model.train()(images)
    for norm, momentum in zip(norms, kept, strict=True):
        norm.momentum = momentum


def _under(model: nn.Module, plan: FreezePlan, head, start: dict, size: int) -> dict:
    with torch.no_grad():  # load_state_dict asks MNASNet's for a version
        for key, tensor in model.state_dict().items():
            tensor.copy_(start[key])
    model.zero_grad(set_to_none=True)
    apply_freeze(model, plan, head)
    trains = ruling(plan, rows_of(model), head).trains
    ran: set[str] = set()
    hooks = [module.register_forward_hook(lambda *_, name=name: ran.add(name))
             for name, module in model.named_modules()]
    calls: dict[str, list[bool]] = {}  # of each stochastic depth: whether anything came through
    hooks += [
        module.register_forward_hook(
            lambda _, given, out, name=name: calls.setdefault(name, []).append(bool(out.any()))
        )
        for name, module in model.named_modules() if type(module).__name__ == "StochasticDepth"
    ]
    trainable = {name: p for name, p in model.named_parameters() if p.requires_grad}
    had: dict[str, float | None] = dict.fromkeys(trainable)
    optimizer = torch.optim.Adam(trainable.values(), lr=0.01)
    generator = torch.Generator().manual_seed(2)
    for _ in range(_STEPS):
        train_mode(model, plan.frozen_modules)
        images = torch.randn(2, 3, size, size, generator=generator)
        optimizer.zero_grad(set_to_none=True)
        loss_of(model(images), torch.tensor([0, 1]), 0.0).backward()
        for key, p in trainable.items():
            if p.grad is not None:
                had[key] = max(had[key] or 0.0, float(p.grad.abs().max()))
        optimizer.step()
    for hook in hooks:
        hook.remove()
    leaks = [key for key, p in model.named_parameters() if key not in had and p.grad is not None]
    after = model.state_dict()
    moved = {key for key in start if not torch.equal(start[key], after[key])}
    # A buffer goes with the parameters of its module: a frozen BatchNorm is in eval.
    return {
        "moved": len(moved),
        "frozen": sum(not trains(key) for key in start),
        "broken": sorted([key for key in moved if not trains(key)] + leaks),
        "unmoved": {key: _why(model, key, had[key], ran, calls) for key in had if key not in moved},
        "trainable": sum(p.numel() for p in trainable.values()),
        "counted": counts(rows_of(model), plan, head).trainable,
    }


def _why(
    model: nn.Module, name: str, gradient: float | None, ran: set[str],
    calls: dict[str, list[bool]],
) -> str:
    """Why a parameter that trains did not move; "" if there is no good reason."""
    holders = lineage(name)[1:-1]
    if gradient is None:
        idle = next((holder for holder in holders if holder not in ran
                     and any(True for _ in model.get_submodule(holder).parameters())), "")
        return f"no gradient: {idle} does not run" if idle else ""
    if gradient > 0:
        return ""
    for depth, came in calls.items():
        if depth.rpartition(".")[0] in holders:
            each = len(came) // _STEPS  # Swin's blocks call theirs twice
            if any(not any(came[place::each]) for place in range(each)):
                return f"zero gradient: {depth} dropped its block in every step"
    return ""


def judge(found: dict[str, dict], presets: tuple[str, ...]) -> None:
    assert set(found) == set(presets)
    for preset, told in found.items():
        assert told["broken"] == [], preset
        unexplained = [key for key, why in told["unmoved"].items() if not why]
        assert unexplained == [], preset
        assert told["moved"] and told["trainable"] == told["counted"], preset
        assert bool(told["frozen"]) is (preset not in ("all", "from_scratch")), preset


def test_there_is_one_of_each_family() -> None:
    families = [catalogue.find_model(name).family for name in FAMILIES]
    assert sorted(families) == sorted({entry.family for entry in catalogue.CATALOGUE})


@pytest.mark.parametrize("name", FAMILIES)
def test_a_model_of_each_family_under_three_presets(name: str) -> None:
    presets = ("linear_probe", "last_stage", "all")
    judge(take_steps(name, presets), presets)


@pytest.mark.long
@pytest.mark.parametrize("name", [entry.name for entry in catalogue.CATALOGUE])
def test_every_model_under_every_preset(name: str, record_property) -> None:
    params = catalogue.find_model(name).params
    # Weights, their start, gradients and Adam's two, and as much again to be safe.
    need, free = 7 * 4 * params, portable.available_memory()
    if need > free:
        pytest.skip(f"{name} needs about {need / 1e9:.0f} GB and {free / 1e9:.0f} are free")
    if params < _BIG:
        found = take_steps(name, PRESETS)
        gc.collect()
    else:
        done = subprocess.run(
            [sys.executable, "-m", "tests.core.models.test_freezing_families", name],
            cwd=ROOT, capture_output=True, text=True, timeout=3600,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        found = json.loads(done.stdout)
    for preset, told in found.items():
        for key, why in told["unmoved"].items():
            record_property(f"{preset} {key}", why)
            print(f"{name} {preset}: {key} did not move, {why}")
    judge(found, PRESETS)


# --- what freezing saves ----------------------------------------------------------------------


def test_a_frozen_backbone_holds_no_gradient_and_almost_no_activations() -> None:
    held = {}
    for preset in ("linear_probe", "all"):
        model = build_model("resnet18", "none", num_classes=3).model
        apply_freeze(model, FreezePlan(preset=preset), ("fc",))
        train_mode(model)
        saved: dict[int, int] = {}

        def keep(tensor: torch.Tensor, saved: dict = saved) -> torch.Tensor:
            saved[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            loss = model(torch.randn(4, 3, 64, 64)).square().mean()
        loss.backward()
        backbone = [p for key, p in model.named_parameters() if not key.startswith("fc.")]
        gradients = sum(p.grad.nbytes for p in backbone if p.grad is not None)
        held[preset] = gradients, sum(saved.values())
    assert held["linear_probe"][0] == 0
    assert held["all"][0] == sum(p.nbytes for p in backbone)
    assert held["linear_probe"][1] < held["all"][1] / 500


# --- the naive way ------------------------------------------------------------------------------


@pytest.mark.parametrize("frozen", ["eval", "train"])
def test_the_naive_way_moves_statistics_and_no_weight(frozen: str) -> None:
    torch.manual_seed(0)
    plan = FreezePlan(preset="last_stage", frozen_modules=frozen)
    model = build_model("resnet18", "none", num_classes=3).model
    apply_freeze(model, plan, ("fc",))
    before = {key: value.clone() for key, value in model.state_dict().items()}
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    for _ in range(3):
        train_mode(model, plan.frozen_modules)
        optimizer.zero_grad()
        model(torch.randn(4, 3, 32, 32)).square().mean().backward()
        optimizer.step()
    after = model.state_dict()
    frozen_keys = [key for key in before if not key.startswith(("layer4.", "fc."))]
    moved = {key for key in frozen_keys if not torch.equal(before[key], after[key])}
    statistics = {key for key in frozen_keys if key not in dict(model.named_parameters())}
    assert len(statistics) == 45  # three for each of 15 BatchNorm layers
    assert moved == (statistics if frozen == "train" else set())


def test_a_batchnorm_whose_bias_alone_trains_follows_the_batches() -> None:
    torch.manual_seed(0)
    plan = FreezePlan(preset="linear_probe", exceptions=(("layer4.1.bn2.bias", True),))
    model = build_model("resnet18", "none", num_classes=3).model
    apply_freeze(model, plan, ("fc",))
    train_mode(model)
    assert {name for name, module in model.named_modules()
            if isinstance(module, nn.BatchNorm2d) and module.training} == {"layer4.1.bn2"}
    before = {key: value.clone() for key, value in model.state_dict().items()}
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    model(torch.randn(4, 3, 32, 32)).square().mean().backward()
    optimizer.step()
    after = model.state_dict()
    moved = {key for key in before if not torch.equal(before[key], after[key])}
    norm = "layer4.1.bn2."
    assert moved == {f"{norm}bias", f"{norm}running_mean", f"{norm}running_var",
                     f"{norm}num_batches_tracked", "fc.weight", "fc.bias"}


if __name__ == "__main__":
    print(json.dumps(take_steps(sys.argv[1], PRESETS)))
