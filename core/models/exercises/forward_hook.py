"""A forward hook that replaces a layer's output, and what else a hook can do or get wrong."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from core.models.build import seeded

HookName = Literal["value", "none", "tuple", "input", "then_double", "double_then"]
Rows = tuple[tuple[float, ...], ...]
SAMPLES = 2


@dataclass(frozen=True)
class HookSettings:
    """What a student can set.

    Attributes:
        inputs: Features of a sample.
        outputs: Features of the layer's output.
        scale: Of the random numbers in W.
        parameter: Whether W and b are `nn.Parameter`, else plain tensors.
        hook: Name in `HOOKS`.
    """

    seed: int = 0
    inputs: int = 4
    outputs: int = 3
    scale: float = 1.0
    parameter: bool = True
    hook: HookName = "value"


@dataclass(frozen=True)
class HeldTensor:
    """One tensor of the layer.

    Attributes:
        in_parameters: Whether `layer.parameters()` has it.
        in_state_dict: Whether `layer.state_dict()` has it.
        gradient: Whether `output.sum().backward()` under the hook gave it a gradient.
    """

    name: str
    shape: tuple[int, ...]
    in_parameters: bool
    in_state_dict: bool
    gradient: bool


@dataclass(frozen=True)
class HookRun:
    """What came out, a row a sample.

    Attributes:
        code: What ran.
        before: `layer(x)` without a hook.
        hooked: The same with it; () if it raised.
        forward: `layer.forward(x)` with the hook registered.
        after: `layer(x)` after `handle.remove()`.
        error: What the hook raised, in Python's words; "" if nothing.
        backward_error: What `hooked.sum().backward()` raised.
        held: The layer's tensors.
    """

    code: str
    before: Rows
    hooked: Rows
    forward: Rows
    after: Rows
    error: str
    backward_error: str
    held: tuple[HeldTensor, ...]


# --- the code that the page shows ---------------------------------------------------------------


def replace(module, input, output):
    return input[0] @ module.W + module.b


def look_only(module, input, output):
    module.seen = tuple(output.shape)


def no_tuple(module, input, output):
    return input @ module.W + module.b


def double(module, input):
    return (2 * input[0],)


def double_output(module, input, output):
    return 2 * output


# --- the exercise -------------------------------------------------------------------------------

# Name -> the hooks in the order in which they are registered.
HOOKS: dict[HookName, tuple[Callable, ...]] = {
    "value": (replace,),
    "none": (look_only,),
    "tuple": (no_tuple,),
    "input": (double,),
    "then_double": (replace, double_output),
    "double_then": (double_output, replace),
}


def run_hook(settings: HookSettings) -> HookRun:
    """Runs a layer without, with and again without the hooks."""
    with seeded(settings.seed):
        layer = nn.Linear(settings.inputs, settings.outputs)
        kind = nn.Parameter if settings.parameter else torch.Tensor
        layer.W = kind(settings.scale * torch.randn(settings.inputs, settings.outputs))
        layer.b = kind(torch.zeros(settings.outputs))
        x = torch.randn(SAMPLES, settings.inputs)
    before = layer(x)
    handles = [_register(layer, settings.hook)(hook) for hook in HOOKS[settings.hook]]
    hooked, error = None, ""
    try:
        hooked = layer(x)
    except TypeError as raised:
        error = f"{type(raised).__name__}: {raised}"
    forward = layer.forward(x)
    for handle in handles:
        handle.remove()
    after = layer(x)
    backward_error = ""
    if hooked is not None:
        try:
            hooked.sum().backward()
        except RuntimeError as raised:
            backward_error = f"{type(raised).__name__}: {raised}"
    return HookRun(
        _code(settings), _rows(before), _rows(hooked), _rows(forward), _rows(after), error,
        backward_error, _held(layer),
    )


def _register(layer: nn.Module, hook: HookName) -> Callable:
    return layer.register_forward_pre_hook if hook == "input" else layer.register_forward_hook


def _rows(output: Tensor | None) -> Rows:
    return () if output is None else tuple(map(tuple, output.tolist()))


def _held(layer: nn.Module) -> tuple[HeldTensor, ...]:
    registered, saved = dict(layer.named_parameters()), layer.state_dict()
    return tuple(
        HeldTensor(name, tuple(tensor.shape), name in registered, name in saved,
                   tensor.grad is not None)
        for name, tensor in ((name, getattr(layer, name)) for name in ("weight", "bias", "W", "b"))
    )


def _code(settings: HookSettings) -> str:
    hooks = HOOKS[settings.hook]
    sources = "\n\n".join(inspect.getsource(hook).strip() for hook in hooks)
    register = _register(nn.Identity(), settings.hook).__name__
    sizes = f"{settings.inputs}, {settings.outputs}"
    w, b = f"{settings.scale:g} * torch.randn({sizes})", f"torch.zeros({settings.outputs})"
    if settings.parameter:
        w, b = f"nn.Parameter({w})", f"nn.Parameter({b})"
    handles = ["handle"] if len(hooks) == 1 else ["first", "second"]
    registered = "\n".join(
        f"{handle} = layer.{register}({hook.__name__})"
        for handle, hook in zip(handles, hooks, strict=True)
    )
    removed = "\n".join(f"{handle}.remove()" for handle in handles)
    call, backward = "hooked = layer(x)\n", "\n\nhooked.sum().backward()"
    if settings.hook == "tuple":
        call = "try:\n    hooked = layer(x)\nexcept TypeError as error:\n    print(error)\n"
        backward = ""
    return (
        f"{sources}\n\n"
        f"torch.manual_seed({settings.seed})\n"
        f"layer = nn.Linear({sizes})\n"
        f"layer.W = {w}\n"
        f"layer.b = {b}\n"
        f"x = torch.randn({SAMPLES}, {settings.inputs})\n\n"
        f"before = layer(x)\n"
        f"{registered}\n"
        f"{call}"
        f"forward = layer.forward(x)\n"
        f"{removed}\n"
        f"after = layer(x)"
        f"{backward}"
    )
