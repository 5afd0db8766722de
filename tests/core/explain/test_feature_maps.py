"""Layers as maps: against torch's and NumPy's own numbers, with planted dead channels."""

import numpy as np
import pytest
import torch
from torch import nn

from core.explain.feature_maps import SIDE, feature_maps
from core.explain.hooks import keep_outputs
from core.explain.layout import keeps_channels_last, lay_out
from core.explain.opened import OpenedModel


@pytest.fixture
def planted() -> nn.Sequential:
    """Six channels: 1 is dead behind the ReLU, 4 is constant in front of it and behind."""
    torch.manual_seed(0)
    conv = nn.Conv2d(3, 6, 3)
    with torch.no_grad():
        conv.weight[1], conv.bias[1] = 0.0, -1.0
        conv.weight[4], conv.bias[4] = 0.0, 0.5
    return nn.Sequential(conv, nn.ReLU(inplace=True))


PICTURE = torch.randn(1, 3, 10, 10, generator=torch.Generator().manual_seed(1))


def test_statistics_are_those_of_numpy(planted):
    values = planted(PICTURE).detach().numpy()[0].astype(np.float64)
    found = OpenedModel(planted.eval()).maps(PICTURE, "1")
    whole, flat = found.statistics, values.reshape(6, -1)
    assert (whole.mean, whole.std) == pytest.approx((values.mean(), values.std()))
    assert (whole.min, whole.max, whole.zeros) == pytest.approx(
        (values.min(), values.max(), (values == 0).mean())
    )
    channels = found.channels
    for name, expected in {
        "mean": flat.mean(1), "std": flat.std(1), "min": flat.min(1), "max": flat.max(1),
        "zeros": (flat == 0).mean(1), "strength": abs(flat).mean(1),
    }.items():
        np.testing.assert_allclose(getattr(channels, name), expected, atol=1e-7, err_msg=name)
    assert found.shape == (6, 8, 8) and found.kind == "channels"
    np.testing.assert_array_equal(found.maps, values.astype(np.float32))


def test_dead_and_constant_channels_are_found(planted):
    opened = OpenedModel(planted.eval())
    behind = opened.maps(PICTURE, "1").channels
    assert np.flatnonzero(behind.dead).tolist() == [1]
    assert np.flatnonzero(behind.constant).tolist() == [4]
    before = opened.maps(PICTURE, "0").channels
    assert not before.dead.any()
    assert np.flatnonzero(before.constant).tolist() == [1, 4]


def test_a_single_number_is_never_constant():
    found = feature_maps(torch.tensor([[0.0, 2.0, -1.0]]))
    assert found.kind == "vector" and found.maps.shape == (3, 1, 1)
    assert found.channels.dead.tolist() == [True, False, False]
    assert not found.channels.constant.any()


def test_order_is_by_strength(planted):
    found = OpenedModel(planted.eval()).maps(PICTURE, "1")
    strength = found.channels.strength
    assert found.order("number").tolist() == list(range(6))
    assert list(strength[found.order("strongest")]) == sorted(strength, reverse=True)
    assert found.order("weakest")[0] == 1


def test_tiles_go_from_lowest_to_highest():
    values = torch.tensor([[[0.0, 1.0], [2.0, 4.0]], [[8.0, 8.0], [8.0, 8.0]]])[None]
    found = feature_maps(values)
    each = found.tiles(np.array([1, 0]), "each")
    assert each.dtype == np.uint8
    assert each[1].tolist() == [[0, 64], [128, 255]] and not each[0].any()
    together = found.tiles(np.array([0, 1]), "all")
    assert together.max() == 255 and together[0].tolist() == [[0, 32], [64, 128]]


def test_large_maps_are_averaged_and_measured_as_they_are():
    values = torch.zeros(1, 2, 4 * SIDE, 4 * SIDE)
    values[0, 0, 0, 0] = 16
    found = feature_maps(values)
    assert found.maps.shape == (2, SIDE, SIDE) and found.maps.max() == 1
    assert found.statistics.max == 16 and found.map_size == (4 * SIDE, 4 * SIDE)


def test_numbers_that_are_not_finite_are_said():
    found = feature_maps(torch.tensor([[[[1.0, float("nan")], [0.0, 2.0]]]]))
    assert not found.statistics.finite and found.statistics.zeros == 0.25
    assert found.tiles(np.array([0]), "each")[0].tolist() == [[128, 0], [0, 255]]


@pytest.mark.parametrize(
    ("shape", "kind", "maps", "aside"),
    [
        ((1, 8, 5, 5), "channels", (8, 5, 5), False),
        ((1, 5, 5, 8), "channels", (8, 5, 5), False),
        ((1, 8, 1, 1), "vector", (8, 1, 1), False),
        ((1, 8), "vector", (8, 1, 1), False),
        ((1, 17, 6), "tokens", (6, 4, 4), True),
        ((1, 16, 6), "tokens", (6, 4, 4), False),
        ((1, 7, 6), "slices", (1, 7, 6), False),
        ((1, 64, 49, 32), "slices", (64, 49, 32), False),
        ((1, 2, 3, 4, 5), "slices", (6, 4, 5), False),
    ],
)
def test_shapes_say_what_an_output_is(shape, kind, maps, aside):
    found = lay_out(torch.rand(shape))
    assert (found.kind, tuple(found.maps.shape)) == (kind, maps)
    assert (found.aside is not None) == aside


def test_tokens_go_back_to_their_places():
    tokens = torch.arange(5 * 2.0).reshape(1, 5, 2)
    found = lay_out(tokens)
    assert found.aside.tolist() == [0, 1]
    assert found.maps.tolist() == [[[2, 4], [6, 8]], [[3, 5], [7, 9]]]


def test_equal_sides_are_read_by_the_modules():
    from torchvision.ops import Permute

    model = nn.Sequential(
        nn.Conv2d(3, 4, 1), Permute([0, 2, 3, 1]), nn.Sequential(nn.LayerNorm(4), nn.Dropout()),
        Permute([0, 3, 1, 2]), nn.ReLU(),
    )
    last = {name: keeps_channels_last(model, name) for name in ("0", "1", "2", "2.1", "3", "4")}
    assert last == {"0": False, "1": True, "2": True, "2.1": True, "3": False, "4": False}
    _, kept = keep_outputs(model, (torch.rand(1, 3, 4, 4),), ["1", "3"])
    one = lay_out(kept["1"][0], channels_last=True).maps
    assert torch.equal(one, kept["1"][0][0].permute(2, 0, 1))
