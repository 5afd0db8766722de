"""What is in a model and what it costs, without allocating a weight or computing a number.

The model is built on the meta device and run once there; hooks on each module see the shapes,
and one dispatch mode counts the multiply-adds of the operations that PyTorch's own
`torch.utils.flop_counter` knows. What a detector does depends on what it finds: that is
assumed, and said in `Summary.found`.
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
from core.models.data_dependent import Found, answer
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
        macs: Multiply-adds of one input in the module and all below it.
        activation_bytes: Of its outputs for one input, float32.
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
        raise ThawError("models.input_refused", model=name, size=_spelled(input_size), why="")
    if len(input_size) != len(own_size):
        raise ThawError("models.input_refused", model=name, size=_spelled(input_size),
                        why=f"it takes {_KINDS[len(own_size)]}, as {_spelled(own_size)}")
    found = (found or Found()) if entry.task == "detection" else None
    model = build_skeleton(name, chosen, num_classes)
    try:
        trace = _run(model, _inputs(entry.task, input_size), found)
    except (RuntimeError, ValueError, AssertionError) as error:
        raise _refused(entry, chosen, input_size, error) from None
    rows = tuple(trace.rows(model))
    return Summary(name, weights, num_classes, input_size, rows, _totals(model, rows), found)


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
    found: Found | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = NotImplemented
        if self.found is not None:
            out = answer(func, args, self.stack, self.found)
        if out is NotImplemented:
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
            seen.input = _first_shape((args, kwargs), self._unbatched)
        self.stack.append(module)

    @property
    def _unbatched(self) -> int | None:
        """How many dimensions an input has that is no batch: a detector's list of pictures."""
        return 3 if self.found else None

    def after(self, module: nn.Module, args: tuple, kwargs: dict, output: Any) -> None:
        self.stack.pop()
        seen = self.seen[module]
        seen.output = seen.output or _first_shape(output)
        seen.bytes += sum(
            leaf.numel() * leaf.element_size() for leaf in _tensors(output)
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


# How many numbers the size of an input has -> what it is.
_KINDS = {3: "channels×height×width", 4: "a clip of channels×frames×height×width"}


def _inputs(task: str, size: Shape) -> tuple[Any, ...]:
    """The arguments of one forward pass: a batch of one, for detection a list of one."""
    if task == "detection":
        return ([torch.empty(size, device="meta")],)
    batch = torch.empty(1, *size, device="meta")
    return (batch, batch) if task == "optical_flow" else (batch,)


def _run(model: nn.Module, inputs: tuple[Any, ...], found: Found | None) -> _Trace:
    trace = _Trace(found=found)
    # no_grad and not inference_mode: there, composite operations would arrive undecomposed.
    with _hooked(model, trace), torch.no_grad(), trace:
        model(*inputs)
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


def _first_shape(value: Any, unbatched: int | None = None) -> Shape:
    for tensor in _tensors(value):
        return tuple(tensor.shape if tensor.ndim == unbatched else tensor.shape[1:])
    return ()


def _tensors(value: Any) -> Iterator[Tensor]:
    for leaf in tree_leaves(value):
        leaf = getattr(leaf, "tensors", leaf)  # a detector's batch of pictures
        if isinstance(leaf, Tensor):
            yield leaf


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
