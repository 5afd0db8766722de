"""A moving average of a model's weights, beside the model that trains."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

# As timm's ModelEmaV3 with use_warmup: an average over few steps must not be one over its start.
_WARMUP_POWER = 2 / 3


def decay_at(step: int, decay: float) -> float:
    """The share that the average keeps of itself after an update, in [0, decay].

    Args:
        step: The update, from 1: after the first the average is the model.
        decay: Of a step, once the warm-up is over.
    """
    return min(1 - step**-_WARMUP_POWER, decay)


class WeightAverage:
    """The exponential moving average of the parameters that train.

    Buffers, as BatchNorm's statistics, are the model's own. A parameter that is opened on the way
    joins with its value: while it was frozen that was its average.

    Args:
        model: On its device.
        decay: Of a step, in (0, 1).
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self._model, self._decay = model, decay
        self._names: dict[str, Tensor] = {}
        self._averages: list[Tensor] = []
        self._parameters: list[nn.Parameter] = []
        self.follow()

    def follow(self) -> None:
        """Takes in what trains and was frozen before."""
        for name, parameter in self._model.named_parameters():
            if parameter.requires_grad and name not in self._names:
                self._names[name] = parameter.detach().clone()
                self._averages.append(self._names[name])
                self._parameters.append(parameter)

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Moves the average towards the weights after an update, which is counted from 1."""
        torch._foreach_lerp_(
            self._averages, self._parameters, 1 - decay_at(step, self._decay)
        )

    @contextmanager
    def in_the_model(self) -> Iterator[None]:
        """The model has the averaged weights in the meantime; nothing is copied."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def state_dict(self) -> dict[str, Tensor]:
        """The model's `state_dict` with the averages in the place of what they are of."""
        state = self._model.state_dict()
        for name, average in self._names.items():
            state[name] = average
        return state

    @torch.no_grad()
    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Goes on from a state that `state_dict` gave."""
        for name, average in self._names.items():
            average.copy_(state[name])

    def _swap(self) -> None:
        for parameter, average in zip(self._parameters, self._averages, strict=True):
            held = parameter.data
            parameter.data = average.data
            average.data = held


def states_of(model: nn.Module, average: WeightAverage | None) -> dict[str, dict[str, Tensor]]:
    """What a checkpoint keeps of the weights.

    `model_state_dict` is what validation measured, so what is evaluated and taken home; where
    that is an average, `raw_model_state_dict` is what the training goes on with.
    """
    if average is None:
        return {"model_state_dict": model.state_dict()}
    return {
        "model_state_dict": average.state_dict(), "raw_model_state_dict": model.state_dict(),
    }


def raw_state_of(checkpoint: Mapping[str, dict[str, Tensor]]) -> dict[str, Tensor]:
    """The weights that a training goes on with, of a checkpoint with an average or without."""
    return checkpoint.get("raw_model_state_dict", checkpoint["model_state_dict"])
