"""Grad-CAM: where a layer saw what speaks for a class (Selvaraju et al. 2017, section 3)."""

import torch
from torch import Tensor, nn

from core.explain.hooks import eval_mode, find_module
from core.explain.layout import Layout, keeps_channels_last, lay_out
from core.explain.map_layers import default_layer
from core.messages import ThawError
from core.training.objective import is_one_logit, logits_of

__all__ = ["as_maps", "default_layer", "grad_cam", "score_of"]


def grad_cam(model: nn.Module, picture: Tensor, layer: str, label: int) -> Tensor:
    """The map [h, w] of a layer for a class: not negative, in the class's logits.

    The model is left as it was: no hook stays, no mode and no `requires_grad` is changed, and no
    parameter gets a gradient. A map of zeros says that nothing here speaks for the class.

    Args:
        model: Its output is logits [1, C], or [1, 1] for two classes; auxiliary outputs behind
            the first are not asked. It is run in eval mode.
        picture: Normalised, [1, 3, H, W].
        layer: Dotted name of a module whose output has maps or a square of tokens.
        label: Class in [0, C), or 0 and 1 for one logit.

    Raises:
        ThawError: If there is no such layer or class, the pass does not run the layer, it has no
            maps, or the score does not depend on them.
    """
    module, seen = find_module(model, layer), []

    def keep(_module: nn.Module, _inputs: object, output: object) -> Tensor | None:
        if not isinstance(output, Tensor):
            return None
        seen.append(output)
        return output.clone()  # what follows may overwrite it in place

    handle = module.register_forward_hook(keep)
    try:
        with eval_mode(model), torch.enable_grad():
            # The picture asks for a gradient, so frozen layers have a graph too.
            score = score_of(model(picture.detach().clone().requires_grad_()), label)[0]
    finally:
        handle.remove()
    if not seen:
        raise ThawError("explain.not_run", name=layer, run=1)
    maps = as_maps(model, layer, seen[-1].detach()).maps
    (gradient,) = torch.autograd.grad(score, seen[-1], allow_unused=True)
    if gradient is None or not (slopes := as_maps(model, layer, gradient).maps).any():
        raise ThawError("explain.not_asked", name=layer)
    return (slopes.mean((1, 2), keepdim=True) * maps).sum(0).relu()


def score_of(outputs: Tensor | tuple, label: int) -> Tensor:
    """The logit of a class for each picture, [B]; with one logit for two classes, 0 is its minus.

    Args:
        outputs: As the model returns them.

    Raises:
        ThawError: If there is no such class.
    """
    logits = logits_of(outputs)
    count = 2 if is_one_logit(logits) else logits.shape[1]
    if not 0 <= label < count:
        raise ThawError("explain.no_class", label=label, last=count - 1)
    if not is_one_logit(logits):
        return logits[:, label]
    return logits[:, 0] if label else -logits[:, 0]


def as_maps(model: nn.Module, layer: str, output: Tensor) -> Layout:
    """A layer's output for one picture, as maps.

    Raises:
        ThawError: If it is none.
    """
    laid = lay_out(output, channels_last=keeps_channels_last(model, layer))
    if laid.kind not in ("channels", "tokens"):
        shape = " × ".join(map(str, output.shape[1:]))
        raise ThawError("explain.no_map_here", name=layer, shape=shape)
    return laid
