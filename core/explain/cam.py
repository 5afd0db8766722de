"""Grad-CAM: where a layer saw what speaks for a class (Selvaraju et al. 2017, section 3)."""

import torch
from torch import Tensor, nn

from core.explain.layout import keeps_channels_last, lay_out
from core.messages import ThawError


def grad_cam(model: nn.Module, picture: Tensor, layer: str, label: int) -> Tensor:
    """The map [h, w] of a layer for a class: not negative, in the class's logits.

    The model is left as it was: no hook stays, and no parameter gets a gradient.

    Args:
        model: In eval mode; its output is logits [1, C].
        picture: Normalised, [1, 3, H, W].
        layer: Dotted name of a module whose output has maps or a square of tokens.

    Raises:
        ThawError: If there is no such layer, or the pass does not run it.
    """
    try:
        module = model.get_submodule(layer)
    except AttributeError:
        raise ThawError("explain.no_layer", name=layer, model=type(model).__name__) from None
    seen: list[Tensor] = []

    def keep(_module: nn.Module, _inputs: object, output: object) -> Tensor | None:
        if not isinstance(output, Tensor):
            return None
        seen.append(output)
        return output.clone()  # what follows may overwrite it in place

    handle = module.register_forward_hook(keep)
    try:
        with torch.enable_grad():
            # The picture asks for a gradient, so frozen layers have a graph too.
            score = model(picture.detach().clone().requires_grad_())[0, label]
    finally:
        handle.remove()
    if not seen:
        raise ThawError("explain.not_run", name=layer, run=1)
    (gradient,) = torch.autograd.grad(score, seen[-1])
    last = keeps_channels_last(model, layer)
    maps, slopes = (
        lay_out(one.detach(), channels_last=last).maps for one in (seen[-1], gradient)
    )
    return (slopes.mean((1, 2), keepdim=True) * maps).sum(0).relu()
