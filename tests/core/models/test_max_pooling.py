from itertools import product

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.models.max_pooling import QuickMaxPooling, quick_max_pooling


def same_bits(one: Tensor, other: Tensor) -> bool:
    """Of every number and both zeros; a NaN is a NaN, whatever its bits."""
    bits = [
        torch.where(values.isnan(), 0, values).view(torch.uint8) for values in (one, other)
    ]
    return (
        one.stride() == other.stride() and torch.equal(one.isnan(), other.isnan())
        and torch.equal(*bits)
    )


def maps_with_everything(channels: int, dtype: torch.dtype) -> Tensor:
    """Equal values, both zeros, both infinities and NaN among the numbers."""
    drawn = torch.Generator().manual_seed(0)
    maps = torch.randn(2, channels, 13, 16, generator=drawn).mul(2).round().to(dtype)
    place = torch.rand(maps.shape, generator=drawn)
    for value, least in ((float("nan"), 0.97), (float("inf"), 0.94), (-float("inf"), 0.85),
                         (-0.0, 0.75), (0.0, 0.65)):
        maps[(place > least) & (place < least + 0.03)] = value
    return maps


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("channels", [1, 8, 37])
def test_the_same_to_the_last_bit(channels, dtype):
    maps = maps_with_everything(channels, dtype)
    for kernel, stride, padding, dilation, ceil in product(
        (2, 3, (3, 2)), (1, 2), (0, 1), (1, 2), (False, True)
    ):
        pool = nn.MaxPool2d(kernel, stride, padding, dilation, ceil_mode=ceil)
        with torch.no_grad(), QuickMaxPooling():
            quick = pool(maps)
        assert same_bits(quick, pool(maps)), pool


def test_the_kernel_sees_channels_last(monkeypatch):
    seen = []
    plain = torch.max_pool2d

    def watched(maps, *rest):
        seen.append(maps.is_contiguous(memory_format=torch.channels_last))
        return plain(maps, *rest)

    monkeypatch.setattr(torch, "max_pool2d", watched)
    maps = torch.randn(2, 8, 6, 6)
    with torch.no_grad(), QuickMaxPooling():
        functional.max_pool2d(maps, 2)
    functional.max_pool2d(maps, 2)
    assert seen == [True, False]


def test_what_needs_gradients_or_indices_is_as_ever():
    maps = torch.randn(2, 8, 6, 6)
    trained = maps.clone().requires_grad_()
    with QuickMaxPooling():
        values, places = functional.max_pool2d(maps, 2, return_indices=True)
        functional.max_pool2d(trained, 2).sum().backward()
    expected_values, expected = functional.max_pool2d(maps, 2, return_indices=True)
    assert torch.equal(values, expected_values) and torch.equal(places, expected)
    assert trained.grad.count_nonzero() == expected.numel()


@pytest.mark.parametrize("rows", [3, 6])
def test_attention_keeps_its_fast_path(rows):
    """A mode of any kind would take it away, and with it the last bits of some batch sizes."""
    model = nn.MultiheadAttention(32, 2, batch_first=True).eval()
    tokens = torch.randn(rows, 50, 32)
    calls = []
    fast = torch._native_multi_head_attention
    with pytest.MonkeyPatch.context() as patch, torch.no_grad(), quick_max_pooling(model):
        patch.setattr(torch, "_native_multi_head_attention",
                      lambda *given: calls.append(given) or fast(*given))
        quick = model(tokens, tokens, tokens)[0]
    assert calls
    with torch.no_grad():
        assert torch.equal(quick, model(tokens, tokens, tokens)[0])


def test_only_a_model_that_pools_on_a_cpu_pays_for_it():
    pooling = nn.Sequential(nn.Conv2d(3, 8, 3), nn.MaxPool2d(2))
    assert isinstance(quick_max_pooling(pooling), QuickMaxPooling)
    assert not isinstance(quick_max_pooling(pooling[0]), QuickMaxPooling)
    assert not isinstance(quick_max_pooling(pooling.to("meta")), QuickMaxPooling)
