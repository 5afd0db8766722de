"""Which layer a heat map begins with: found by the graph, for every classification model."""

import re

import pytest
import torch
from torch import nn

from core.explain.cam import default_layer, grad_cam
from core.explain.map_layers import map_layers
from core.messages import ThawError
from core.models import catalogue
from core.models.build import build_model
from tests.core.explain.known_models import Branches, KnownTokens, known

EXPECTED = {
    "alexnet": "features", "convnext": "features", "densenet": "features",
    "efficientnet": "features", "googlenet": "inception5b", "inception": "Mixed_7c",
    "maxvit": r"blocks\.3", "mnasnet": "layers", "mobilenet_v2": "features",
    "mobilenet_v3": "features", "regnet": "trunk_output", "resnet": "layer4",
    "shufflenet": "conv5", "squeezenet": "features", "swin": "norm", "vgg": "features",
    "vit": r"encoder\.layers\.encoder_layer_\d+\.ln_1",
}
CHEAP = ("alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "googlenet", "mnasnet0_5",
         "mobilenet_v2", "mobilenet_v3_small", "regnet_x_400mf", "resnet18", "shufflenet_v2_x0_5",
         "squeezenet1_1", "swin_t", "vit_b_32")
OWN_SIZE = ("vit", "maxvit", "alexnet", "inception")  # no other, or coarse already at SIDE
SIDE = 128


def check(name: str) -> None:
    entry = catalogue.find_model(name)
    size = entry.input_shape("none")[1] if entry.family in OWN_SIZE else SIDE
    model = build_model(name, "none", num_classes=5, from_scratch=True).model
    layer = default_layer(model, size)
    assert re.fullmatch(EXPECTED[entry.family], layer), layer
    assert model.training
    with torch.no_grad():  # a vision transformer's head begins with zeros, which ask for nothing
        head = model.get_submodule(head_of(model))
        head.weight.normal_(std=0.1, generator=torch.Generator().manual_seed(0))
        head.weight.abs_()  # squeezenet's outputs end in a ReLU
    heat = grad_cam(model, torch.randn(1, 3, size, size), layer, 3)
    assert heat.ndim == 2 and min(heat.shape) > 1
    assert heat.isfinite().all() and (heat >= 0).all()


def head_of(model: nn.Module) -> str:
    return [name for name, module in model.named_modules()
            if isinstance(module, nn.Linear | nn.Conv2d) and "ux" not in name][-1]


@pytest.mark.parametrize("name", CHEAP)
def test_of_each_family_it_is_the_last_one_that_the_head_sees(name: str) -> None:
    check(name)


@pytest.mark.long
@pytest.mark.parametrize("name", [entry.name for entry in catalogue.CATALOGUE])
def test_of_every_model(name: str) -> None:
    check(name)


def test_every_family_has_its_expectation() -> None:
    assert {entry.family for entry in catalogue.CATALOGUE} == set(EXPECTED)


def test_behind_the_last_look_at_the_patches_the_head_sees_none() -> None:
    found = {layer.name: layer for layer in map_layers(KnownTokens(), 8)}
    assert {name: layer.reaches for name, layer in found.items()} == {
        "patches": True, "norm": True, "mix": False,
    }
    assert found["norm"].kind == "tokens" and found["norm"].size == (4, 4)
    assert default_layer(KnownTokens(), 8) == "norm"


def test_branches_side_by_side_can_both_be_asked() -> None:
    assert [layer.name for layer in map_layers(Branches(), 8)] == ["left", "right"]


def test_a_layer_without_numbers_of_its_own_can_be_asked_but_is_not_the_first() -> None:
    assert [layer.name for layer in map_layers(known(), 8)] == ["0", "1"]
    assert default_layer(known(), 8) == "0"


def test_at_small_inputs_it_is_a_finer_layer_that_everything_comes_through() -> None:
    for name, layer in (("shufflenet_v2_x1_0", "stage3"), ("resnet18", "layer3"),
                        ("regnet_x_400mf", "trunk_output.block3")):
        model = build_model(name, "none", num_classes=5, from_scratch=True).model
        found = {one.name: one for one in map_layers(model, 64)}
        assert default_layer(model, 64) == layer
        assert found[layer].size == (4, 4)


def test_where_no_layer_has_maps_it_is_said() -> None:
    flat = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 2))
    with pytest.raises(ThawError) as error:
        default_layer(flat, 8)
    assert error.value.problem.id == "explain.no_maps"
    with pytest.raises(ThawError):
        default_layer(known(), 1)


def test_the_model_is_left_as_it_was() -> None:
    model = known().requires_grad_()
    map_layers(model, 8)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    assert all(one.grad is None for one in model.parameters())
