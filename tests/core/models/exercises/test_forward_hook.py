"""Hooks: the numbers against the shown code, and against the formula."""

from itertools import product

import pytest
import torch
from torch import nn

from core.models.exercises.forward_hook import HOOKS, HookSettings, run_hook


def executed(code: str) -> dict[str, object]:
    """The names that the shown code leaves behind; a backward pass that fails ends it."""
    names: dict[str, object] = {"torch": torch, "nn": nn}
    with torch.random.fork_rng(devices=[]):
        try:
            exec(code, names)
        except RuntimeError as error:
            names["raised"] = f"RuntimeError: {error}"
    return names


@pytest.mark.parametrize(("hook", "parameter"), product(HOOKS, [True, False]))
def test_the_shown_code_gives_the_shown_numbers(hook: str, parameter: bool) -> None:
    for settings in (
        HookSettings(hook=hook, parameter=parameter),
        HookSettings(7, inputs=2, outputs=5, scale=0.3, parameter=parameter, hook=hook),
    ):
        run = run_hook(settings)
        names = executed(run.code)
        for moment in ("before", "forward", "after"):
            assert getattr(run, moment) == tuple(map(tuple, names[moment].tolist()))
        assert ("hooked" in names) == bool(run.hooked)
        if run.hooked:
            assert run.hooked == tuple(map(tuple, names["hooked"].tolist()))
        assert run.backward_error == names.get("raised", "")
        layer = names["layer"]
        for held in run.held:
            assert held.gradient == (getattr(layer, held.name).grad is not None)
            assert held.in_parameters == (held.name in dict(layer.named_parameters()))
            assert held.in_state_dict == (held.name in layer.state_dict())


def test_each_hook_does_what_its_formula_says() -> None:
    names = executed(run_hook(HookSettings()).code)
    layer, x = names["layer"], names["x"]
    replaced = x @ layer.W + layer.b
    wanted = {
        "value": replaced, "none": layer(x), "input": layer(2 * x), "then_double": 2 * replaced,
        "double_then": replaced,
    }
    for hook, output in wanted.items():
        run = run_hook(HookSettings(hook=hook))
        assert torch.allclose(torch.tensor(run.hooked), output)
        assert run.before == run.after == run.forward
        assert (run.hooked != run.before) == (hook != "none")
    assert "'tuple'" in run_hook(HookSettings(hook="tuple")).error


def test_w_is_known_only_as_a_parameter() -> None:
    for parameter in (True, False):
        held = {one.name: one for one in run_hook(HookSettings(parameter=parameter)).held}
        assert held["W"].in_parameters is held["W"].in_state_dict is parameter
        assert held["W"].gradient is parameter
        assert held["weight"].in_parameters and not held["weight"].gradient


def test_the_random_state_outside_stays() -> None:
    before = torch.get_rng_state()
    run_hook(HookSettings(seed=3))
    assert torch.equal(torch.get_rng_state(), before)
