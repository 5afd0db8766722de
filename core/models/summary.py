"""What is in a model and what it costs, without allocating a weight or computing a number.

The model is built on the meta device and run once there; hooks on each module see the shapes,
and one dispatch mode counts the multiply-adds of the operations that PyTorch's own
`torch.utils.flop_counter` knows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

from core.messages import ThawError
from core.models import catalogue
from core.models.summary_skeleton import build_skeleton

if TYPE_CHECKING:
    import pandas

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """One module.

    Attributes:
        depth: 0 for the model itself.
        name: Dotted name in the model; "" for the model itself.
        type: Name of its class.
        input: Shape of its first input, without the batch; () if it was never called.
        output: Shape of its first output, without the batch.
        params: Held by the module itself, so that the rows add up.
        trainable: Of those, as the model comes.
        total_params: In the module and all below it, shared ones once.
        macs: Multiply-adds of one picture in the module and all below it.
        activation_bytes: Of its outputs for one picture, float32.
        calls: How often one forward pass runs it; 0 means that it does nothing.
        detail: Kernel, stride and the like, where it has them.
    """

    depth: int
    name: str
    type: str
    input: Shape
    output: Shape
    params: int
    trainable: int
    total_params: int
    macs: int
    activation_bytes: int
    calls: int
    detail: str


@dataclass(frozen=True)
class Totals:
    """Of the whole model; shared parameters count once.

    Attributes:
        macs: Multiply-adds of one picture; torchvision prints them as GFLOPS.
        param_bytes: Of parameters and buffers.
        activation_bytes: Of the outputs of all innermost modules for one picture.
    """

    params: int
    trainable: int
    buffers: int
    macs: int
    param_bytes: int
    activation_bytes: int


@dataclass(frozen=True)
class Summary:
    """A model's rows in the order of registration, and their totals."""

    model: str
    weights: str
    num_classes: int | None
    input: Shape
    rows: tuple[Row, ...]
    totals: Totals


@lru_cache(maxsize=200)
def summarize(
    name: str,
    weights: str | None = None,
    *,
    input_size: Shape | None = None,
    num_classes: int | None = None,
) -> Summary:
    """The summary of a model of the catalogue.

    Args:
        name: As in the catalogue.
        weights: Whose architecture; "none" for the bare constructor's, None for the default's.
        input_size: (channels, height, width); None for what the weights' transforms give.
        num_classes: Of a new head; None keeps the one that the weights come with.

    Raises:
        ThawError: If there is no such model or weights, or the model can't take such an input.
    """
    entry = catalogue.find_model(name)
    weights = entry.default_weights if weights is None else weights
    chosen = catalogue.find_weights(name, weights)
    if input_size is None:
        side = chosen.crop_size if chosen else entry.bare_size
        input_size = (3, side, side)
    if any(side < 1 for side in input_size):
        raise ThawError("models.input_refused", model=name, size=_spelled(input_size), why="")
    model = build_skeleton(name, chosen, num_classes)
    try:
        trace = _run(model, input_size)
    except (RuntimeError, ValueError, AssertionError) as error:
        raise _refused(name, chosen, input_size, error) from None
    rows = tuple(trace.rows(model))
    return Summary(name, weights, num_classes, input_size, rows, _totals(model, rows))


def frame(summary: Summary) -> "pandas.DataFrame":
    """The rows as a frame, a column for each attribute."""
    import pandas

    return pandas.DataFrame([vars(row) for row in summary.rows])


# --- the run ---------------------------------------------------------------------------------


@dataclass
class _Seen:
    """What the hooks saw of one module."""

    input: Shape = ()
    output: Shape = ()
    bytes: int = 0
    calls: int = 0
    flops: int = 0


@dataclass
class _Trace(TorchDispatchMode):
    """Counts operations for every module that is being run."""

    seen: dict[nn.Module, _Seen] = field(default_factory=dict)
    stack: list[nn.Module] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        count = flop_registry.get(func._overloadpacket)
        if count is not None:
            flops = count(*args, **(kwargs or {}), out_val=out)
            for module in set(self.stack):
                self.seen[module].flops += flops
        return out

    def before(self, module: nn.Module, args: tuple, kwargs: dict) -> None:
        seen = self.seen.setdefault(module, _Seen())
        seen.calls += 1
        if not seen.input:
            seen.input = _first_shape((args, kwargs))
        self.stack.append(module)

    def after(self, module: nn.Module, args: tuple, kwargs: dict, output: Any) -> None:
        self.stack.pop()
        seen = self.seen[module]
        seen.output = seen.output or _first_shape(output)
        seen.bytes += sum(
            leaf.numel() * leaf.element_size()
            for leaf in tree_leaves(output) if isinstance(leaf, Tensor)
        )

    def rows(self, model: nn.Module) -> Iterator[Row]:
        for name, module in model.named_modules():
            seen = self.seen.get(module, _Seen())
            own = list(module.parameters(recurse=False))
            yield Row(
                depth=name.count(".") + 1 if name else 0,
                name=name,
                type=type(module).__name__,
                input=seen.input,
                output=seen.output,
                params=sum(p.numel() for p in own),
                trainable=sum(p.numel() for p in own if p.requires_grad),
                total_params=sum(p.numel() for p in module.parameters()),
                macs=seen.flops // 2,
                activation_bytes=seen.bytes,
                calls=seen.calls,
                detail=_detail(module),
            )


def _run(model: nn.Module, input_size: Shape) -> _Trace:
    trace = _Trace()
    # no_grad and not inference_mode: there, composite operations would arrive undecomposed.
    with _hooked(model, trace), torch.no_grad(), trace:
        model(torch.empty(1, *input_size, device="meta"))
    return trace


@contextmanager
def _hooked(model: nn.Module, trace: _Trace) -> Iterator[None]:
    handles = []
    try:
        for module in model.modules():
            handles.append(module.register_forward_pre_hook(trace.before, with_kwargs=True))
            handles.append(module.register_forward_hook(trace.after, with_kwargs=True))
        yield
    finally:
        for handle in handles:
            handle.remove()


def _first_shape(value: Any) -> Shape:
    for leaf in tree_leaves(value):
        if isinstance(leaf, Tensor):
            return tuple(leaf.shape[1:])
    return ()


def _detail(module: nn.Module) -> str:
    parts = []
    for name in ("kernel_size", "stride", "padding", "groups", "p", "eps"):
        value = getattr(module, name, None)
        if name in ("p", "eps") and not isinstance(module, nn.Dropout):
            continue
        if isinstance(value, int | float | tuple) and value not in ((0, 0), 0, 1, (1, 1)):
            shown = "×".join(map(str, value)) if isinstance(value, tuple) else f"{value:g}"
            parts.append(f"{name.removesuffix('_size')} {shown}")
    return ", ".join(parts)


def _totals(model: nn.Module, rows: tuple[Row, ...]) -> Totals:
    parameters, buffers = list(model.parameters()), list(model.buffers())
    innermost = [row for row in rows if not any(True for _ in
                 model.get_submodule(row.name).children())]
    return Totals(
        params=sum(p.numel() for p in parameters),
        trainable=sum(p.numel() for p in parameters if p.requires_grad),
        buffers=sum(b.numel() for b in buffers),
        macs=rows[0].macs,
        param_bytes=sum(t.numel() * t.element_size() for t in parameters + buffers),
        activation_bytes=sum(row.activation_bytes for row in innermost),
    )


def _refused(
    name: str, chosen: catalogue.WeightsEntry | None, size: Shape, error: Exception
) -> ThawError:
    entry = catalogue.find_model(name)
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
    return ThawError("models.input_refused", model=name, size=_spelled(size), why=why)


def _spelled(size: Shape) -> str:
    return "×".join(map(str, size))
