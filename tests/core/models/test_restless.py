"""Whether a module is restless, against what it really gives."""

import pytest
import torch
from torch import nn
from torchvision.ops import StochasticDepth

from core.models.restless import is_restless

MODULES = [
    nn.BatchNorm2d(4), nn.BatchNorm2d(4, track_running_stats=False),
    nn.BatchNorm2d(4, affine=False), nn.InstanceNorm2d(4),
    nn.InstanceNorm2d(4, track_running_stats=True), nn.GroupNorm(2, 4), nn.Dropout(0.5),
    nn.Dropout(0), nn.Dropout2d(0.5), nn.AlphaDropout(0.5), StochasticDepth(0.5, "row"),
    nn.RReLU(), nn.ReLU(), nn.Conv2d(4, 4, 1),
]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("module", MODULES, ids=str)
def test_it_is_where_a_picture_is_not_the_same_again(module: nn.Module, training: bool) -> None:
    module.train(training)
    generator = torch.Generator().manual_seed(0)
    mine, others, strangers = torch.randn(3, 8, 4, 3, 3, generator=generator)
    start = {name: value.clone() for name, value in module.state_dict().items()}
    with torch.no_grad():
        given = [module(torch.cat([mine, rest]))[:8] for rest in (others, others, strangers)]
    moves = any(not torch.equal(start[name], now) for name, now in module.state_dict().items())
    changes = any(not torch.allclose(given[0], again) for again in given[1:])
    assert is_restless(module) == (moves or changes)


@pytest.mark.parametrize("rate", [0.0, 0.5])
def test_attention_draws_what_it_drops(rate: float) -> None:
    module = nn.MultiheadAttention(4, 1, dropout=rate)
    assert is_restless(module) == (rate > 0)
    assert not is_restless(module.eval())
