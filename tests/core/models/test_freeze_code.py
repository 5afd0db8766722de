"""The printed code, run on a model, freezes it exactly as Thaw does."""

import pytest
import torch
from torch import nn

from core.models import catalogue
from core.models.freeze_code import freeze_code
from core.models.freeze_names import joined
from core.models.freezing import apply_freeze, rows_of, set_trains, train_mode
from core.models.heads import head_paths
from core.models.quiet_modules import quiet_modules
from core.models.summary import summarize
from core.models.summary_skeleton import build_skeleton
from core.recipe import FreezePlan, HeadSpec, OptimizerSpec
from core.training.optimizer_table import OPTIMIZERS

# One of each way to freeze: BatchNorm, Dropout between layers, own parameters of a container,
# a head of several layers, stochastic depth, parameters that come through multi-head attention.
MODELS = ("resnet18", "vgg11", "vit_b_32", "swin_t", "efficientnet_b0", "squeezenet1_1",
          "densenet121", "googlenet")
PROBE = FreezePlan(preset="linear_probe")


def plans(rows: tuple, head: tuple[str, ...]) -> list[FreezePlan]:
    """Presets, and some that clicks on modules here and there have changed."""
    names = [row.name for row in rows if row.total_params and row.name]
    made = [FreezePlan(preset=preset) for preset in ("linear_probe", "last_stage", "all")]
    for plan in tuple(made):
        for place, name in enumerate(names[2 :: max(1, len(names) // 7)]):
            plan = set_trains(plan, rows, head, name, place % 2 == 0)
        made.append(plan)
    for pattern, value in (("*bias", True), ("*.weight", False)):
        made += [set_trains(plan, rows, head, pattern, value) for plan in made[:3]]
    bias = joined(head[0], "bias")
    made.append(set_trains(FreezePlan(preset="last_stages"), rows, head, bias, False))
    made.append(set_trains(set_trains(PROBE, rows, head, "*.bias", True), rows, head,
                           names[len(names) // 2], False))
    return [*made, *(plan.model_copy(update={"frozen_modules": "train"}) for plan in made[:2])]


def flags(model: nn.Module) -> dict[str, bool]:
    return {name: parameter.requires_grad for name, parameter in model.named_parameters()}


def modes(model: nn.Module) -> dict[str, bool]:
    """Train or eval, of the modules for which it makes a difference."""
    return {
        name: module.training
        for name, module in model.named_modules()
        if list(module.parameters()) or type(module).__name__.startswith(("Dropout", "Stoch"))
    }


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_it_does_what_thaw_does(name: str, dropout: float) -> None:
    weights = catalogue.find_model(name).default_weights
    rows, head = summarize(name, weights, num_classes=10).rows, head_paths(name, weights)
    entry = catalogue.find_weights(name, weights)
    ours = build_skeleton(name, entry, 10, HeadSpec(dropout=dropout))
    theirs = build_skeleton(name, entry, 10, HeadSpec(dropout=dropout))
    for plan in plans(rows, head):
        apply_freeze(ours, plan, head)
        train_mode(ours, plan.frozen_modules)
        code = freeze_code(rows, plan, head, OptimizerSpec(), epochs=1, dropout=dropout)
        names: dict = {"model": theirs}
        exec(code, names)
        assert flags(theirs) == flags(ours), code
        assert modes(theirs) == modes(ours), code
        held = [p for group in names["optimizer"].param_groups for p in group["params"]]
        assert {id(p) for p in held} == {id(p) for p in theirs.parameters() if p.requires_grad}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_optimizer_is_the_recipe_s(name: str) -> None:
    spec = OptimizerSpec(name=name, lr=2e-5, weight_decay=0.03, momentum=0.8)
    names: dict = {"model": build_skeleton("resnet18", None, 10)}
    rows = summarize("resnet18", "none", num_classes=10).rows
    exec(freeze_code(rows, PROBE, ("fc",), spec, epochs=1), names)
    group = names["optimizer"].param_groups[0]
    assert type(names["optimizer"]).__name__.lower() == name
    assert (group["lr"], group.get("weight_decay", 0.03)) == (2e-5, 0.03)
    assert group.get("momentum", 0.8) == 0.8


def test_many_of_a_kind_are_a_loop_and_a_single_parameter_is_named() -> None:
    rows = summarize("resnet18", num_classes=10).rows
    code = freeze_code(rows, set_trains(PROBE, rows, ("fc",), "*bias", True), ("fc",),
                       OptimizerSpec(), epochs=3)
    assert 'if name.rpartition(".")[2] == "bias":' in code and "get_parameter" not in code
    norms = freeze_code(rows, set_trains(PROBE, rows, ("fc",), "type:BatchNorm2d", True), ("fc",),
                        OptimizerSpec(), epochs=3)
    assert 'if type(module).__name__ == "Conv2d":' in norms  # all but these train, by fewer words
    one = freeze_code(rows, set_trains(PROBE, rows, ("fc",), "bn1.bias", True), ("fc",),
                      OptimizerSpec(), epochs=3)
    assert '("bn1.bias", True),\n]:\n    model.get_parameter(name)' in one
    assert max(len(line) for text in (code, norms, one) for line in text.splitlines()) <= 72


def test_dropout_between_frozen_layers_is_named() -> None:
    rows = summarize("vgg11", num_classes=10).rows
    assert quiet_modules(rows, PROBE, ("classifier.6",)) == (("classifier.2", "classifier.3"),)
    code = freeze_code(rows, PROBE, ("classifier.6",), OptimizerSpec(), epochs=3)
    assert 'for name in ("classifier.2",):' in code
    assert max(map(len, code.splitlines())) <= 72


def test_nothing_frozen_needs_few_lines() -> None:
    rows = summarize("resnet18", num_classes=10).rows
    code = freeze_code(rows, FreezePlan(preset="all"), ("fc",), OptimizerSpec(), epochs=3)
    assert "eval()" not in code
    assert code.count("\n") < 15


def test_the_loop_moves_what_trains_and_nothing_else() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)), nn.Linear(4, 2))
    rows = rows_of(model)
    code = freeze_code(rows, PROBE, ("1",), OptimizerSpec(name="sgd", lr=0.1), epochs=2)
    step = "\n    ".join([
        "optimizer.zero_grad()",
        "model(torch.randn(8, 4)).square().mean().backward()",
        "optimizer.step()",
    ])
    before = {key: value.clone() for key, value in model.state_dict().items()}
    exec(code.replace("...  # the batches of this epoch", step), {"model": model})
    after = model.state_dict()
    moved = {key for key in before if not torch.equal(before[key], after[key])}
    assert moved == {"1.weight", "1.bias"}
