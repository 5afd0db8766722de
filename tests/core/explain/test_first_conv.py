"""The convolutions that read the picture, found by what they read."""

import numpy as np
import pytest
import torch
from torch import nn

from core.explain import first_conv, opened
from core.models.catalogue import CATALOGUE, find_any_model

# One of each family, and where its first convolution is, read off torchvision's source.
FIRST = {
    "alexnet": "features.0", "convnext_tiny": "features.0.0", "densenet121": "features.conv0",
    "efficientnet_b0": "features.0.0", "googlenet": "conv1.conv",
    "inception_v3": "Conv2d_1a_3x3.conv", "maxvit_t": "stem.0.0", "mnasnet0_5": "layers.0",
    "mobilenet_v2": "features.0.0", "mobilenet_v3_small": "features.0.0",
    "regnet_y_400mf": "stem.0", "resnet18": "conv1", "shufflenet_v2_x0_5": "conv1.0",
    "squeezenet1_1": "features.0", "swin_t": "features.0.0", "vgg11": "features.0",
    "vit_b_16": "conv_proj", "r3d_18": "stem.0", "fcn_resnet50": "backbone.conv1",
}


@pytest.mark.parametrize(("name", "path"), FIRST.items())
def test_it_is_found_in_every_family(name, path):
    weights = find_any_model(name).default_weights
    assert opened.first_convolutions(name, weights) == (path,)


def test_all_families_are_here():
    families = {find_any_model(name).family for name in FIRST}
    assert families >= {entry.family for entry in CATALOGUE}


class Branches(nn.Module):
    """Two convolutions read the picture, one of them resized; the third reads the first."""

    def __init__(self) -> None:
        super().__init__()
        self.third = nn.Conv2d(4, 2, 1)
        self.second = nn.Conv2d(3, 2, 1)
        self.scale = nn.Parameter(torch.ones(1))
        self.first = nn.Conv2d(3, 4, 1)
        self.scaled = nn.Conv2d(3, 4, 1)

    def forward(self, x: torch.Tensor) -> tuple:
        half = nn.functional.avg_pool2d((x - 0.5) / 0.2, 2)
        return self.third(self.first(x)), self.second(half), self.scaled(x * self.scale)


def test_it_is_what_depends_on_no_weight():
    model = Branches()
    found = first_conv.first_convolutions(model, (torch.rand(1, 3, 4, 4),))
    assert found == ("first", "second")
    assert not any(module._forward_pre_hooks for module in model.modules())


def test_the_grid_is_the_weights():
    model = nn.Conv2d(3, 10, 2, bias=False)
    with torch.no_grad():
        model.weight.zero_()
        model.weight[9, 0, 0, 0], model.weight[9, 1, 1, 1] = 2.0, -1.0
    found = first_conv.filters(nn.Sequential(model), "0")
    assert found.is_rgb and found.kernel == (2, 2)
    assert found.order("strongest")[0] == 9
    grid = first_conv.filter_grid(found, np.array([0, 9]), "each")
    zoom = first_conv._TILE // 2
    gap = first_conv._GAP
    assert grid.shape == (2 * zoom + 2 * gap, 2 * (2 * zoom + gap) + gap, 4)
    assert grid[0, 0].tolist() == [0, 0, 0, 0]  # nothing is between the filters
    assert grid[gap, gap].tolist() == [128, 128, 128, 255]  # a weight of zero
    left = 2 * gap + 2 * zoom
    assert grid[gap, left].tolist() == [255, 128, 128, 255]
    assert grid[gap + zoom, left + zoom].tolist() == [128, 64, 128, 255]
    weaker = nn.Conv2d(3, 1, 2)
    assert first_conv.filter_grid(first_conv.filters(weaker, ""), np.array([0]), "all").max() == 255


def test_other_channels_are_pictures_of_their_own_and_frames_stand_side_by_side():
    two = first_conv.filters(nn.Conv2d(2, 3, 4), "")
    assert not two.is_rgb
    shape = first_conv.filter_grid(two, np.arange(3), "each").shape
    assert shape[1] > 6 * first_conv._TILE  # three filters of two channels in one row
    clip = nn.Conv3d(3, 5, (2, 7, 7))
    found = first_conv.filters(clip, "")
    assert found.kernel == (2, 7, 7) and found.weight.shape == (5, 3, 7, 14)
    np.testing.assert_array_equal(
        found.weight[1, 2, :, 7:], clip.weight.detach()[1, 2, 1].numpy()
    )
