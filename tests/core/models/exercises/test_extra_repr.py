"""The text in `repr(model)`: the code that is shown is the code that ran."""

import contextlib
import io
import re
from itertools import product

import pytest
import torch
from torch import nn
from torchvision.models import resnet18

from core.models.exercises.extra_repr import TEXTS, change_repr
from core.models.exercises.line_pairs import LinePair, pair_lines
from core.models.exercises.small_models import Cnn, Mlp


def executed(code: str) -> str:
    """What the shown code prints with models that are really built."""
    names = {"torch": torch, "nn": nn, "Cnn": Cnn, "Mlp": Mlp,
             "resnet18": lambda weights: resnet18(weights=None)}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, names)
    return printed.getvalue().rstrip("\n")


@pytest.mark.parametrize(("text", "keep_own"), product(TEXTS, [True, False]))
def test_the_shown_code_prints_the_shown_text(text: str, keep_own: bool) -> None:
    for model, types in (("cnn", ()), ("mlp", ("Linear",))):
        for way in ("partial", "loop"):
            change = change_repr(model, text, types, way, keep_own=keep_own)
            assert executed(change.code) == change.after != change.before
        unbound = change_repr(model, text, types, "unbound", keep_own=keep_own)
        with pytest.raises(TypeError) as raised:
            executed(unbound.code)
        assert unbound.error == f"TypeError: {raised.value}"
        assert unbound.after == ""


def test_the_shown_code_does_the_same_to_resnet18() -> None:
    for text, way in (("shape", "partial"), ("state", "loop")):
        change = change_repr("resnet18", text, ("Conv2d", "Linear"), way, keep_own=True)
        assert executed(change.code) == change.after != change.before


def test_apply_visits_in_torch_s_order_and_the_loop_in_that_of_modules() -> None:
    model = resnet18(weights=None)
    names = {module: name for name, module in model.named_modules()}
    visited: list[str] = []
    model.apply(lambda module: visited.append(names[module]))
    change = change_repr("resnet18", "name", (), "partial", keep_own=False)
    assert list(change.visited) == visited
    assert visited[-1] == ""
    assert change.before == repr(model)
    loop = change_repr("resnet18", "name", (), "loop", keep_own=False)
    assert list(loop.visited) == list(names.values())


def test_the_counts_are_the_model_s_and_a_lambda_shows_the_last_module_s() -> None:
    counts = re.compile(r"([\d,]+) own parameters")
    right = change_repr("resnet18", "parameters", (), "partial", keep_own=False)
    found = [int(count.replace(",", "")) for count in counts.findall(right.after)]
    assert sum(found) == 11_689_512
    assert len(found) == right.changed == len(right.visited)
    wrong = change_repr("resnet18", "parameters", (), "loop", keep_own=False)
    assert set(counts.findall(wrong.after)) == {"513,000"}  # fc's, 1000 x 512 and a bias


def test_only_the_last_layer_is_said_to_train() -> None:
    after = change_repr("resnet18", "state", (), "partial", keep_own=False).after
    trains = [line.strip() for line in after.splitlines() if "trainable" in line]
    assert trains == ["(fc): Linear(trainable)"]
    assert after.splitlines()[1].strip() == "partly frozen"


def test_a_type_that_the_model_lacks_changes_nothing() -> None:
    change = change_repr("mlp", "parameters", ("Conv2d",), "partial", keep_own=True)
    assert change.changed == 0
    assert change.after == change.before


def test_lines_are_paired_by_their_module() -> None:
    change = change_repr("cnn", "parameters", (), "partial", keep_own=False)
    pairs = pair_lines(change.before, change.after)
    assert [pair.before for pair in pairs if pair.before] == change.before.splitlines()
    assert [pair.after for pair in pairs if pair.after] == change.after.splitlines()
    assert pairs[0] == LinePair("Cnn(", "Cnn(") and not pairs[0].changed
    assert pairs[1] == LinePair(None, "  0 own parameters")
    assert LinePair("  (flatten): Flatten(start_dim=1, end_dim=-1)",
                    "  (flatten): Flatten(0 own parameters)") in pairs


def test_every_line_of_large_models_has_its_pair() -> None:
    for model in ("vit_b_16", "shufflenet_v2_x1_0"):
        change = change_repr(model, "name", (), "partial", keep_own=True)
        pairs = pair_lines(change.before, change.after)
        assert all(pair.after is not None for pair in pairs)
        assert len(pairs) == len(change.after.splitlines())
