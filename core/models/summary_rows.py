"""The rows of a summary and their totals: what a model holds, beside what a pass saw of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from torch import nn

from core.models.seen import Seen
from core.models.shape_rules import Shape

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


def make_rows(model: nn.Module, seen: Mapping[nn.Module, Seen]) -> tuple[Row, ...]:
    """One row a module, in the order of registration.

    Args:
        seen: What a forward pass did with each module, as `core.models.trace.run` gives it.
    """
    held: dict[nn.Module, dict[int, int]] = {}
    uses: dict[nn.Module, Use] = {}
    counted: set[int] = set()
    rows = []
    for name, module in model.named_modules():
        own = [(key, p) for key, p in module._parameters.items()
               if p is not None and id(p) not in counted]
        counted.update(id(p) for _, p in own)
        what = seen.get(module) or Seen()
        kernel, stride = _window(module)
        rows.append(Row(
            depth=name.count(".") + 1 if name else 0,
            name=name,
            type=type(module).__name__,
            input=what.input,
            output=what.output,
            params=sum(p.numel() for _, p in own),
            own=tuple((key, p.numel()) for key, p in own),
            trainable=sum(p.numel() for _, p in own if p.requires_grad),
            total_params=sum(_held(module, held).values()),
            macs=what.macs,
            activation_bytes=what.bytes,
            calls=what.calls,
            order=what.order,
            use=_use(module, seen, uses),
            kernel=kernel,
            stride=stride,
            detail=_detail(module),
        ))
    return tuple(rows)


def make_totals(model: nn.Module, rows: tuple[Row, ...]) -> Totals:
    """Of the model that the rows are of."""
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


def _held(module: nn.Module, known: dict[nn.Module, dict[int, int]]) -> dict[int, int]:
    """Sizes of the parameters in and below a module, each once, by what tells it from others."""
    if module not in known:
        found = {id(p): p.numel() for p in module._parameters.values() if p is not None}
        for child in module._modules.values():
            if child is not None:
                found |= _held(child, known)
        known[module] = found
    return known[module]


def _use(
    module: nn.Module, seen: Mapping[nn.Module, Seen], known: dict[nn.Module, Use]
) -> Use:
    if module not in known:
        what = seen.get(module) or Seen()
        below = [_use(child, seen, known) for child in module._modules.values()
                 if child is not None]
        if what.calls:
            known[module] = "called"
        elif what.read:
            known[module] = "read"
        else:
            known[module] = "holds" if set(below) - {"unused"} else "unused"
    return known[module]


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
