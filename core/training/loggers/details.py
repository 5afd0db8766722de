"""What TensorBoard shows beside curves: the graph, pictures and histograms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch.utils.tensorboard import SummaryWriter

from core.messages import Problem
from core.training.features import FeatureData
from core.training.loggers import graph, histograms, picture_grids

if TYPE_CHECKING:
    from core.training.loggers.event_files import Kept
    from core.training.loop import Training

_BATCH, _PREDICTED = "Images/training batch", "Images/validation, predicted"


class Details:
    """Writes what a recipe asks for with `loggers.details`.

    Args:
        classes: Names, in the order of the targets.
    """

    def __init__(self, training: Training, classes: Sequence[str]) -> None:
        self._training, self._classes = training, classes
        data = training.data
        self._data = data.source if isinstance(data, FeatureData) else data
        self._colours = picture_grids.colours_of(training.recipe)
        self._shown = picture_grids.first_of(self._data.validation())

    def write_first(self, writer: SummaryWriter, kept: Kept) -> list[Problem]:
        """Writes what stands at the beginning of a run; returns what could not be written."""
        if _BATCH not in kept.tags:
            # Of the first epoch, augmented as it was; whatever the epoch under way is.
            first = self._data.pictures(self._data.places(1)[:1], 1, self._data.draw_of(1))
            pictures, targets = picture_grids.first_of(first)
            names = [self._classes[target] for target in targets]
            grid = picture_grids.grid(pictures, names, self._colours)
            writer.add_image(_BATCH, grid, 0)
        if kept.graph:
            return []
        problem = graph.write(writer, self._training)
        return [problem] if problem else []

    def write_epoch(self, writer: SummaryWriter, epoch: int) -> None:
        """Writes histograms, and what the model takes some validation pictures for."""
        histograms.write(writer, self._training.model, epoch)
        pictures, targets = self._shown
        predicted = picture_grids.predictions(self._training, pictures)
        names = [self._classes[one] for one in predicted]
        right = [one == target for one, target in zip(predicted, targets, strict=True)]
        grid = picture_grids.grid(pictures, names, self._colours, right)
        writer.add_image(_PREDICTED, grid, epoch)
