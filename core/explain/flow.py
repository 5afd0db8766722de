"""What flows from stage to stage while a model looks at a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor, nn

from core.explain.feature_maps import as_levels, shrunk
from core.explain.hooks import run_forward
from core.explain.layout import Kind, keeps_channels_last, lay_out
from core.explain.statistics import Statistics, statistics

_SIDE = 56  # pixels of a stage's picture
_STRIPES = 64  # of a vector


@dataclass(frozen=True)
class StageOutput:
    """What a stage gives for one picture.

    Attributes:
        name: Of the stage.
        type: Name of its class.
        shape: Of its output, without the batch.
        kind: What it is made of.
        statistics: Of all its values.
        picture: uint8 [h, w]: the mean of the absolute values over the channels, from lowest to
            highest. (The mean itself is nothing but rounding behind a LayerNorm.) Of a vector a
            row of stripes: its numbers in their order.
    """

    name: str
    type: str
    shape: tuple[int, ...]
    kind: Kind
    statistics: Statistics
    picture: np.ndarray


def stage_outputs(
    model: nn.Module, inputs: tuple[Any, ...], stages: Sequence[str]
) -> tuple[Any, tuple[StageOutput, ...]]:
    """The model's own output, and what each stage gave in its first run.

    Only figures and small pictures are kept. A stage that does not run (an auxiliary head) is
    left out.

    Args:
        stages: As `core.models.freezing.stages` names them.
    """
    found: dict[str, StageOutput] = {}

    def see(name: str, call: int, output: Tensor) -> None:
        if call == 0:
            found[name] = _look_at(model, name, output)

    output = run_forward(model, inputs, stages, see)
    return output, tuple(found[name] for name in stages if name in found)


def _look_at(model: nn.Module, name: str, output: Tensor) -> StageOutput:
    laid = lay_out(output.float(), channels_last=keeps_channels_last(model, name))
    if laid.kind == "vector":
        row = laid.maps.reshape(1, 1, -1)
        picture = shrunk(row, _STRIPES)[0]
    else:
        picture = shrunk(laid.maps.abs().mean(0, keepdim=True), _SIDE)[0]
    values = picture.numpy()
    return StageOutput(
        name, type(model.get_submodule(name)).__name__, tuple(output.shape[1:]), laid.kind,
        statistics(output), as_levels(values, np.nanmin(values), np.nanmax(values)),
    )
