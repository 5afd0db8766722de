"""A number that is not finite, planted in a layer: the layer is named, and nothing was updated."""

import pytest
import torch
from torch import nn

from core.messages import ThawError
from core.models.build import build_model
from core.training import not_finite
from core.training.step import train_step
from tests.core.training.test_loop import make, small


class Overflows(nn.Module):
    def forward(self, given):
        return given * 1e38 * 1e10


def blamed(model: nn.Module, images: torch.Tensor | None = None):
    images = torch.randn(2, 3, 64, 64) if images is None else images
    found = not_finite.where_it_began(model, lambda: model(images), step=3)
    assert not any(module._forward_hooks for module in model.modules())
    return found.id.rpartition("_")[2], found.values.get("layer", "")


@pytest.mark.parametrize("name", ["resnet18", "densenet121", "vit_b_32"])
def test_the_layer_in_which_it_was_planted_is_named(name):
    model = build_model(name, "none", num_classes=3).model.eval()
    layers = [key for key, module in model.named_modules()
              if isinstance(module, nn.Conv2d | nn.Linear) and "self_attention" not in key]
    images = torch.randn(1, 3, 224, 224)
    for layer in layers[:: max(1, len(layers) // 4)]:
        weight = model.get_submodule(layer).weight
        kept = weight.detach().clone()
        weight.data.view(-1)[0] = float("nan")
        assert blamed(model, images) == ("weights", layer)
        weight.data.copy_(kept)
    assert blamed(model, images) == ("loss", "")


def test_a_layer_that_overflows_and_an_image_that_is_broken():
    model = build_model("resnet18", "none", num_classes=3).model.eval()
    model.layer2[0].relu = Overflows()
    assert blamed(model) == ("layer", "layer2.0.relu")
    model = build_model("resnet18", "none", num_classes=3).model.eval()
    broken = torch.randn(2, 3, 64, 64)
    broken[1, 0, 3, 3] = float("inf")
    assert blamed(model, broken) == ("before", "conv1")


def test_the_step_says_it_before_anything_is_updated():
    training = make(small(optimizer__name="sgd"))
    training.progress.begin_epoch(1)
    training.progress.step = 6
    with torch.no_grad():
        training.model[5].weight[0, 0] = float("inf")
    before = [parameter.detach().clone() for parameter in training.model.parameters()]
    images, targets = next(iter(training.data.train(1, 0)))
    with pytest.raises(ThawError, match=r"step 7.*weights of 5 "):
        train_step(training, images, targets)
    assert all(map(torch.equal, before, training.model.parameters()))
