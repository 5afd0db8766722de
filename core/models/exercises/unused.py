"""The classic mistake `vgg.fc = nn.Linear(1000, 1)`, which no forward uses, and its two repairs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from core.models import catalogue
from core.models.exercises.small_models import (
    build_exercise_model,
    building_line,
    head_of,
    input_of,
)
from core.models.summary import summarize_module
from core.models.summary_rows import Row

Case = Literal["shipped", "guessed", "replaced", "appended", "chosen"]


@dataclass(frozen=True)
class NewLayer:
    """A model with a new layer, and what came of it.

    Attributes:
        line: What was done to the model, in Python; "" if nothing.
        output: Shape of the output of one input, without the batch; () where it raised.
        params: Of the whole.
        trainable: Of those.
        reached: Of the trainable ones those that a backward pass from the output would reach.
        error: What the forward raised, in PyTorch's words; "" if nothing.
        backward_error: What `output.sum().backward()` raises; "" if nothing.
    """

    case: Case
    line: str
    output: tuple[int, ...]
    params: int
    trainable: int
    reached: int
    error: str = ""
    backward_error: str = ""


@dataclass(frozen=True)
class UnusedLayer:
    """The model as it ships, with the layer under a guessed name, and repaired.

    Attributes:
        code: What ran, the guess alone.
        features: That go into the model's own last layer.
        cases: One each of `Case` but "chosen".
        rows: The summary with the guess, to depth 1; () where its forward raised.
    """

    code: str
    features: int
    cases: tuple[NewLayer, ...]
    rows: tuple[Row, ...]


def try_guess(
    model_name: str, guess: str, outputs: int, *, freeze: bool, weights: str | None = None
) -> UnusedLayer:
    """Puts a new last layer where a guess has it, and where it belongs.

    Args:
        model_name: As `build_exercise_model` takes it.
        guess: Name under which the layer is set on the model.
        outputs: Of the new layer.
        freeze: Whether all that the model ships with is frozen first.
        weights: Whose architecture; None for the DEFAULT weights, which `code` is of in any case.
    """
    model, x = build_exercise_model(model_name, weights), input_of(model_name, weights)
    model.requires_grad_(not freeze)
    variable, head = catalogue.find_model(model_name).family, head_of(model_name)
    made, given, predicted = _run_to_head(model, head, x)
    with torch.device("meta"):
        new = nn.Linear(made.shape[1], outputs)
        fitting = _fitting(model.get_submodule(head), outputs)
    set_guess = f"{variable}.{guess} = {_spelled(new)}"
    cases = [look_at(model, lambda: made, "shipped", "")]
    with _set(model, guess, new):
        rows = _rows(model, x)
        # A forward that does not run the layer is the one that made the output above.
        unused = any(row.name == guess and row.use == "unused" for row in rows)
        again = (lambda: made) if unused else lambda: _as_on_cpu(model, new, x)
        cases.append(look_at(model, again, "guessed", set_guess))
    with _set(model, head, fitting):
        line = f"{variable}.{indexed(head)} = {_spelled(fitting)}"
        # A model that returns what its last layer makes returns what a new one makes of the same.
        anew = (lambda: fitting(given)) if predicted is made else lambda: model(x)
        cases.append(look_at(model, anew, "replaced", line))
    line = f"{variable} = nn.Sequential({variable}, {_spelled(new)})"
    # The model, first in the Sequential, has run already.
    cases.append(look_at(nn.Sequential(model, new), lambda: new(made), "appended", line))
    frozen = f"{variable}.requires_grad_(False)\n" if freeze else ""
    code = f"{variable} = {building_line(model_name)}\n{frozen}{set_guess}"
    features = fitting.weight.shape[1]
    return UnusedLayer(code, features, tuple(cases), rows)


def _run_to_head(model: nn.Module, head: str, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The output, and what went into and came out of the last layer."""
    seen: list[Tensor] = []
    handle = model.get_submodule(head).register_forward_hook(
        lambda _, args, output: seen.extend([args[0], output])
    )
    made = model(x)
    handle.remove()
    return made, *seen


def _rows(model: nn.Module, x: Tensor) -> tuple[Row, ...]:
    """The summary to depth 1; () where the forward raises."""
    try:
        found = summarize_module(model, (x,), shortcuts=True)
        return tuple(row for row in found.rows if row.depth < 2)
    except RuntimeError:
        return ()


def look_at(
    model: nn.Module, forward: Callable[[], Tensor], case: Case, line: str
) -> NewLayer:
    """What came of a new layer: by the output, and by what a backward pass from it reaches.

    Args:
        forward: Gives the model's output for its input.
    """
    params = sum(p.numel() for p in model.parameters())
    trainable = [p for p in model.parameters() if p.requires_grad]
    trains = sum(p.numel() for p in trainable)
    try:
        made = forward()
    except RuntimeError as raised:
        return NewLayer(case, line, (), params, trains, 0, f"{type(raised).__name__}: {raised}")
    leaves = _leaves(made)
    backward_error = ""
    if not leaves:
        try:
            made.sum().backward()
        except RuntimeError as raised:
            backward_error = f"{type(raised).__name__}: {raised}"
    return NewLayer(
        case, line, tuple(made.shape[1:]), params, trains,
        sum(p.numel() for p in trainable if p in leaves), backward_error=backward_error,
    )


def _as_on_cpu(model: nn.Module, new: nn.Linear, x: Tensor) -> Tensor:
    """The output; where the new layer refuses its input, with the words it has on the CPU."""
    given: list[tuple[int, ...]] = []
    handle = new.register_forward_pre_hook(lambda _, args: given.append(tuple(args[0].shape)))
    try:
        return model(x)
    except RuntimeError:
        torch.nn.functional.linear(torch.zeros(given[0]), torch.zeros(new.weight.shape))
        raise
    finally:
        handle.remove()


def _leaves(output: Tensor) -> set[Tensor]:
    """The parameters in the graph of an output: those that `backward` gives a gradient."""
    waiting, seen, leaves = [output.grad_fn], set(), set()
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            leaves.add(node.variable)
        waiting += [before for before, _ in node.next_functions]
    return leaves


@contextmanager
def _set(model: nn.Module, path: str, layer: nn.Module) -> Iterator[None]:
    """The layer under that name while the block runs."""
    parent_path, _, own = path.rpartition(".")
    parent = model.get_submodule(parent_path)
    old = getattr(parent, own, None)
    setattr(parent, own, layer)
    try:
        yield
    finally:
        if old is None:
            delattr(parent, own)
        else:
            setattr(parent, own, old)


def _fitting(old: nn.Module, outputs: int) -> nn.Module:
    """A layer like the old one but for its outputs."""
    if isinstance(old, nn.Conv2d):  # squeezenet predicts by a convolution
        return nn.Conv2d(old.in_channels, outputs, kernel_size=1)
    return nn.Linear(old.in_features, outputs)


def _spelled(layer: nn.Module) -> str:
    if isinstance(layer, nn.Conv2d):
        return f"nn.Conv2d({layer.in_channels}, {layer.out_channels}, kernel_size=1)"
    return f"nn.Linear({layer.in_features}, {layer.out_features})"


def indexed(path: str) -> str:
    """`classifier.6` as Python has it: `classifier[6]`."""
    first, *rest = path.split(".")
    return first + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in rest)
