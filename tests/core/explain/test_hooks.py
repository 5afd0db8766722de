"""One forward pass looked into: what is kept, and that nothing is left behind."""

import pytest
import torch
from torch import nn

from core.explain.hooks import keep_outputs, run_forward
from core.messages import ThawError


class Twice(nn.Module):
    """Runs one ReLU twice, in place, and gives a dict; one module is never run."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.second = nn.Conv2d(4, 5, 3)
        self.relu = nn.ReLU(inplace=True)
        self.pair = Pair()
        self.unused = nn.Linear(2, 2)

    def forward(self, x: torch.Tensor) -> dict:
        x = self.relu(self.norm(self.first(x)))
        return {"out": self.relu(self.second(x)), "pair": self.pair(x)}


class Pair(nn.Module):
    def forward(self, x: torch.Tensor) -> tuple:
        return (None, [x.mean(1), x])


@pytest.fixture
def model() -> Twice:
    torch.manual_seed(0)
    return Twice()


PICTURE = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def hooks_of(model: nn.Module) -> int:
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks)
               for module in model.modules())


def test_outputs_are_those_of_a_forward_by_hand(model):
    output, kept = keep_outputs(model, (PICTURE,), ["norm", "relu", "pair", "", "unused"])
    model.eval()
    with torch.no_grad():
        norm = model.norm(model.first(PICTURE))
        one = norm.clamp_min(0)
        two = model.second(one).clamp_min(0)
    assert torch.equal(kept["norm"][0], norm)  # as it was before the ReLU wrote over it
    assert [torch.equal(a, b) for a, b in zip(kept["relu"], (one, two), strict=True)] == [True] * 2
    assert torch.equal(kept["pair"][0], one.mean(1))
    assert torch.equal(kept[""][0], two) and torch.equal(output["out"], two)
    assert "unused" not in kept
    assert not output["out"].requires_grad


def test_only_what_is_asked_for_is_kept(model):
    assert set(keep_outputs(model, (PICTURE,), ["first"])[1]) == {"first"}


def test_nothing_is_left_behind(model):
    model.train()
    model.norm.eval()
    modes = [module.training for module in model.modules()]
    statistics = model.norm.running_mean.clone()
    keep_outputs(model, (PICTURE,), ["first", "relu"])
    for broken in (
        lambda: keep_outputs(model, (torch.rand(1, 2, 8, 8),), ["first", "relu"]),
        lambda: keep_outputs(model, (PICTURE,), ["first", "nothing"]),
        lambda: run_forward(model, (PICTURE,), ["first"], lambda *_: 1 / 0),
    ):
        with pytest.raises((RuntimeError, ThawError, ZeroDivisionError)):
            broken()
    assert hooks_of(model) == 0
    assert [module.training for module in model.modules()] == modes
    assert torch.equal(model.norm.running_mean, statistics)


def test_no_such_layer_is_a_sentence(model):
    with pytest.raises(ThawError, match="no layer “nothing”"):
        keep_outputs(model, (PICTURE,), ["nothing"])
