"""A model that is opened to be looked into: in eval mode, for one pass at a time."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from core import portable
from core.explain import first_conv, flow, hooks
from core.explain.feature_maps import FeatureMaps, feature_maps
from core.explain.layout import keeps_channels_last
from core.messages import Problem, ThawError
from core.models.build import build_model
from core.models.catalogue import NO_WEIGHTS, ModelEntry, find_any_model
from core.models.weights_file import available_offline

# Tasks whose models take one picture, each with whether its weights load into what is run here.
_ONE_PICTURE = {"classification": True, "segmentation": True, "quantization": False}
_FLOAT = 4


def takes_one_picture(entry: ModelEntry) -> bool:
    """Whether a model can be looked into at all."""
    return entry.task in _ONE_PICTURE


def why_no_weights(entry: ModelEntry, weights: str) -> Problem | None:
    """Why these weights can't be looked into here and now, or None if they can.

    Random weights are no weights that could be missing.
    """
    if weights == NO_WEIGHTS:
        return None
    if not _ONE_PICTURE.get(entry.task, True):
        twin = entry.name.removeprefix("quantized_")
        return Problem("explain.int8", {"weights": weights, "model": entry.name, "twin": twin})
    if not available_offline(entry.name, weights):
        return Problem("explain.not_here", {"weights": weights, "model": entry.name})
    return None


@dataclass(frozen=True)
class OpenedModel:
    """A model that nobody else holds or trains; it is only run, by one thread at a time."""

    model: nn.Module
    _alone: threading.Lock = field(default_factory=threading.Lock)

    def flow(
        self, picture: Tensor, stages: Sequence[str]
    ) -> tuple[Any, tuple[flow.StageOutput, ...]]:
        """As `flow.stage_outputs` for a batch of one picture."""
        with self._alone:
            return flow.stage_outputs(self.model, (picture,), stages)

    def maps(self, picture: Tensor, layer: str, call: int = 0) -> FeatureMaps:
        """What a layer makes of a batch of one picture.

        Args:
            call: Which of its runs, from 0.

        Raises:
            ThawError: If there is no such layer, or it does not run so often.
        """
        output: list[Tensor] = []

        def keep(name: str, run: int, found: Tensor) -> None:
            if run == call:
                output.append(found.clone())

        with self._alone:
            hooks.run_forward(self.model, (picture,), [layer], keep)
        if not output:
            raise ThawError("explain.not_run", name=layer, run=call + 1)
        last = keeps_channels_last(self.model, layer)
        return feature_maps(output[0], channels_last=last)

    def filters(self, names: Iterable[str]) -> tuple[first_conv.Filters, ...]:
        """The weights of these convolutions."""
        return tuple(first_conv.filters(self.model, name) for name in names)


def open_model(name: str, weights: str, *, random: bool = False) -> OpenedModel:
    """A model with its weights, all of it frozen and in eval mode.

    Args:
        weights: Name of a weights entry that is on this computer, or `"none"`.
        random: Takes the architecture of the entry, but random weights.

    Raises:
        ThawError: If there is no such model, the weights are not here or can't be used, or
            the model does not fit into the free memory. Nothing is downloaded.
    """
    entry = find_any_model(name)
    if not random and (problem := why_no_weights(entry, weights)):
        raise ThawError(problem.id, **problem.values)
    chosen = entry.find_weights(weights)
    # Twice: while it is loaded, the file's tensors lie beside the model's.
    _refuse(name, 2 * _FLOAT * (chosen.params if chosen else entry.params))
    built = build_model(name, weights, num_classes=None, from_scratch=random)
    return OpenedModel(built.model.eval().requires_grad_(False))


def refuse_if_too_big(name: str, weights: str, size: int) -> None:
    """Checks that the activations of one pass fit into the free memory.

    Raises:
        ThawError: If they do not, naming what is needed and what is free; if the model can't
            take a picture of this size.
    """
    from core.models.memory import forward_memory
    from core.models.summary import summarize

    _refuse(name, forward_memory(summarize(name, weights, input_size=(3, size, size)), 1))


def first_convolutions(name: str, weights: str) -> tuple[str, ...]:
    """Names of the convolutions that read the picture; no weight is allocated for it."""
    from core.models.summary_skeleton import build_skeleton

    entry = find_any_model(name)
    batch = torch.empty(1, *entry.input_shape(weights), device="meta")
    inputs = (batch, batch) if entry.task == "optical_flow" else (batch,)
    model = build_skeleton(name, entry.find_weights(weights))
    return first_conv.first_convolutions(model, inputs)


def _refuse(name: str, need: int) -> None:
    free = portable.available_memory()
    if need > free:
        raise ThawError("explain.too_big", model=name, need=need / 1e9, free=free / 1e9)
