"""What belongs to a module: counts against the formula, and the shown classes executed."""

import torch
from torch import nn

from core.models.exercises import tensor_kinds
from core.models.exercises.registration import compare_holders


def test_only_a_module_list_registers_its_layers() -> None:
    for width, depth in ((4, 1), (8, 3)):
        params = depth * (width * width + width)
        found = {one.holder: one for one in compare_holders(width, depth)}
        plain, listed, late = found["list"], found["module_list"], found["in_forward"]
        assert (plain.params, plain.params_after_forward, plain.saved) == (0, 0, ())
        assert (plain.moved, plain.same_twice) == (False, True)
        assert listed.params == listed.params_after_forward == params
        assert len(listed.saved) == 2 * depth
        assert listed.moved and listed.same_twice and not listed.optimizer_error
        assert (late.params, late.params_after_forward) == (0, params)
        assert late.moved is None and not late.same_twice and late.largest_change > 0
        assert plain.optimizer_error == late.optimizer_error
        assert "empty parameter list" in plain.optimizer_error


def test_the_shown_classes_are_whole() -> None:
    for one in compare_holders(5, 2):
        names: dict[str, object] = {"nn": nn}
        exec(one.code, names)
        model = names[one.code.split("(")[0].removeprefix("class ")](5, 2)
        assert repr(model) == one.text
        model(torch.zeros(2, 5))
        assert sum(p.numel() for p in model.parameters()) == one.params_after_forward


def test_who_sees_which_tensor() -> None:
    found = {
        kind.name: (kind.in_parameters, kind.in_state_dict, kind.moved, kind.stepped)
        for kind in tensor_kinds.tensor_kinds()
    }
    assert found == {
        "weight": (True, True, True, True),
        "frozen": (True, True, True, False),
        "mean": (False, True, True, False),
        "cache": (False, False, True, False),
        "plain": (False, False, False, False),
    }


def test_the_shown_five_tensors_are_those_looked_at() -> None:
    names: dict[str, object] = {"nn": nn, "torch": torch}
    exec(tensor_kinds.source(), names)
    module = names["FiveTensors"]()
    assert all(isinstance(getattr(module, name), torch.Tensor) for name in tensor_kinds.NAMES)
    assert set(module.state_dict()) == {"weight", "frozen", "mean"}
