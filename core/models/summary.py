"""What is in a model and what it costs, without allocating a weight or computing a number.

The model is built on the meta device and run once there (`core.models.trace`): each module's
shapes are seen, and the multiply-adds of the operations that PyTorch's own
`torch.utils.flop_counter` knows are counted. What a detector does depends on what it finds:
that is assumed, and said in `Summary.found`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from core.messages import ThawError
from core.models import catalogue
from core.models.data_dependent import Found
from core.models.shape_rules import Shape
from core.models.summary_rows import Row, Totals, make_rows, make_totals
from core.models.summary_skeleton import build_skeleton
from core.models.trace import run
from core.recipe import LINEAR_HEAD, HeadSpec

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Summary:
    """A model's rows in the order of registration, and their totals.

    Attributes:
        input: Shape of the first input, without the batch.
        found: What a detector is assumed to find in its picture; None for other models.
        new_head: Which head it has, where `num_classes` says that it has a new one.
    """

    model: str
    weights: str
    num_classes: int | None
    input: Shape
    rows: tuple[Row, ...]
    totals: Totals
    found: Found | None = None
    new_head: HeadSpec = LINEAR_HEAD


@lru_cache(maxsize=200)
def summarize(
    name: str,
    weights: str | None = None,
    *,
    input_size: Shape | None = None,
    num_classes: int | None = None,
    new_head: HeadSpec = LINEAR_HEAD,
    found: Found | None = None,
) -> Summary:
    """The summary of a model of torchvision, of any task.

    Args:
        name: As in the catalogue.
        weights: Whose architecture; "none" for the bare constructor's, None for the default's.
        input_size: (channels, height, width), for video (channels, frames, height, width);
            None for what the weights' transforms give, or, if they give no size, for that at
            which torchvision counted. Optical flow takes two of these.
        num_classes: Outputs of a new head, for classification; None keeps the one that the
            weights come with.
        new_head: Which one, then.
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
    model = build_skeleton(name, chosen, num_classes, new_head)
    try:
        seen = run(model, inputs_of(entry.task, input_size), found=found, shortcuts=True)
    except (RuntimeError, ValueError, AssertionError) as error:
        raise _refused(entry, chosen, input_size, error) from None
    rows = make_rows(model, seen)
    return Summary(name, weights, num_classes, input_size, rows, make_totals(model, rows), found,
                   new_head)


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
    rows = make_rows(model, run(model, inputs, found=found, shortcuts=shortcuts))
    return Summary(
        name or type(model).__name__, catalogue.NO_WEIGHTS, None, rows[0].input, rows,
        make_totals(model, rows), found,
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
