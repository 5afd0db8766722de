"""What is in a model and what it costs, without allocating a weight or computing a number.

The model is built on the meta device and run once there (`core.models.trace`): each module's
shapes are seen, and the multiply-adds of the operations that PyTorch's own
`torch.utils.flop_counter` knows are counted. What a detector does depends on what it finds:
that is assumed, and said in `Summary.found`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import nn

from core.messages import ThawError
from core.models import catalogue
from core.models.data_dependent import Found
from core.models.summary_skeleton import build_skeleton
from core.models.trace import Seen, run

if TYPE_CHECKING:
    import pandas

Shape = tuple[int, ...]
Use = Literal["called", "holds", "read", "unused"]


@dataclass(frozen=True)
class Row:
    """One module.

    Attributes:
        depth: 0 for the model itself.
        name: Dotted name in the model; "" for the model itself.
        type: Name of its class.
        input: Shape of its first input, without the batch; () if it was never called.
        output: Shape of its first output, without the batch.
        params: Held by the module itself, so that the rows add up; one that several modules
            share counts at the first of them.
        own: The same one by one: name within the module, and size.
        trainable: Of those, as the model comes.
        total_params: In the module and all below it, shared ones once.
        macs: Multiply-adds of one input in the module and all below it.
        activation_bytes: Of its outputs for one input, over all its calls.
        calls: How often one forward pass runs it.
        order: How many modules had begun to run before it did; -1 if it never does. Rows stand
            in the order of registration, which may be another.
        use: `"called"`: it runs. `"holds"`: it does not run, but something in it is used.
            `"read"`: it does not run, but an operation reads its parameters, as attention does
            with its `out_proj`. `"unused"`: none of these, so no parameter in it matters.
        kernel: Its side in each dimension; () where it has none.
        stride: Likewise.
        detail: Kernel, stride and the like in words, where it has them.
    """

    depth: int
    name: str
    type: str
    input: Shape
    output: Shape
    params: int
    own: tuple[tuple[str, int], ...]
    trainable: int
    total_params: int
    macs: int
    activation_bytes: int
    calls: int
    order: int
    use: Use
    kernel: Shape
    stride: Shape
    detail: str


@dataclass(frozen=True)
class Totals:
    """Of the whole model; shared parameters count once.

    Attributes:
        buffers: Numbers that the model keeps beside its parameters, such as BatchNorm's
            statistics.
        macs: Multiply-adds of one input; torchvision prints them as GFLOPS.
        param_bytes: Of parameters and buffers.
        activation_bytes: Of the outputs of all innermost modules for one input.
    """

    params: int
    trainable: int
    buffers: int
    macs: int
    param_bytes: int
    activation_bytes: int


@dataclass(frozen=True)
class Summary:
    """A model's rows in the order of registration, and their totals.

    Attributes:
        input: Shape of the first input, without the batch.
        found: What a detector is assumed to find in its picture; None for other models.
    """

    model: str
    weights: str
    num_classes: int | None
    input: Shape
    rows: tuple[Row, ...]
    totals: Totals
    found: Found | None = None


@lru_cache(maxsize=200)
def summarize(
    name: str,
    weights: str | None = None,
    *,
    input_size: Shape | None = None,
    num_classes: int | None = None,
    found: Found | None = None,
) -> Summary:
    """The summary of a model of torchvision, of any task.

    Args:
        name: As in the catalogue.
        weights: Whose architecture; "none" for the bare constructor's, None for the default's.
        input_size: (channels, height, width), for video (channels, frames, height, width);
            None for what the weights' transforms give, or, if they give no size, for that at
            which torchvision counted. Optical flow takes two of these.
        num_classes: Of a new head, for classification; None keeps the one that the weights
            come with.
        found: What a detector is assumed to find; None for one object among as many
            proposals as it looks at.

    Raises:
        ThawError: If there is no such model or weights, or the model can't take such an input.
    """
    entry = catalogue.find_any_model(name)
    weights = entry.default_weights if weights is None else weights
    chosen = entry.find_weights(weights)
    own_size = entry.input_shape(weights)
    input_size = own_size if input_size is None else input_size
    if any(side < 1 for side in input_size):
        raise ThawError("models.input_refused", model=name, size=_spelled(input_size),
                        why="each side must be at least 1")
    if len(input_size) != len(own_size):
        raise ThawError("models.input_refused", model=name, size=_spelled(input_size),
                        why=f"it takes {_KINDS[len(own_size)]}, as {_spelled(own_size)}")
    found = (found or Found()) if entry.task == "detection" else None
    model = build_skeleton(name, chosen, num_classes)
    try:
        seen = run(model, inputs_of(entry.task, input_size), found=found, shortcuts=True)
    except (RuntimeError, ValueError, AssertionError) as error:
        raise _refused(entry, chosen, input_size, error) from None
    rows = _rows(model, seen)
    return Summary(name, weights, num_classes, input_size, rows, _totals(model, rows), found)


def summarize_module(
    model: nn.Module, inputs: Sequence[Any], *, name: str = "", found: Found | None = None,
    shortcuts: bool = False,
) -> Summary:
    """The summary of any module, as it is: its mode, its device and all its hooks stay.

    Args:
        model: On the meta device nothing is computed; elsewhere its forward pass really runs.
        inputs: Positional arguments of its `forward`, with the batch. Bytes and multiply-adds
            are those of all of it.
        name: What it is called; by default its class.
        found: What it is assumed to find, if it is a detector on the meta device.
        shortcuts: For what `build_skeleton` gave, changed or not: the same rows in a quarter of
            the time.

    Raises:
        Exception: Whatever its forward pass raises.
    """
    rows = _rows(model, run(model, inputs, found=found, shortcuts=shortcuts))
    return Summary(
        name or type(model).__name__, catalogue.NO_WEIGHTS, None, rows[0].input, rows,
        _totals(model, rows), found,
    )


def frame(summary: Summary) -> "pandas.DataFrame":
    """The rows as a frame, a column for each attribute but `own`, and three shares in [0, 1].

    `params_share` is of the module and all below it, and so is `macs_share`;
    `activation_share` is of the module's own outputs against those of all innermost modules.
    """
    import pandas

    table = pandas.DataFrame([vars(row) for row in summary.rows]).drop(columns="own")
    totals = summary.totals
    return table.assign(
        params_share=table["total_params"] / max(1, totals.params),
        macs_share=table["macs"] / max(1, totals.macs),
        activation_share=table["activation_bytes"] / max(1, totals.activation_bytes),
    )


# --- the rows --------------------------------------------------------------------------------


def _rows(model: nn.Module, seen: Mapping[nn.Module, Seen]) -> tuple[Row, ...]:
    named = list(model.named_modules())
    uses = _uses(named, seen)
    shared = _shares_parameters(named)
    counted: set[int] = set()
    rows = []
    totals = {} if shared else _totals_below(named)
    for name, module in named:
        named_own = [(key, p) for key, p in module._parameters.items()
                     if p is not None and id(p) not in counted]
        own = [parameter for _, parameter in named_own]
        counted.update(map(id, own))
        what = seen.get(module) or Seen()
        kernel, stride = _window(module)
        rows.append(Row(
            depth=name.count(".") + 1 if name else 0,
            name=name,
            type=type(module).__name__,
            input=what.input,
            output=what.output,
            params=sum(p.numel() for p in own),
            own=tuple((key, p.numel()) for key, p in named_own),
            trainable=sum(p.numel() for p in own if p.requires_grad),
            total_params=sum(p.numel() for p in module.parameters()) if shared else totals[name],
            macs=what.macs,
            activation_bytes=what.bytes,
            calls=what.calls,
            order=what.order,
            use=uses[module],
            kernel=kernel,
            stride=stride,
            detail=_detail(module),
        ))
    return tuple(rows)


def _shares_parameters(named: Sequence[tuple[str, nn.Module]]) -> bool:
    held = [id(p) for _, module in named for p in module._parameters.values() if p is not None]
    return len(held) != len(set(held))


def _totals_below(named: Sequence[tuple[str, nn.Module]]) -> dict[str, int]:
    """Parameters in and below each module where none is shared: each row hands up its own."""
    totals = {
        name: sum(p.numel() for p in module._parameters.values() if p is not None)
        for name, module in named
    }
    for name in sorted(totals, key=lambda name: -name.count(".")):
        if name:
            totals[name.rpartition(".")[0]] += totals[name]
    return totals


def _uses(
    named: Sequence[tuple[str, nn.Module]], seen: Mapping[nn.Module, Seen]
) -> dict[nn.Module, Use]:
    uses: dict[nn.Module, Use] = {}
    for _, module in reversed(named):  # what is in a module comes behind it
        what = seen.get(module)
        below = module._modules.values()
        if what and what.calls:
            uses[module] = "called"
        elif what and what.read:
            uses[module] = "read"
        elif any(uses.get(child, "unused") != "unused" for child in below if child is not None):
            uses[module] = "holds"
        else:
            uses[module] = "unused"
    return uses


def _window(module: nn.Module) -> tuple[Shape, Shape]:
    """Sides of the kernel and its stride, a number for each dimension that it moves in."""
    kernel = module.__dict__.get("kernel_size")
    if not isinstance(kernel, int | tuple):
        return (), ()
    stride = module.__dict__.get("stride")
    stride = kernel if stride is None else stride  # a pooling's stride is its kernel
    last = type(module).__name__[-2:]
    dimensions = int(last[0]) if last in ("1d", "2d", "3d") else 1
    return _each(kernel, dimensions), _each(stride, dimensions)


def _each(value: int | tuple[int, ...], dimensions: int) -> Shape:
    return tuple(value) if isinstance(value, tuple) else (value,) * dimensions


def _detail(module: nn.Module) -> str:
    parts = []
    for name in ("kernel_size", "stride", "padding", "groups", "p"):
        value = module.__dict__.get(name)
        if name == "p" and not isinstance(module, nn.modules.dropout._DropoutNd):
            continue
        if isinstance(value, int | float | tuple) and value not in ((0, 0), 0, 1, (1, 1)):
            shown = "×".join(map(str, value)) if isinstance(value, tuple) else f"{value:g}"
            parts.append(f"{name.removesuffix('_size')} {shown}")
    return ", ".join(parts)


def _totals(model: nn.Module, rows: tuple[Row, ...]) -> Totals:
    parameters, buffers = list(model.parameters()), list(model.buffers())
    holders = {row.name.rpartition(".")[0] for row in rows if row.name}
    return Totals(
        params=sum(p.numel() for p in parameters),
        trainable=sum(p.numel() for p in parameters if p.requires_grad),
        buffers=sum(b.numel() for b in buffers),
        macs=rows[0].macs,
        param_bytes=sum(t.numel() * t.element_size() for t in parameters + buffers),
        activation_bytes=sum(row.activation_bytes for row in rows if row.name not in holders),
    )


# --- the input -------------------------------------------------------------------------------

# How many numbers the size of an input has -> what it is.
_KINDS = {3: "channels×height×width", 4: "a clip of channels×frames×height×width"}


def inputs_of(task: str, size: Shape, batch_size: int = 1) -> tuple[Any, ...]:
    """The arguments of a forward pass on the meta device.

    Args:
        task: For detection they are one list of pictures, for optical flow two batches.
        size: Of one input, without the batch.
    """
    if task == "detection":
        return ([torch.empty(size, device="meta") for _ in range(batch_size)],)
    batch = torch.empty(batch_size, *size, device="meta")
    return (batch, batch) if task == "optical_flow" else (batch,)


def _refused(
    entry: catalogue.ModelEntry, chosen: catalogue.WeightsEntry | None, size: Shape,
    error: Exception,
) -> ThawError:
    if entry.family in ("vit", "maxvit"):
        side = chosen.crop_size if chosen else entry.bare_size
        why = f"it takes exactly 3×{side}×{side}"
    elif size[0] != 3:
        why = "it takes pictures with 3 channels"
    else:
        smallest = max(chosen.min_size if chosen else 0, entry.min_size)
        if min(size[1:]) < smallest:
            why = f"torchvision asks for at least {smallest} pixels a side"
        else:
            why = " ".join(str(error).split())[:160]
    return ThawError("models.input_refused", model=entry.name, size=_spelled(size), why=why)


def _spelled(size: Shape) -> str:
    return "×".join(map(str, size))
