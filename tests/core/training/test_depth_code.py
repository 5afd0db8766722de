"""The printed rates and openings, run on a model, do in each epoch what a run does."""

import pytest
import torch

from core import recipe as recipes
from core.models import catalogue
from core.models.freeze_code import freeze_code
from core.models.freezing import apply_freeze, train_mode
from core.models.heads import head_paths
from core.models.stages import stages
from core.models.summary import summarize
from core.models.summary_skeleton import build_skeleton
from core.training import stage_plan
from core.training.depth_code import depth_code
from core.training.optimisation import build_optimizer, stage_groups
from core.training.unfreezing import Unfreezing

EPOCHS = 6
RECIPES = {
    "rates by depth": {"optimizer": {"stage_factor": 0.4}},
    "a stage each second epoch": {"unfreezing": {"every": 2, "start": 2}},
    "by name, two at once": {"unfreezing": {"at": "first 3, second 3"}},
    "both, with exceptions": {
        "optimizer": {"name": "sgd", "stage_factor": 0.5}, "unfreezing": {"every": 1},
        "exceptions": True,
    },
}


def recipe_of(name: str, parts: dict, names: tuple[str, ...]) -> recipes.Recipe:
    parts = {**parts, "train": {"epochs": EPOCHS}}
    exceptions = []
    if parts.pop("exceptions", False):  # a bias that stays, in the stage that opens first
        exceptions = [[f"{names[-2]}.*bias", False]]
    if "at" in parts.get("unfreezing", {}):
        said = parts["unfreezing"]["at"]
        said = said.replace("first", names[-2]).replace("second", names[0])
        parts["unfreezing"] = {"at": said}
    return recipes.parse({
        "model": {"name": name, "weights": "none"},
        "freeze": {"preset": "linear_probe", "exceptions": exceptions}, **parts,
    })


def seen(model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> tuple:
    """What trains, at which rate, in which order, and which modules are in train mode."""
    called = {id(p): name for name, p in model.named_parameters()}
    groups = [
        (group["lr"], [called[id(p)] for p in group["params"]]) for group in optimizer.param_groups
    ]
    modes = {
        name: module.training for name, module in model.named_modules()
        if list(module.parameters()) or type(module).__name__ in ("Dropout", "StochasticDepth")
    }
    return groups, modes, [p.requires_grad for p in model.parameters()]


@pytest.mark.parametrize("way", RECIPES)
@pytest.mark.parametrize("name", ["resnet18", "vgg11", "swin_t"])
def test_every_epoch_is_that_of_a_run(name: str, way: str) -> None:
    rows, head = summarize(name, "none", num_classes=10).rows, head_paths(name, "none")
    recipe = recipe_of(name, RECIPES[way], stages(rows))
    ours, theirs = (
        build_skeleton(name, catalogue.find_weights(name, "none"), 10) for _ in range(2)
    )
    depth = depth_code(rows, recipe, head)
    code = freeze_code(rows, recipe.freeze, head, recipe.optimizer, EPOCHS, depth=depth)
    found: list[tuple] = []
    code = code.replace("...  # the batches of this epoch", "look(model, optimizer)")
    exec(code, {"model": theirs, "look": lambda *both: found.append(seen(*both))})

    apply_freeze(ours, recipe.freeze, head)
    rates = stage_plan.rates(stages(rows), head, recipe.optimizer.lr, recipe.optimizer.stage_factor)
    optimizer = build_optimizer(stage_groups(ours, rates), recipe.optimizer)
    closed = stage_plan.openable(rows, recipe.freeze, head)
    opening = Unfreezing(ours, stage_plan.openings(recipe.unfreezing, closed), closed, rates)
    for epoch in range(1, EPOCHS + 1):
        opening.open_due(optimizer, epoch)
        train_mode(ours, recipe.freeze.frozen_modules)
        assert found[epoch - 1] == seen(ours, optimizer), code


def test_one_rate_for_all_needs_no_word() -> None:
    rows = summarize("resnet18", "none", num_classes=10).rows
    plain = recipes.parse({"model": {"name": "resnet18", "weights": "none"}})
    late = recipes.with_value(plain, "freeze.preset", "linear_probe")
    late = recipes.with_value(late, "unfreezing.at", [["layer4", 99]])
    assert depth_code(rows, plain, ("fc",)) is None
    assert depth_code(rows, late, ("fc",)) is None  # opens after the last epoch
