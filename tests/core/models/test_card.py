"""The model's card: its lines run, its figures are those of torchvision's own transforms."""

import importlib
import re

import pytest
import torch
from torchvision import models as published

from core.models import card, catalogue
from core.models.data_dependent import Found
from core.models.summary import summarize

ALL = catalogue.CATALOGUE + catalogue.OTHERS
ENTRIES = [(model.name, one) for model in ALL for one in model.weights]
DOWNLOADED = [(name, entry) for name, entry in ENTRIES if not entry.bundled]


def lines(name: str, weights: str) -> dict[str, str]:
    return {one.how: one.code for one in card.loading_lines(name, weights)}


def test_every_line_compiles_and_every_name_in_it_is_in_torchvision():
    assert len(DOWNLOADED) > 160
    for name, entry in DOWNLOADED:
        ways = lines(name, entry.name)
        for code in ways.values():
            compile(code, name, "exec")
            for package, imported in re.findall(r"^from (torch\S+) import (.*)$", code, re.M):
                found = importlib.import_module(package)
                assert all(hasattr(found, one) for one in imported.split(", "))
        package = importlib.import_module(re.match(r"from (\S+)", ways["enum"])[1])
        enum = re.search(r"weights = (\w+)\.(\w+)", ways["enum"])
        same = published.get_model_weights(name)[entry.name]
        assert getattr(package, enum[1])[enum[2]] is same


def asked_for(code: str, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The weights entries whose files the lines would load."""
    asked = []

    class Enough(Exception):
        pass

    def refuse(entry, *_, **__):
        asked.append(entry)
        raise Enough

    monkeypatch.setattr(published.WeightsEnum, "get_state_dict", refuse)
    # Conversion to eight bits computes: that model is built for real.
    device = "cpu" if "quantize=" in code else "meta"
    with torch.device(device), pytest.raises(Enough):
        exec(code, {})
    return asked


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "weights"),
    [("resnet18", "IMAGENET1K_V1"), ("resnet50", "IMAGENET1K_V2"), ("vgg16", "IMAGENET1K_V1"),
     ("mobilenet_v3_small", "IMAGENET1K_V1"), ("squeezenet1_1", "IMAGENET1K_V1"),
     ("quantized_shufflenet_v2_x0_5", "IMAGENET1K_FBGEMM_V1"),
     ("keypointrcnn_resnet50_fpn", "COCO_V1"), ("keypointrcnn_resnet50_fpn", "COCO_LEGACY"),
     ("lraspp_mobilenet_v3_large", "COCO_WITH_VOC_LABELS_V1"), ("r3d_18", "KINETICS400_V1"),
     ("swin3d_b", "KINETICS400_IMAGENET22K_V1"), ("raft_large", "C_T_SKHT_V2"),
     ("raft_small", "C_T_V2"), ("raft_large", "C_T_V2")],
)
def test_all_ways_load_exactly_these_weights(name, weights, monkeypatch):
    entry = published.get_model_weights(name)[weights]
    for code in lines(name, weights).values():
        assert asked_for(code, monkeypatch) == [entry]


def test_the_old_spelling_is_there_only_where_it_gives_these_weights():
    assert "pretrained=True" in lines("vgg16", "IMAGENET1K_V1")["old"]
    assert "old" not in lines("resnet50", "IMAGENET1K_V2")
    assert "old" not in lines("vit_h_14", "IMAGENET1K_SWAG_E2E_V1")
    assert "old" not in lines("raft_large", "C_T_V2")
    assert "old" in lines("raft_small", "C_T_V2")


@pytest.mark.filterwarnings("ignore")
def test_without_weights_the_lines_build_a_random_model(monkeypatch):
    for code in lines("squeezenet1_1", "none").values():
        found = {}
        exec(code, found)
        assert sum(p.numel() for p in found["model"].parameters()) == 1_235_496
    refused = []  # a detector would bring a trained backbone where nothing is said of it
    monkeypatch.setattr(published.WeightsEnum, "get_state_dict",
                        lambda entry, *_, **__: refused.append(entry))
    for code in lines("ssdlite320_mobilenet_v3_large", "none").values():
        exec(code, {})
    assert refused == []


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
        rows = dict(card.transform_rows(catalogue.find_any_model(name), entry))
        if hasattr(theirs, "resize_size"):
            sides = theirs.resize_size
            size = f"to {sides[0]} × {sides[1]} px" if len(sides) == 2 else f"to {sides[0]} px"
            assert rows["resize"].endswith(f"{size}, {theirs.interpolation.value}")
        if hasattr(theirs, "crop_size"):
            assert f"{theirs.crop_size[0]} × {theirs.crop_size[0]}" in rows["crop"]
        if hasattr(theirs, "mean"):
            assert rows["mean"] == ", ".join(f"{one:g}" for one in theirs.mean)
            assert rows["std"] == ", ".join(f"{one:g}" for one in theirs.std)


def test_two_pictures_for_optical_flow_are_normalised_as_the_card_says():
    entry = catalogue.find_any_model("raft_small").weights[0]
    rows = dict(card.transform_rows(catalogue.find_any_model("raft_small"), entry))
    theirs = published.get_model_weights("raft_small")[entry.name].transforms()
    picture = torch.full((1, 3, 8, 8), 255, dtype=torch.uint8)
    mean, std = float(rows["mean"].split(",")[0]), float(rows["std"].split(",")[0])
    assert torch.equal(theirs(picture, picture)[0], torch.full((1, 3, 8, 8), (1 - mean) / std))


def test_as_many_category_names_as_categories():
    for name, entry in ENTRIES:
        assert len(card.category_names(name, entry.name)) == entry.categories
    assert card.category_names("resnet18", "IMAGENET1K_V1")[0] == "tench"
    assert card.category_names("lraspp_mobilenet_v3_large", "COCO_WITH_VOC_LABELS_V1")[0] == (
        "__background__"
    )
    assert card.category_names("raft_small", "C_T_V2") == ()
    assert card.category_names("resnet18", "none") == ()


@pytest.mark.parametrize(("name", "weights"), card.COUNTED_WITH)
def test_documented_macs_of_detectors_come_from_what_was_found(name, weights):
    stated = catalogue.find_any_model(name).find_weights(weights).gmacs
    counted = summarize(name, weights, found=Found(*card.COUNTED_WITH[name, weights]))
    assert counted.totals.macs / 1e9 == pytest.approx(stated, abs=6e-4)
    assert summarize(name, weights).totals.macs / 1e9 != pytest.approx(stated, rel=1e-3)
