"""A saved optimiser state before it is loaded: whether it is of this optimiser and this device.

torch takes AdamW's state into SGD without a word, and fails at the first step; it also takes the
kernels of the device that the state was saved on.
"""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, empty_like, zeros_like
from torch.optim import SGD, Adafactor, Optimizer

from core.messages import ThawError

_NO_MATTER = {"params", "param_names", "name", "lr", "base_lr", "initial_lr", "foreach", "fused",
              "capturable", "differentiable", "maximize", "decoupled_weight_decay"}
_KERNELS = ("fused", "capturable")
_ON_CPU = "mu_product"  # of NAdam, which reads it in each step; torch loads it to the parameter
# Two kinds with the same options, told apart by an average that each keeps.
_KEEPS = {"RAdam": "exp_avg_sq", "Adamax": "exp_inf"}


def check(optimizer: Optimizer, state: Mapping[str, Any]) -> None:
    """Passes if a `state_dict` was saved by an optimiser of this kind, over these shapes.

    Raises:
        ThawError: If it was not.
    """
    kind = type(optimizer).__name__
    saved, own = state["param_groups"], optimizer.param_groups
    if kind in _KEEPS and any(_KEEPS[kind] not in kept for kept in state["state"].values()):
        raise ThawError("weights.other_optimizer", optimizer=kind)
    for group in saved:
        options = set(group) ^ set(optimizer.defaults)
        decoupled = [one.get("decoupled_weight_decay") for one in (group, own[0])]
        if options - _NO_MATTER or None not in decoupled and decoupled[0] != decoupled[1]:
            raise ThawError("weights.other_optimizer", optimizer=kind)
    if isinstance(optimizer, Adafactor):  # it keeps a row and a column of each
        return
    places = [place for group in saved for place in group["params"]]
    parameters = [parameter for group in own for parameter in group["params"]]
    if len(places) != len(parameters):
        raise ThawError(
            "weights.other_parameters", saved=len(places), needed=len(parameters)
        )
    for place, parameter in zip(places, parameters, strict=True):
        for value in state["state"].get(place, {}).values():
            if isinstance(value, Tensor) and value.dim() and value.shape != parameter.shape:
                raise ThawError("weights.other_moments", saved="×".join(map(str, value.shape)),
                                needed="×".join(map(str, parameter.shape)))


def begin_momentum(optimizer: Optimizer) -> None:
    """Fills the momentum that fused SGD would begin in this step, for a step that may be left out.

    PyTorch asks for its memory and leaves it to the step to fill it. Where the scaler of float16
    leaves that step out, as it often does with the first ones, the next would go on from whatever
    lay there. From zeros the first step comes to the same.
    """
    if not isinstance(optimizer, SGD):
        return
    for group in optimizer.param_groups:
        if not group["fused"] or not group["momentum"]:
            continue
        for parameter in group["params"]:
            kept = optimizer.state[parameter]
            if parameter.grad is not None and kept.get("momentum_buffer") is None:
                kept["momentum_buffer"] = zeros_like(parameter)


def load(optimizer: Optimizer, state: Mapping[str, Any]) -> None:
    """Loads a state that `check` has passed, as this device needs it.

    A run may go on on another one: with its own kernels, and with what is kept of a parameter in
    the order in memory that the parameter has (channels last on a GPU). Fused kernels go through
    both side by side. A number that each step reads lies where it lay in a fresh optimiser.
    """
    own = {key: optimizer.defaults[key] for key in _KERNELS if key in optimizer.defaults}
    groups = [{**group, **own} for group in state["param_groups"]]
    optimizer.load_state_dict({**state, "param_groups": groups})
    for parameter, kept in optimizer.state.items():
        for key, value in kept.items():
            if key == _ON_CPU and not own["capturable"]:
                kept[key] = value.cpu()
            alike = isinstance(value, Tensor) and value.shape == parameter.shape
            if alike and value.stride() != parameter.stride():
                kept[key] = empty_like(parameter, dtype=value.dtype, device=value.device)
                kept[key].copy_(value)
