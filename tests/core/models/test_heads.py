"""Every model's last layer is where the table says, and can be replaced."""

import pytest
import torch
from torch import nn

from core.messages import ThawError
from core.models import catalogue
from core.models.heads import HEADS, head_paths, replace_head
from core.models.summary_skeleton import build_skeleton
from core.recipe import LINEAR_HEAD, HeadSpec
from core.seeds import seed_for


def outputs(layer: nn.Module) -> int:
    return layer.out_features if isinstance(layer, nn.Linear) else layer.out_channels


def test_every_family_has_its_place():
    assert {model.family for model in catalogue.CATALOGUE} == set(HEADS)


@pytest.mark.parametrize("model", catalogue.CATALOGUE, ids=lambda model: model.name)
def test_paths_are_the_last_layers_and_get_the_new_number(model):
    skeleton = build_skeleton(model.name, model.weights[-1])
    last = [n for n, layer in skeleton.named_modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    paths = head_paths(model.name)
    assert paths[0] == last[-1]
    for path in paths:
        old = skeleton.get_submodule(path)
        assert isinstance(old, nn.Linear | nn.Conv2d)
        assert outputs(old) == 1000
    before = {name: p.shape for name, p in skeleton.named_parameters()}
    change = replace_head(skeleton, model.name, 7, LINEAR_HEAD, seed=0)
    assert tuple(done.path for done in change.replacements) == paths
    for path in paths:
        assert outputs(skeleton.get_submodule(path)) == 7
    after = {name: p.shape for name, p in skeleton.named_parameters()}
    assert list(before) == list(after)  # a head without a bias stays without
    changed = {name.rpartition(".")[0] for name in before if before[name] != after[name]}
    assert changed == set(paths)


def test_googlenet_has_auxiliary_heads_only_without_weights():
    assert head_paths("googlenet") == ("fc",)
    assert head_paths("googlenet", "none") == ("fc", "aux1.fc2", "aux2.fc2")
    change = replace_head(build_skeleton("googlenet", None), "googlenet", 3, LINEAR_HEAD, seed=0)
    assert [done.path for done in change.replacements] == ["fc", "aux1.fc2", "aux2.fc2"]


def test_fresh_head_is_the_one_pytorch_would_draw():
    model = nn.Module()
    model.fc = nn.Linear(6, 4)
    state = torch.random.get_rng_state()
    replace_head(model, "resnet18", 3, LINEAR_HEAD, seed=5)
    assert torch.equal(torch.random.get_rng_state(), state)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_for("head", 5))
        plain = nn.Linear(6, 3)
    assert torch.equal(model.fc.weight, plain.weight)
    assert torch.equal(model.fc.bias, plain.bias)


def test_fresh_convolution_is_the_one_pytorch_would_draw():
    model = nn.Module()
    model.classifier = nn.Sequential(nn.Dropout(0.5), nn.Conv2d(6, 4, 1))
    replace_head(model, "squeezenet1_0", 3, LINEAR_HEAD, seed=5)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_for("head", 5))
        plain = nn.Conv2d(6, 3, 1)
    assert torch.equal(model.classifier[1].weight, plain.weight)
    assert torch.equal(model.classifier[1].bias, plain.bias)


def test_dropout_is_put_in_front_where_there_is_none():
    model = build_skeleton("resnet18", None)
    replace_head(model, "resnet18", 10, HeadSpec(dropout=0.3), seed=0)
    assert isinstance(model.fc, nn.Sequential)
    assert model.fc[0].p == 0.3 and model.fc[1].out_features == 10


def test_dropout_of_the_model_is_set_where_there_is_one():
    model = build_skeleton("efficientnet_b0", None)
    change = replace_head(model, "efficientnet_b0", 10, HeadSpec(dropout=0.3), seed=0)
    assert [type(layer) for layer in model.classifier] == [nn.Dropout, nn.Linear]
    assert model.classifier[0].p == 0.3
    assert [done.path for done in change.replacements] == ["classifier.0", "classifier.1"]
    assert change.replacements[0].before == "Dropout(p=0.2, inplace=True)"


def test_without_dropout_the_model_keeps_its_own():
    model = build_skeleton("efficientnet_b0", None)
    replace_head(model, "efficientnet_b0", 10, LINEAR_HEAD, seed=0)
    assert model.classifier[0].p == 0.2


def test_unknown_model():
    with pytest.raises(ThawError, match="resnet18"):
        head_paths("resnet19")
