"""The model's card: its lines run, its figures are those of torchvision's own transforms."""

import re

import pytest
import torch
from torchvision import models as published

from core.models import card, catalogue

ENTRIES = [(model.name, one) for model in catalogue.CATALOGUE for one in model.weights]
DOWNLOADED = [(name, entry) for name, entry in ENTRIES if not entry.bundled]


def lines(name: str, weights: str) -> dict[str, str]:
    return {one.how: one.code for one in card.loading_lines(name, weights)}


def test_every_line_compiles_and_every_name_in_it_is_in_torchvision():
    assert len(DOWNLOADED) > 100
    for name, entry in DOWNLOADED:
        ways = lines(name, entry.name)
        for code in ways.values():
            compile(code, name, "exec")
            for imported in re.findall(r"^from torchvision.models import (.*)$", code, re.M):
                assert all(hasattr(published, one) for one in imported.split(", "))
        enum = re.search(r"weights = (\w+)\.(\w+)", ways["enum"])
        same = published.get_model_weights(name)[entry.name]
        assert getattr(published, enum[1])[enum[2]] is same


def asked_for(code: str, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The weights entries whose files the lines would load."""
    asked = []

    class Enough(Exception):
        pass

    def refuse(entry, *_, **__):
        asked.append(entry)
        raise Enough

    monkeypatch.setattr(published.WeightsEnum, "get_state_dict", refuse)
    with torch.device("meta"), pytest.raises(Enough):
        exec(code, {})
    return asked


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "weights"),
    [("resnet18", "IMAGENET1K_V1"), ("resnet50", "IMAGENET1K_V2"), ("vgg16", "IMAGENET1K_V1"),
     ("mobilenet_v3_small", "IMAGENET1K_V1"), ("squeezenet1_1", "IMAGENET1K_V1")],
)
def test_all_ways_load_exactly_these_weights(name, weights, monkeypatch):
    entry = published.get_model_weights(name)[weights]
    for code in lines(name, weights).values():
        assert asked_for(code, monkeypatch) == [entry]


def test_the_old_spelling_is_there_only_where_it_gives_these_weights():
    assert "pretrained=True" in lines("vgg16", "IMAGENET1K_V1")["old"]
    assert "old" not in lines("resnet50", "IMAGENET1K_V2")
    assert "old" not in lines("vit_h_14", "IMAGENET1K_SWAG_E2E_V1")


def test_without_weights_the_lines_build_a_random_model():
    for code in lines("squeezenet1_1", "none").values():
        found = {}
        exec(code, found)
        assert sum(p.numel() for p in found["model"].parameters()) == 1_235_496


def test_bundled_weights_load_both_ways_alike(monkeypatch):
    monkeypatch.chdir(catalogue.bundled.FOLDER.parents[2])
    states = []
    for code in lines("shufflenet_v2_x1_0", "LETTERS").values():
        found = {}
        exec(code, found)
        states.append(found["model"].state_dict())
    assert len(states) == 2
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])


def test_transforms_are_those_of_torchvision():
    for name, entry in DOWNLOADED:
        theirs = published.get_model_weights(name)[entry.name].transforms()
        rows = dict(card.transform_rows(entry))
        assert rows["resize"] == (
            f"shorter side to {theirs.resize_size[0]} px, {theirs.interpolation.value}"
        )
        assert f"{theirs.crop_size[0]} × {theirs.crop_size[0]}" in rows["crop"]
        assert rows["mean"] == ", ".join(f"{one:g}" for one in theirs.mean)
        assert rows["std"] == ", ".join(f"{one:g}" for one in theirs.std)


def test_as_many_category_names_as_categories():
    for name, entry in ENTRIES:
        assert len(card.category_names(name, entry.name)) == entry.categories
    assert card.category_names("resnet18", "IMAGENET1K_V1")[0] == "tench"
    assert card.category_names("resnet18", "none") == ()
