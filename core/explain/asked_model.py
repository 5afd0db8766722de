"""The model of a run, held to be asked where it looks; by one thread at a time."""

import threading
import time
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from core.evaluation.model_of import LoadedModel
from core.explain import cam, hooks
from core.explain.ablation_cam import GoOn, ablation_cam
from core.explain.feature_maps import FeatureMaps, feature_maps
from core.explain.layout import keeps_channels_last
from core.explain.map_layers import MapLayer, default_of, map_layers
from core.messages import ThawError
from core.training.objective import logits_of, probabilities

_TURN_SECONDS = 0.002  # in which a thread that waits takes its turn


@dataclass(frozen=True)
class AskedModel:
    """A model that nobody else holds, in eval mode and frozen.

    Attributes:
        layers: Those with maps, as `map_layers` finds them.
        default: Name of the one to begin with.
    """

    loaded: LoadedModel
    layers: tuple[MapLayer, ...]
    default: str
    _alone: threading.Lock = field(default_factory=threading.Lock)

    def seen(self, picture: np.ndarray) -> np.ndarray:
        """What the model sees of a stored picture, uint8 [H, W, 3] -> uint8 [S, S, 3]."""
        pixels = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)
        return self.loaded.transforms.prepare(pixels).permute(1, 2, 0).numpy()

    def answer(self, seen: np.ndarray) -> np.ndarray:
        """The probability of each class, [C].

        Args:
            seen: As `seen` gives it, here and below.

        Raises:
            ThawError: If the weights give no finite numbers.
        """
        with self._alone, torch.no_grad():
            logits = logits_of(self.loaded.model(self._input(seen))).float()
        if not logits.isfinite().all():
            raise ThawError("runs.not_finite")
        return probabilities(logits)[0].numpy()

    def grad_cam(self, seen: np.ndarray, layer: str, label: int) -> np.ndarray:
        """As `cam.grad_cam`: [h, w]."""
        with self._alone:
            return cam.grad_cam(self.loaded.model, self._input(seen), layer, label).numpy()

    def ablation_cam(
        self, seen: np.ndarray, layer: str, label: int, go_on: GoOn
    ) -> tuple[np.ndarray, int, int]:
        """As `ablation_cam`: the heat [h, w], the channels asked, and all of them.

        It may take minutes: between batches whoever else waits for the model has his turn.
        """
        def let_others(done: int, count: int) -> bool:
            self._alone.release()
            try:
                time.sleep(_TURN_SECONDS)  # a lock that is taken again at once is never let go
                return go_on(done, count)
            finally:
                self._alone.acquire()

        with self._alone:
            found = ablation_cam(self.loaded.model, self._input(seen), layer, label, let_others)
        return found.heat.numpy(), found.asked, found.channels

    def maps(self, seen: np.ndarray, layer: str) -> FeatureMaps:
        """What the layer's channels answer, in its last run.

        Raises:
            ThawError: If the layer does not run.
        """
        with self._alone:
            _, kept = hooks.keep_outputs(self.loaded.model, (self._input(seen),), [layer])
        if layer not in kept:
            raise ThawError("explain.not_run", name=layer, run=1)
        last = keeps_channels_last(self.loaded.model, layer)
        return feature_maps(kept[layer][-1], channels_last=last)

    def _input(self, seen: np.ndarray) -> Tensor:
        pixels = torch.from_numpy(np.ascontiguousarray(seen)).permute(2, 0, 1)
        return self.loaded.transforms.normalize(pixels)[None]


def asked(loaded: LoadedModel) -> AskedModel:
    """A model made ready; nobody else may hold it.

    Raises:
        ThawError: If no layer of it has maps.
    """
    model = loaded.model.eval().requires_grad_(False)
    layers = map_layers(model, loaded.transforms.size)
    return AskedModel(loaded, layers, default_of(layers, model, loaded.transforms.size))
