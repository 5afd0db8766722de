"""Ablation-CAM: a heat map without gradients (Desai and Ramaswamy 2020, section 3).

Each channel of a layer is switched off by itself; what the class's score loses by it is the
channel's weight.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from core.explain.cam import as_maps, score_of
from core.explain.hooks import eval_mode, find_module
from core.messages import ThawError

# Told how many channels are done and how many there are; returns whether to go on.
GoOn = Callable[[int, int], bool]

_ROWS = 64  # pictures of a pass at most
_VALUES = 2**24  # of the layer's output in a pass, about: 64 MB
_CLOSE = 1e-3  # share of the largest score by which a row may differ between batches
_NOTHING = 1e-6  # of the score: a smaller change is rounding


@dataclass(frozen=True)
class AblationMap:
    """What was found.

    Attributes:
        heat: [h, w], not negative, in the class's logits.
        asked: So many channels were switched off, those of the largest mean absolute value
            first; the others count as weighing nothing.
        channels: How many there are.
    """

    heat: Tensor
    asked: int
    channels: int


@torch.no_grad()
def ablation_cam(
    model: nn.Module, picture: Tensor, layer: str, label: int, go_on: GoOn | None = None
) -> AblationMap:
    """The map of a layer for a class, by one pass a channel from this layer on.

    A channel's weight is the score with it less the score without it. (The paper divides all
    weights by the score, which changes no map's shape where that is positive, and turns every map
    round where it is negative.) Of tokens the patches are switched off, the class token stays.

    What lies before the layer runs once a pass, with one picture, wherever the model takes several
    rows from this layer on; elsewhere whole passes are made. The model is left as it was.

    Args:
        model: As `grad_cam` takes it.
        picture: Normalised, [1, 3, H, W].
        layer: Dotted name of a module whose output has maps or a square of tokens.
        label: Class in [0, C), or 0 and 1 for one logit.
        go_on: Asked after each batch of passes; while it is, another thread may ask the model.

    Raises:
        ThawError: As `grad_cam` does.
    """
    module, ablation = find_module(model, layer), _Ablation()
    with eval_mode(model), _hooked(module, ablation):
        score = float(score_of(model(picture), label))
        if ablation.output is None:
            raise ThawError("explain.not_run", name=layer, run=1)
        output = ablation.output
        maps = as_maps(model, layer, output).maps
        # Where in the flat output the values of each map are, whatever its layout.
        places = torch.arange(output.numel(), device=output.device).view(output.shape)
        ablation.places = as_maps(model, layer, places).maps.flatten(1)
        ablation.run = ablation.runs - 1
        order = maps.abs().mean((1, 2)).argsort(descending=True)
        rows = max(1, min(_ROWS, _VALUES // output.numel()) - 1)
        weights, asked = torch.zeros(len(maps), device=output.device), 0
        whole = False
        for channels in order.split(rows):
            ablation.channels = channels
            scores = None if whole else _from_the_layer_on(model, picture, label, ablation, score)
            if scores is None:
                whole = True
                scores = _whole(model, picture, label, ablation)
            weights[channels] = (scores[0] - scores[1:]).float()
            asked += len(channels)
            if go_on is not None and not go_on(asked, len(maps)):
                break
    if weights.abs().max() <= _NOTHING * abs(score):
        raise ThawError("explain.not_asked", name=layer)
    heat = (weights[:, None, None] * maps).sum(0).relu()
    return AblationMap(heat, asked, len(maps))


@dataclass
class _Ablation:
    """What the hook does in the next pass.

    Attributes:
        output: Of the layer in its last run of the first pass; [1, ...].
        runs: How often the layer ran in this pass.
        run: In which of its runs channels are switched off; None in the first pass.
        places: [C, h * w]: of each channel, in the flat output.
        channels: Those of this pass, one a row; before them comes a row with all of them on.
    """

    output: Tensor | None = None
    runs: int = 0
    run: int | None = None
    places: Tensor = field(default_factory=lambda: torch.empty(0))
    channels: Tensor = field(default_factory=lambda: torch.empty(0))

    def see(self, output: Tensor) -> Tensor:
        """What the layer hands on in place of its output."""
        self.runs += 1
        if self.run is None:
            self.output = output.clone()  # what follows may overwrite it in place
        elif self.runs - 1 == self.run:
            count = len(self.channels) + 1
            flat = output.expand(count, *output.shape[1:]).flatten(1).clone()
            flat[1:].scatter_(1, self.places[self.channels], 0.0)
            return flat.view(count, *output.shape[1:])
        return output


@contextmanager
def _hooked(module: nn.Module, ablation: _Ablation) -> Iterator[None]:
    own = threading.get_ident()

    def hook(_module: nn.Module, _inputs: object, output: object) -> Tensor | None:
        # Between two of our passes another thread may ask the model: it sees nothing switched off.
        is_ours = threading.get_ident() == own
        return ablation.see(output) if is_ours and isinstance(output, Tensor) else None

    handle = module.register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()


def _from_the_layer_on(
    model: nn.Module, picture: Tensor, label: int, ablation: _Ablation, score: float
) -> Tensor | None:
    """The scores [1 + K] of a pass of one picture that becomes several rows at the layer.

    None where the model can't have that: it joins the layer's output to that of another branch,
    or takes the number of pictures from somewhere before.
    """
    ablation.runs = 0
    try:
        scores = score_of(model(picture), label)
    except RuntimeError:
        return None
    if scores.shape != (len(ablation.channels) + 1,):
        return None
    return scores if abs(float(scores[0]) - score) <= _CLOSE * max(1.0, abs(score)) else None


def _whole(model: nn.Module, picture: Tensor, label: int, ablation: _Ablation) -> Tensor:
    """The same scores by passes of as many pictures."""
    ablation.runs = 0
    return score_of(model(picture.expand(len(ablation.channels) + 1, -1, -1, -1)), label)
