"""What makes another set of features, and what does not."""

import hashlib
import json
from dataclasses import replace

import pytest
import torch
from torch import nn

from core.training import boundary, feature_key
from core.training.feature_key import Setting, key_of

SETTING = Setting(
    dtype=torch.float32, precision="float32", memory_format=torch.contiguous_format,
    pictures="digits", rows=8, draws=0, seed=0,
)


def model_of() -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.LazyLinear(2))
    model(torch.zeros(2, 3, 8, 8))
    model.requires_grad_(False)
    model[3].requires_grad_(True)
    return model.eval()


def key(setting: Setting = SETTING, model: nn.Module | None = None, **given: object) -> str:
    model = model or model_of()
    usual = {"part": "train", "draw": 0, "rows": 8, "size": 8, "device": "cpu"}
    return key_of(setting, boundary.cut(model, 8), model, **{**usual, **given})


def test_the_same_asked_for_twice_is_one_set_whatever_the_head_is() -> None:
    trained = model_of()
    with torch.no_grad():
        trained[3].weight.add_(1.0)
    assert key() == key() == key(model=trained)


@pytest.mark.parametrize("changed", [
    {"dtype": torch.float16}, {"precision": "bfloat16"}, {"pictures": "others"},
    {"memory_format": torch.channels_last},
])
def test_another_setting_is_another_set(changed: dict) -> None:
    assert key(replace(SETTING, **changed)) != key()


@pytest.mark.parametrize("given", [{"part": "val"}, {"rows": 4}, {"size": 9}, {"device": "cuda"}])
def test_another_way_of_computing_is_another_set(given: dict) -> None:
    assert key(**given) != key()


def test_the_last_bit_of_a_frozen_weight_and_a_statistic_count() -> None:
    weight, statistic = model_of(), model_of()
    first = weight[0].weight.data.view(torch.int32)
    first[0, 0, 0, 0] ^= 1
    statistic[1].running_mean[0] += 1e-3
    assert len({key(), key(model=weight), key(model=statistic)}) == 3


def test_draws_and_seed_count_where_there_is_augmentation_of_training_images() -> None:
    drawn = replace(SETTING, draws=2)
    assert key(drawn, draw=1) != key(drawn, draw=2) != key(replace(drawn, seed=1), draw=2)
    assert key(drawn, part="val") == key(replace(drawn, seed=1), part="val")
    assert key() == key(replace(SETTING, seed=1))


@pytest.mark.parametrize("at_once", [8, 100, 10**6])
def test_a_set_that_was_kept_before_is_found(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the weights are read, the digest is that of all of them in one row."""
    monkeypatch.setattr(feature_key, "_AT_ONCE", at_once)
    model = model_of()
    model[0].weight.data = model[0].weight.data.contiguous(memory_format=torch.channels_last)
    cut = boundary.cut(model, 8)
    digest = hashlib.sha256(json.dumps([
        "train", "digits", "float32", "torch.contiguous_format", "torch.float32", 8, None, 8,
        cut.code, cut.places, "cpu", torch.get_num_threads(), torch.__version__,
    ]).encode())
    for name in cut.cold_names:
        values = model.state_dict()[name].contiguous()
        digest.update(f"{name} {values.dtype} {tuple(values.shape)}".encode())
        digest.update(values.numpy().tobytes())
    assert key(model=model) == digest.hexdigest()[:32]
