"""What goes into the head, against the model's own parts run by hand."""

import pytest
import torch
from torch import Tensor, nn

from core.explain.features import into_head
from core.models.build import build_model
from core.models.heads import head_paths
from core.recipe import HeadSpec


def shufflenet(model: nn.Module, pictures: Tensor) -> Tensor:
    for part in (model.conv1, model.maxpool, model.stage2, model.stage3, model.stage4, model.conv5):
        pictures = part(pictures)
    return pictures.mean([2, 3])


def letters(model: nn.Module, pictures: Tensor) -> Tensor:
    """With a layer behind its own outputs, these go into the head."""
    return model.fc[0](shufflenet(model, pictures))


def mobilenet(model: nn.Module, pictures: Tensor) -> Tensor:
    return model.avgpool(model.features(pictures)).flatten(1)


def mobilenet_hidden(model: nn.Module, pictures: Tensor) -> Tensor:
    return model.classifier[:3](mobilenet(model, pictures))


def squeezenet(model: nn.Module, pictures: Tensor) -> Tensor:
    return model.features(pictures).mean((2, 3))


def googlenet(model: nn.Module, pictures: Tensor) -> Tensor:
    kept = []
    model.avgpool.register_forward_hook(lambda *seen: kept.append(seen[-1].flatten(1)))
    model(pictures)
    return kept[0]


CASES = [
    ("shufflenet_v2_x0_5", "linear", shufflenet, 1024),
    ("shufflenet_v2_x0_5", "mlp", shufflenet, 1024),
    ("shufflenet_v2_x0_5", "append", letters, 1000),
    ("mobilenet_v3_small", "linear", mobilenet_hidden, 1024),
    ("mobilenet_v3_small", "family", mobilenet, 576),
    ("squeezenet1_1", "linear", squeezenet, 512),
    ("googlenet", "linear", googlenet, 1024),
]


@pytest.mark.parametrize(("name", "kind", "by_hand", "width"), CASES)
@torch.no_grad()
def test_it_is_what_the_backbone_gives(name, kind, by_hand, width) -> None:
    head = HeadSpec(kind=kind)
    model = build_model(name, "none", num_classes=3, new_head=head, seed=1).model.eval()
    pictures = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with into_head(model, head_paths(name, "none", head)) as seen:
        answers = model(pictures)
    assert len(seen) == 1 and seen[0].shape == (2, width)
    assert torch.allclose(seen[0], by_hand(model, pictures), atol=1e-6)
    assert len(seen) == 1 and torch.equal(answers, model(pictures))  # no hook is left
    if kind == "linear" and isinstance(getattr(model, "fc", None), nn.Linear):
        assert torch.allclose(model.fc(seen[0]), answers, atol=1e-5)


def test_a_later_operation_in_place_does_not_reach_what_was_kept() -> None:
    class Overwriting(nn.Linear):
        def forward(self, inputs: Tensor) -> Tensor:
            return super().forward(inputs.mul_(0))

    model = nn.Sequential(nn.Identity(), Overwriting(4, 2))
    with into_head(model, ["1"]) as seen, torch.no_grad():
        model(torch.ones(1, 4))
    assert seen[0].tolist() == [[1, 1, 1, 1]]


def test_hooks_go_when_the_pass_fails() -> None:
    model = nn.Sequential(nn.Linear(4, 2))
    with pytest.raises(RuntimeError), into_head(model, ["0"]):
        model(torch.ones(1, 3))
    assert not model[0]._forward_pre_hooks
