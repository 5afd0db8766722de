"""Where the checkpoints of a run look in the same pictures, epoch by epoch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from core.evaluation.epochs import Tell, load_epoch
from core.evaluation.held_out import held_out_images
from core.evaluation.model_of import LoadedModel
from core.explain.cam import grad_cam
from core.explain.map_layers import MapLayer, default_layer, map_layers
from core.messages import Problem, ThawError
from core.runs.folder import Run


@dataclass(frozen=True)
class HeatOfEpochs:
    """Grad-CAM of some pictures by several checkpoints, each for the picture's true class.

    Attributes:
        layer: Whose maps these are, the same for all; "" if none of the model has maps.
        layers: All that have maps, to choose from.
        pictures: Of each image what the models see: uint8 [S, S, 3].
        maps: Of each epoch that was asked, of each image: [h, w]; None where the layer says
            nothing of the class.
        left_out: Epochs that could not be asked, each with the reason: a living run drops
            checkpoints that its disk budget has no room for.
    """

    layer: str
    layers: tuple[MapLayer, ...]
    pictures: tuple[np.ndarray, ...]
    maps: tuple[tuple[np.ndarray | None, ...], ...]
    left_out: tuple[tuple[int, Problem], ...] = ()


def heat_of_epochs(
    run: Run,
    epochs: Sequence[int],
    places: Sequence[int],
    *,
    layer: str = "",
    tell: Tell = lambda done, all: None,
) -> HeatOfEpochs:
    """Asks checkpoint after checkpoint where it looks; one that is gone is left out.

    Args:
        epochs: 0 is the model that the run began with.
        places: Indices of the images in the run's data.
        layer: Of whose maps; "" for the default of the last checkpoint that is there.
        tell: Told after each checkpoint.

    Raises:
        ThawError: If no checkpoint or the data can't be had, or there is no such layer.
    """
    at, last, left_out = _last_of(run, epochs)
    default, layers = _layers_of(last)
    layer = layer or default
    data, _ = held_out_images(last, "test")
    prepared = [last.transforms.prepare(data.image(int(place))) for place in places]
    maps = []
    for done, epoch in enumerate(epochs):
        tell(done, len(epochs))
        if done > at:  # found to be gone when the last one was looked for
            break
        try:
            loaded = last if done == at else load_epoch(run, epoch)
        except ThawError as error:
            left_out.append((epoch, error.problem))
            continue
        maps.append(tuple(
            _map_of(loaded, image, layer, int(data.targets[place]))
            for image, place in zip(prepared, places, strict=True)
        ))
    tell(len(epochs), len(epochs))
    pictures = tuple(image.permute(1, 2, 0).numpy() for image in prepared)
    return HeatOfEpochs(layer, layers, pictures, tuple(maps), tuple(sorted(left_out)))


def _last_of(
    run: Run, epochs: Sequence[int]
) -> tuple[int, LoadedModel, list[tuple[int, Problem]]]:
    """The last epoch that is there, by its place, its model, and those behind it."""
    gone: list[tuple[int, Problem]] = []
    for at in reversed(range(len(epochs))):
        try:
            return at, load_epoch(run, epochs[at]), gone
        except ThawError as error:
            gone.append((epochs[at], error.problem))
    raise ThawError(gone[0][1].id, **gone[0][1].values)


def _layers_of(loaded: LoadedModel) -> tuple[str, tuple[MapLayer, ...]]:
    """The default, and all that have maps which the head sees; "" and none if there are none."""
    model, size = loaded.model, loaded.transforms.size
    try:
        default = default_layer(model, size)
    except ThawError as error:
        if error.problem.id != "explain.no_maps":
            raise
        return "", ()
    return default, tuple(layer for layer in map_layers(model, size) if layer.reaches)


def _map_of(loaded: LoadedModel, image: Tensor, layer: str, label: int) -> np.ndarray | None:
    """The map for a prepared image, uint8 [3, S, S]."""
    if not layer:
        return None
    try:
        return grad_cam(
            loaded.model, loaded.transforms.normalize(image)[None], layer, label
        ).numpy()
    except ThawError as error:
        if error.problem.id != "explain.not_asked":
            raise
        return None  # nothing that the layer has changes the score of this class
