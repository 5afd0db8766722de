"""`model.apply(add_repr)`: what each module says of itself in `repr(model)`, and two wrong ways."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from torch import nn

from core.models.exercises.small_models import (
    build_exercise_model,
    building_line,
    head_of,
    input_of,
)

TextName = Literal["parameters", "shape", "state", "name"]
Way = Literal["partial", "loop", "unbound"]


@dataclass(frozen=True)
class ReprChange:
    """A model's text before and after.

    Attributes:
        code: What ran.
        before: `repr(model)` as its classes have it.
        after: The same afterwards; "" where it can't be made.
        error: Why not, in PyTorch's words; "" where it can.
        changed: How many modules got a text.
        visited: Dotted names of all modules in the order in which they were visited; "" is the
            model itself.
    """

    code: str
    before: str
    after: str
    error: str
    changed: int
    visited: tuple[str, ...]


# --- the code that the page shows ---------------------------------------------------------------


def own_parameters(module):
    own = module.parameters(recurse=False)
    count = sum(p.numel() for p in own)
    return f"{count:,} own parameters"


def output_shape(module):
    return f"output {getattr(module, 'output_shape', 'never made')}"


def remember_shape(module, input, output):
    first = output[0] if isinstance(output, tuple) else output
    module.output_shape = tuple(first.shape)


def frozen_or_trainable(module):
    flags = [p.requires_grad for p in module.parameters()]
    if not flags:
        return "no parameters"
    return "trainable" if all(flags) else "partly frozen" if any(flags) else "frozen"


def dotted_name(module):
    return module.dotted_name or "the whole model"


def after_own(text, module):
    own = type(module).extra_repr(module)
    return ", ".join(filter(None, [own, text(module)]))


def add_repr(module, text, types):
    if isinstance(module, types):
        module.extra_repr = partial(text, module)


def add_repr_unbound(module, text, types):
    if isinstance(module, types):
        module.extra_repr = text


def add_repr_in_a_loop(model, text, types):
    for module in model.modules():
        if isinstance(module, types):
            module.extra_repr = lambda: text(module)  # noqa: B023


# --- choices ------------------------------------------------------------------------------------

# Name -> the function that makes the text, and what it needs before it.
TEXTS: dict[TextName, tuple[Callable[[nn.Module], str], str]] = {
    "parameters": (own_parameters, ""),
    "shape": (
        output_shape,
        "for module in model.modules():\n"
        "    module.register_forward_hook(remember_shape)\n"
        "model({input})\n",
    ),
    "state": (
        frozen_or_trainable,
        "model.requires_grad_(False)\n"
        "model.get_submodule({head!r}).requires_grad_(True)\n",
    ),
    "name": (
        dotted_name,
        "for name, module in model.named_modules():\n"
        "    module.dotted_name = name\n",
    ),
}
_WAYS: dict[Way, Callable[..., None]] = {
    "partial": add_repr, "loop": add_repr_in_a_loop, "unbound": add_repr_unbound,
}


def change_repr(
    model_name: str, text: TextName, types: Sequence[str], way: Way, *, keep_own: bool
) -> ReprChange:
    """Gives the modules of a model another text and prints it.

    Args:
        model_name: As `build_exercise_model` takes it.
        text: What is put in.
        types: Names of classes of `torch.nn` whose modules get the text; none for all modules.
        way: `partial` is right; `loop` binds too late, `unbound` not at all.
        keep_own: Whether the text of the module's class stays in front.
    """
    model = build_exercise_model(model_name)
    names = {module: name for name, module in model.named_modules()}
    before = repr(model)
    _prepare(model, model_name, text)
    classes = tuple(getattr(nn, one) for one in types) or (nn.Module,)
    made = TEXTS[text][0]
    made = partial(after_own, made) if keep_own else made
    visited: list[nn.Module] = []

    def visit(module: nn.Module) -> None:
        visited.append(module)
        _WAYS[way](module, made, classes)

    if way == "loop":
        add_repr_in_a_loop(model, made, classes)
        visited += model.modules()
    else:
        model.apply(visit)
    after, error = "", ""
    try:
        after = repr(model)
    except TypeError as raised:
        error = f"{type(raised).__name__}: {raised}"
    return ReprChange(
        _code(model_name, text, types, way, keep_own), before, after, error,
        sum(isinstance(module, classes) for module in names),
        tuple(names[module] for module in visited),
    )


def _prepare(model: nn.Module, model_name: str, text: TextName) -> None:
    """What the text needs; the code of `TEXTS` says the same."""
    if text == "shape":
        for module in model.modules():
            module.register_forward_hook(remember_shape)
        with torch.no_grad():
            model(input_of(model_name))
    elif text == "state":
        model.requires_grad_(False)
        model.get_submodule(head_of(model_name)).requires_grad_(True)
    elif text == "name":
        for name, module in model.named_modules():
            module.dotted_name = name


def _code(
    model_name: str, text: TextName, types: Sequence[str], way: Way, keep_own: bool
) -> str:
    function, before = TEXTS[text]
    shape = ", ".join(map(str, input_of(model_name).shape))
    before = before.format(input=f"torch.empty({shape})", head=head_of(model_name))
    functions = [function, _WAYS[way]]
    if text == "shape":
        functions.insert(0, remember_shape)
    if keep_own:
        functions.insert(-1, after_own)
    sources = [inspect.getsource(one).replace("  # noqa: B023", "").strip() for one in functions]
    said = f"partial(after_own, {function.__name__})" if keep_own else function.__name__
    classes = [f"nn.{one}" for one in types] or ["nn.Module"]
    asked = f"({', '.join(classes)})" if len(classes) > 1 else classes[0]
    call = (
        f"add_repr_in_a_loop(\n    model,\n    text={said},\n    types={asked},\n)"
        if way == "loop" else
        f"model.apply(partial(\n    {_WAYS[way].__name__},\n    text={said},\n"
        f"    types={asked},\n))"
    )
    return (
        "from functools import partial\n\n" + "\n\n".join(sources)
        + f"\n\nmodel = {building_line(model_name)}\n{before}{call}\nprint(model)"
    )
