"""Real models looked into: every family's layers, the bundled weights, files, refusals."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.models import get_model_weights

from core.explain import opened, preparing, samples
from core.explain.answer import answer_of, names_of
from core.explain.feature_maps import feature_maps
from core.explain.hooks import run_forward
from core.explain.layout import keeps_channels_last
from core.messages import ThawError
from core.models import bundled, catalogue, freezing
from core.models.build import build_model
from core.models.catalogue import find_any_model
from core.models.summary import summarize
from tests.core.models.test_build import own_places, put_weights, restored  # noqa: F401

LETTERS = Path(__file__).parents[1] / "models/fixtures/held_out_letters.pt"
# The smallest of each family, at an input that is small but lets every layer give a map.
SIZES = {"vit": 224, "maxvit": 224, "inception": 96, "swin": 64}
_SAME_AGAIN = tuple(f"blocks.{block}.layers." for block in (1, 2, 3))
SMALLEST = {
    family: min((one for one in catalogue.CATALOGUE if one.family == family),
                key=lambda one: one.params)
    for family in dict.fromkeys(one.family for one in catalogue.CATALOGUE)
}


# --- every family -------------------------------------------------------------------------


def test_there_is_one_of_each_family():
    assert len(SMALLEST) == 17


@pytest.mark.parametrize("family", SMALLEST)
def test_every_layer_gives_a_picture(family):
    entry, size = SMALLEST[family], SIZES.get(family, 64)
    weights = entry.weights[-1].name
    model = build_model(entry.name, weights, num_classes=None, from_scratch=True).model
    kinds: dict[str, str] = {}
    pictures = []

    def see(name: str, call: int, output: torch.Tensor) -> None:
        found = feature_maps(output, channels_last=keeps_channels_last(model, name))
        kinds[name] = found.kind
        pictures.append(found.tiles(found.order("strongest")[:2], "each"))
        assert found.statistics.finite
        assert len(found.channels.dead) == len(found.maps)

    picture = torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(0))
    rows = summarize(entry.name, weights, input_size=(3, size, size)).rows
    # MaxViT has 680 modules; its other blocks are built as the first one.
    names = [row.name for row in rows if not row.name.startswith(_SAME_AGAIN)]
    run_forward(model, (picture,), names, see)
    assert set(kinds) == {row.name for row in rows if row.calls and row.name in names}
    assert all(one.dtype == np.uint8 and one.size for one in pictures)
    # Nothing but MaxViT's windows is seen as neither map, nor tokens, nor numbers.
    odd = {name for name, kind in kinds.items() if kind == "slices"}
    assert all("attention" in name or "attn" in name for name in odd)
    assert not odd or family == "maxvit"
    assert ("tokens" in kinds.values()) == (family == "vit")
    assert kinds[""] == "vector"


def test_channels_of_swin_are_its_features():
    model = build_model("swin_t", "none", num_classes=None).model
    maps = opened.OpenedModel(model.eval()).maps(torch.rand(1, 3, 64, 64), "features.1")
    assert maps.shape == (16, 16, 96) and maps.maps.shape == (96, 16, 16)


# --- stages -------------------------------------------------------------------------------


def test_the_flow_is_every_stage_in_its_order():
    found = opened.open_model("resnet18", "none")
    stages = freezing.stages(freezing.rows_of(found.model))
    picture = torch.rand(1, 3, 64, 64)
    output, flow = found.flow(picture, stages)
    assert tuple(stage.name for stage in flow) == stages
    with torch.no_grad():
        x = found.model.conv1(picture)
        assert flow[0].statistics.mean == pytest.approx(float(x.mean()), rel=1e-5)
        x = found.model.maxpool(found.model.relu(found.model.bn1(x)))
        x = found.model.layer2(found.model.layer1(x))
    layer2 = flow[stages.index("layer2")]
    assert layer2.shape == tuple(x.shape[1:]) == (128, 8, 8)
    assert layer2.statistics.zeros == pytest.approx(float((x == 0).float().mean()))
    strength = x[0].abs().mean(0).numpy()
    expected = 255 * (strength - strength.min()) / np.ptp(strength)
    np.testing.assert_allclose(layer2.picture, expected, atol=0.51)
    assert flow[-1].kind == "vector" and flow[-1].picture.shape == (1, 64)
    assert torch.equal(found.model(picture), output)


def test_a_head_that_does_not_run_is_left_out():
    found = opened.open_model("googlenet", "none")
    stages = freezing.stages(freezing.rows_of(found.model))
    assert {"aux1", "aux2"} <= set(stages)
    _, flow = found.flow(torch.rand(1, 3, 64, 64), stages)
    assert {stage.name for stage in flow} == set(stages) - {"aux1", "aux2"}


# --- answers ------------------------------------------------------------------------------


def test_the_bundled_weights_read_letters_of_fonts_they_have_not_seen():
    weights = bundled.BUNDLED[0]
    entry = find_any_model(weights.model)
    found = opened.open_model(weights.model, weights.name)
    names = names_of(entry, weights.name)
    how = preparing.preparation(entry, weights.name, weights.input_size)
    held_out = torch.load(LETTERS, weights_only=True)
    right = top = 0
    for letter, target in zip(held_out["letters"][::8], held_out["targets"][::8], strict=True):
        picture = Image.fromarray(letter.numpy()).convert("RGB")
        batch = preparing.as_input(preparing.prepare(picture, how), how)
        answer = answer_of(found.model(batch), names)
        assert len(answer.categories) == 5
        assert list(answer.shares) == sorted(answer.shares, reverse=True)
        right += answer.categories[0] == names[target]
        top += names[target] in answer.categories
    assert right / 103 > 0.8 and top / 103 > 0.95  # by chance 0.02 and 0.12


def test_drawn_letters_are_read():
    weights = bundled.BUNDLED[0]
    entry = find_any_model(weights.model)
    found = opened.open_model(weights.model, weights.name)
    how = preparing.preparation(entry, weights.name, weights.input_size)
    read = ""
    for letter in "aegkmrwzBEHT":
        pixels = preparing.prepare(samples.read_sample("character", letter), how)
        answer = answer_of(found.model(preparing.as_input(pixels, how)),
                           names_of(entry, weights.name))
        read += answer.categories[0]
    assert read == "aegkmrwzBEHT"


def test_weights_of_a_file_name_their_own_categories(tmp_path, monkeypatch, restored):  # noqa: F811
    saved, _, _ = put_weights(tmp_path / "torch/hub/checkpoints", monkeypatch)
    entry = find_any_model("shufflenet_v2_x0_5")
    found = opened.open_model(entry.name, "IMAGENET1K_V1")
    assert torch.equal(found.model.fc.weight, saved.fc.weight)
    assert not found.model.training and not found.model.fc.weight.requires_grad
    how = preparing.preparation(entry, "IMAGENET1K_V1", 224)
    batch = preparing.as_input(preparing.prepare(samples.read_sample("flower"), how), how)
    answer = answer_of(found.model(batch), names_of(entry, "IMAGENET1K_V1"))
    with torch.no_grad():
        best = saved.eval()(batch).softmax(1)[0].topk(5)
    published = get_model_weights(entry.name).IMAGENET1K_V1.meta["categories"]
    assert answer.categories == tuple(published[index] for index in best.indices)
    assert answer.shares == pytest.approx(best.values.tolist(), rel=1e-5)


def test_a_segmentation_answers_by_pixels():
    entry = find_any_model("lraspp_mobilenet_v3_large")
    names = names_of(entry, "COCO_WITH_VOC_LABELS_V1")
    assert len(names) == 21
    logits = torch.zeros(1, 21, 2, 2)
    logits[0, 8, 0] = logits[0, 0, 1, 0] = logits[0, 15, 1, 1] = 1
    answer = answer_of({"out": logits, "aux": logits * 0}, names)
    assert answer.of == "pixels" and answer.categories[0] == names[8] == "cat"
    assert answer.shares == (0.5, 0.25, 0.25)
    found = opened.open_model(entry.name, "COCO_WITH_VOC_LABELS_V1", random=True)
    output, flow = found.flow(torch.rand(1, 3, 64, 64), ["backbone.0", "classifier"])
    assert answer_of(output, names).of == "pixels" and len(flow) == 2


def test_weights_without_a_trained_head_name_nothing():
    assert names_of(find_any_model("vgg16"), "IMAGENET1K_FEATURES") == ()
    assert names_of(find_any_model("resnet18"), "none") == ()
    assert names_of(find_any_model("fcn_resnet50"), "none") == ()


def test_numbers_that_are_not_finite_get_a_sentence():
    with pytest.raises(ThawError, match="not finite"):
        answer_of(torch.tensor([[1.0, float("nan")]]), ("a", "b"))


# --- what is refused ----------------------------------------------------------------------


def test_nothing_is_downloaded(monkeypatch):
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: pytest.fail("downloads"))
    with pytest.raises(ThawError, match="not on this computer"):
        opened.open_model("resnet18", "IMAGENET1K_V1")
    found = opened.open_model("vit_b_32", "IMAGENET1K_V1", random=True)
    again = opened.open_model("vit_b_32", "IMAGENET1K_V1", random=True)
    assert torch.equal(found.model.conv_proj.weight, again.model.conv_proj.weight)


def test_int8_weights_name_their_twin():
    problem = opened.why_no_weights(find_any_model("quantized_resnet18"), "IMAGENET1K_FBGEMM_V1")
    assert problem.id == "explain.int8" and problem.values["twin"] == "resnet18"
    assert opened.open_model("quantized_resnet18", "IMAGENET1K_FBGEMM_V1", random=True)


def test_what_does_not_fit_is_a_sentence(monkeypatch):
    monkeypatch.setattr("core.portable.available_memory", lambda: 40_000_000)
    with pytest.raises(ThawError, match="needs about 0.1 GB of memory and 0.0 GB are free"):
        opened.open_model("resnet18", "none")
    opened.refuse_if_too_big("resnet18", "none", 64)
    with pytest.raises(ThawError, match="smaller input"):
        opened.refuse_if_too_big("resnet18", "none", 2048)


def test_only_models_of_one_picture():
    tasks = {entry.task: opened.takes_one_picture(entry)
             for entry in catalogue.CATALOGUE + catalogue.OTHERS}
    assert tasks == {"classification": True, "segmentation": True, "quantization": True,
                     "detection": False, "video": False, "optical_flow": False}


def test_a_layer_that_does_not_run_so_often_is_a_sentence():
    found = opened.open_model("resnet18", "none")
    picture = torch.rand(1, 3, 32, 32)
    assert found.maps(picture, "layer1.0.relu", call=1).shape == (64, 8, 8)
    with pytest.raises(ThawError, match="run 3"):
        found.maps(picture, "layer1.0.relu", call=2)


class Slow(torch.nn.Module):
    """Takes its time between two layers, so that two passes at once would mix."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = torch.nn.Identity(), torch.nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.first(x)
        time.sleep(0.01)
        return self.second(x)


def test_two_people_never_see_each_others_pictures():
    found = opened.OpenedModel(Slow().eval())
    pictures = [torch.full((1, 1, 2, 2), float(number)) for number in range(12)]
    with ThreadPoolExecutor(4) as threads:
        maps = list(threads.map(lambda one: found.maps(one, "second"), pictures))
    assert [one.statistics.mean for one in maps] == list(range(12))


# --- pictures -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "weights"),
    [("resnet18", "IMAGENET1K_V1"), ("efficientnet_b0", "IMAGENET1K_V1"),
     ("vit_b_16", "IMAGENET1K_SWAG_E2E_V1")],
)
def test_a_picture_is_prepared_as_torchvision_does(name, weights):
    entry, published = find_any_model(name), get_model_weights(name)[weights]
    picture = samples.read_sample("china")
    how = preparing.preparation(entry, weights, entry.find_weights(weights).crop_size)
    ours = preparing.as_input(preparing.prepare(picture, how), how)[0]
    torch.testing.assert_close(ours, published.transforms()(picture), rtol=0, atol=1e-6)


def test_another_size_keeps_the_shares():
    entry = find_any_model("resnet18")
    how = preparing.preparation(entry, "IMAGENET1K_V1", 112)
    assert (how.resize, how.crop) == (128, 112)
    assert preparing.preparation(entry, "none", 112) == how


def test_every_sample_is_a_picture():
    assert len(samples.SAMPLES) == 6
    for sample in samples.SAMPLES:
        picture = samples.read_sample(sample.name, "7")
        assert picture.mode == "RGB" and min(picture.size) >= 8
    digit, letter = (samples.read_sample("character", one) for one in "7g")
    assert digit.size == letter.size == (8, 8) and digit.tobytes() != letter.tobytes()


@pytest.mark.parametrize("wrong", ["", "ab", "ä", "²", "?", " "])
def test_what_is_no_character_gets_a_sentence(wrong):
    with pytest.raises(ThawError, match="not one letter"):
        samples.read_sample("character", wrong)
    with pytest.raises(ThawError, match="china, flower"):
        samples.read_sample("nothing")
