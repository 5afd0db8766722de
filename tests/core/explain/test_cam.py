"""Grad-CAM and Ablation-CAM on models whose right map is known by construction."""

import pytest
import torch
from torch import nn
from torchvision.models import GoogLeNet

from core.explain.ablation_cam import ablation_cam
from core.explain.cam import grad_cam
from core.messages import ThawError
from tests.core.explain.known_models import Branches, KnownTokens, known, square

RED = square()[0, 0]


def by_ablation(model: nn.Module, picture: torch.Tensor, layer: str, label: int) -> torch.Tensor:
    return ablation_cam(model, picture, layer, label).heat


BOTH = pytest.mark.parametrize("method", [grad_cam, by_ablation])


# Before the ReLU only the four lit of 64 pixels have a slope, so their mean is 16 times smaller.
@pytest.mark.parametrize(("layer", "height"), [("0", 4 / 64 / 64), ("1", 1 / 64)])
def test_the_map_is_the_square_that_the_class_likes(layer: str, height: float) -> None:
    found = grad_cam(known(), square(), layer, 0)
    torch.testing.assert_close(found, RED * height)


@pytest.mark.parametrize("layer", ["0", "1"])
def test_without_the_channel_the_score_is_gone(layer: str) -> None:
    """Its mean is 4 of 64 pixels, which is all of the score."""
    torch.testing.assert_close(by_ablation(known(), square(), layer, 0), RED * 4 / 64)


@BOTH
@pytest.mark.parametrize(("label", "likes"), [(0, False), (1, True)])
def test_one_logit_speaks_for_the_second_class_and_against_the_first(
    method, label: int, likes: bool
) -> None:
    assert bool(method(known(outputs=1), square(), "1", label).any()) is likes


@BOTH
def test_tokens_are_put_back_in_their_places(method) -> None:
    found = method(KnownTokens(), square(), "norm", 0)
    assert found.shape == (4, 4)
    assert found.argmax() == 4 + 2
    assert found.count_nonzero() == 1
    assert not method(KnownTokens(), square(), "norm", 1).any()


@BOTH
def test_a_branch_is_asked_though_another_joins_it(method) -> None:
    model = Branches()
    assert torch.equal(method(model, square(), "left", 1) > 0, RED > 0)
    with pytest.raises(ThawError) as error:
        method(model, square(), "right", 1)
    assert error.value.problem.id == "explain.not_asked"


@BOTH
@pytest.mark.parametrize(
    ("model", "layer", "label", "problem"),
    [
        (known(), "9", 0, "explain.no_layer"),
        (known(), "2", 0, "explain.no_map_here"),
        (known(), "4", 0, "explain.no_map_here"),
        (known(), "0", 2, "explain.no_class"),
        (known(), "0", -1, "explain.no_class"),
        (KnownTokens(), "mix", 0, "explain.not_asked"),
    ],
)
def test_what_can_not_be_asked_is_said(
    method, model: nn.Module, layer: str, label: int, problem: str
) -> None:
    with pytest.raises(ThawError) as error:
        method(model, square(), layer, label)
    assert error.value.problem.id == problem


@BOTH
def test_a_layer_that_the_pass_does_not_run_is_named(method) -> None:
    model = known()
    model[0].idle = nn.Conv2d(3, 3, 1)
    with pytest.raises(ThawError) as error:
        method(model, square(), "0.idle", 0)
    assert error.value.problem.id == "explain.not_run"


@BOTH
def test_a_class_that_dislikes_it_has_an_empty_map(method) -> None:
    assert not method(known(), square(), "0", 1).any()


@BOTH
def test_nothing_stays_on_the_model(method) -> None:
    model = nn.Sequential(known().requires_grad_(), nn.Dropout()).train()
    model[0][2].eval()
    before = [(module.training, dict(module._forward_hooks)) for module in model.modules()]
    method(model, square(), "0.1", 0)
    after = [(module.training, dict(module._forward_hooks)) for module in model.modules()]
    assert before == after
    assert all(one.grad is None and one.requires_grad for one in model.parameters())


@BOTH
def test_auxiliary_outputs_beside_the_score_are_not_asked(method) -> None:
    class WithAuxiliary(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.main = known()

        def forward(self, picture: torch.Tensor) -> tuple:
            logits = self.main(picture)
            return logits, -logits

    assert torch.equal(method(WithAuxiliary(), square(), "main.1", 0) > 0, RED > 0)


def test_googlenet_with_its_auxiliary_heads_is_asked() -> None:
    model = GoogLeNet(num_classes=3, aux_logits=True, init_weights=False).train()
    assert grad_cam(model, torch.randn(1, 3, 64, 64), "inception5b", 1).shape == (2, 2)
    assert model.training


def test_ablation_ends_when_it_is_told_to() -> None:
    wide = nn.Sequential(nn.Conv2d(3, 200, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(200, 2)).eval()
    told: list[tuple[int, int]] = []

    def go_on(done: int, count: int) -> bool:
        told.append((done, count))
        return len(told) < 2

    found = ablation_cam(wide, square(), "0", 0, go_on)
    assert (found.asked, found.channels) == (told[-1][0], 200)
    assert len(told) == 2 and found.asked < 200
    assert ablation_cam(wide, square(), "0", 0).asked == 200


def test_what_the_progress_raises_ends_it_and_leaves_nothing_behind() -> None:
    """A click elsewhere on the page ends a long one so."""
    model = known()

    def clicked(_done: int, _count: int) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ablation_cam(model.train(), square(), "0", 0, clicked)
    assert model.training and not model[0]._forward_hooks


def test_of_channels_that_are_only_averaged_both_methods_agree() -> None:
    """The score is the sum over channels of weight times mean: the slope says all that is lost."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 16, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                          nn.Linear(16, 4)).eval()
    picture = torch.randn(1, 3, 12, 12)
    maps = model[:2](picture)[0].detach()
    weight = model[4].weight[2].detach()
    slopes = (weight / maps[0].numel())[:, None, None] * maps
    torch.testing.assert_close(grad_cam(model, picture, "1", 2), slopes.sum(0).relu())
    lost = (weight * maps.mean((1, 2)))[:, None, None] * maps
    torch.testing.assert_close(by_ablation(model, picture, "1", 2), lost.sum(0).relu(),
                               rtol=1e-4, atol=1e-5)
