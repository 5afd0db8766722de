"""Grad-CAM on a model whose right map is known by construction."""

import pytest
import torch
from torch import nn

from core.explain.cam import grad_cam
from core.messages import ThawError


def known() -> nn.Sequential:
    """Class 0 likes the first channel's mean, class 1 dislikes it."""
    conv, head = nn.Conv2d(3, 2, 1, bias=False), nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        conv.weight.zero_()
        conv.weight[0, 0] = conv.weight[1, 1] = 1
        head.weight.copy_(torch.tensor([[1.0, 0.0], [-1.0, 0.0]]))
    model = nn.Sequential(conv, nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten(), head)
    return model.eval().requires_grad_(False)


def square() -> torch.Tensor:
    """Red at one square, green at another, which no class looks at."""
    picture = torch.zeros(1, 3, 8, 8)
    picture[0, 0, 2:4, 5:7] = 1
    picture[0, 1, 6:8, 0:2] = 1
    return picture


# Before the ReLU only the four lit of 64 pixels have a slope, so their mean is 16 times smaller.
@pytest.mark.parametrize(("layer", "height"), [("0", 4 / 64 / 64), ("1", 1 / 64)])
def test_the_map_is_the_square_that_the_class_likes(layer: str, height: float) -> None:
    found = grad_cam(known(), square(), layer, 0)
    torch.testing.assert_close(found, square()[0, 0] * height)


def test_a_class_that_dislikes_it_has_an_empty_map() -> None:
    assert not grad_cam(known(), square(), "0", 1).any()


def test_nothing_stays_on_the_model() -> None:
    model = known().requires_grad_()
    grad_cam(model, square(), "0", 0)
    assert all(one.grad is None for one in model.parameters())
    assert not model[0]._forward_hooks


def test_a_layer_that_is_not_there_is_named() -> None:
    with pytest.raises(ThawError) as error:
        grad_cam(known(), square(), "9", 0)
    assert error.value.problem.id == "explain.no_layer"
