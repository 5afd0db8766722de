"""The bundled weights: whole, fitting, able to read, and worth transferring."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.models import get_model

from core.messages import ThawError
from core.models import bundled
from core.models.letters import measure
from core.models.letters.pretrain import MEAN, STD, to_input
from core.models.letters.render import CATEGORIES

# 820 letters of fonts that were not trained on: uint8 [820, 8, 8] and their classes.
HELD_OUT = Path(__file__).with_name("fixtures") / "held_out_letters.pt"


def test_there_are_bundled_weights():
    assert bundled.BUNDLED


@pytest.fixture(params=bundled.BUNDLED, ids=lambda weights: weights.model)
def weights(request):
    return request.param


def test_file_is_small_and_has_a_card(weights):
    assert (bundled.FOLDER / weights.file).stat().st_size <= 6_000_000
    assert "## Licence" in weights.card.read_text(encoding="utf-8")


def test_state_dict_fits_the_builder_exactly(weights):
    state = bundled.load_bundled(weights)
    model = get_model(weights.model, weights=None, num_classes=len(weights.categories))
    model.load_state_dict(state, strict=True)
    floats = [value for value in state.values() if value.is_floating_point()]
    assert {value.dtype for value in floats} == {torch.float32}
    assert all(bool(value.isfinite().all()) for value in floats)
    assert sum(parameter.numel() for parameter in model.parameters()) == weights.params


def test_table_is_what_it_was_trained_with(weights):
    assert weights.categories == CATEGORIES
    assert (weights.mean, weights.std) == (MEAN, STD)


def test_other_bytes_are_refused(weights, tmp_path, monkeypatch):
    data = bytearray((bundled.FOLDER / weights.file).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / weights.file).write_bytes(data)
    monkeypatch.setattr(bundled, "FOLDER", tmp_path)
    with pytest.raises(ThawError) as caught:
        bundled.load_bundled(weights)
    assert caught.value.problem.id == "models.bundled_damaged"


def test_missing_file_is_said(weights, tmp_path, monkeypatch):
    monkeypatch.setattr(bundled, "FOLDER", tmp_path)
    with pytest.raises(ThawError) as caught:
        bundled.load_bundled(weights)
    assert caught.value.problem.id == "models.bundled_missing"


def test_found_by_model_and_name(weights):
    assert bundled.find_bundled(weights.model, weights.name) is weights
    assert bundled.bundled_for("resnet18") == ()
    with pytest.raises(LookupError, match="LETTERS2"):
        bundled.find_bundled(weights.model, "LETTERS2")


def test_reads_letters_of_fonts_it_has_not_seen(weights):
    held_out = torch.load(HELD_OUT, weights_only=True)
    model = get_model(weights.model, weights=None, num_classes=len(weights.categories))
    model.load_state_dict(bundled.load_bundled(weights))
    model.eval()
    with torch.no_grad():
        logits = model(to_input(held_out["letters"], weights.input_size))
    assert (logits.argmax(1) == held_out["targets"]).float().mean() > 0.8


@pytest.fixture
def one_thread():
    # Beside busy neighbours two threads wait for each other: a minute in place of seconds.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_linear_probe_beats_raw_pixels(weights, one_thread):
    images, targets = measure.handwritten()
    few, rest = measure.draw_few(targets.numpy(), 10, seed=0)
    raw = measure.raw_pixels(images.numpy(), targets.numpy(), few, rest)
    found = measure.transfer(
        weights.model, bundled.load_bundled(weights), images, targets, few, rest, "probe",
        size=weights.input_size, seed=0, procedure=replace(measure.PROCEDURES["probe"], epochs=20),
    )
    assert found > raw["logistic regression"]


def test_draw_is_stratified_and_disjoint():
    targets = np.arange(100) % 10
    few, rest = measure.draw_few(targets, 3, seed=1)
    assert np.bincount(targets[few]).tolist() == [3] * 10
    assert sorted([*few, *rest]) == list(range(100))
