"""The model that a run began with: the pretrained one with the head of the seed, to the bit."""

import shutil
from pathlib import Path

import pytest
import torch

from core import network
from core.evaluation.start_of_run import EPOCH, build_start, load_start
from core.messages import ThawError
from core.models import weights_file
from core.models.build import build_model
from core.recipe import parse
from core.runs.folder import Run
from tests.core.conftest import SMALL


def test_a_fresh_run_begins_with_the_random_model_of_its_seed(trained_run: Run) -> None:
    start = load_start(trained_run)
    expected = build_model("shufflenet_v2_x0_5", "none", num_classes=10, seed=0).model
    assert start.epoch == EPOCH
    assert start.classes == tuple("0123456789") and start.fingerprint
    assert not any(module.training for module in start.model.modules())
    found = start.model.state_dict()
    assert all(torch.equal(value, found[name]) for name, value in expected.state_dict().items())


def test_a_pretrained_run_begins_with_its_weights_and_the_head_of_its_seed() -> None:
    recipe = parse({
        **SMALL, "model": {"name": "shufflenet_v2_x1_0", "weights": "LETTERS"},
        "freeze": {"preset": "last_stage"}, "train": {"seed": 5},
    })
    found = build_start(recipe, 10).state_dict()
    shipped = build_model("shufflenet_v2_x1_0", "LETTERS", num_classes=None).model.state_dict()
    assert len(shipped["fc.bias"]) != 10  # letters
    moved = {name for name in shipped if not torch.equal(shipped[name], found[name])}
    assert moved == {"fc.weight", "fc.bias"}
    other = build_start(recipe.model_copy(update={"train": parse(SMALL).train}), 10).state_dict()
    assert not torch.equal(other["fc.weight"], found["fc.weight"])


def test_weights_that_are_gone_are_named_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(*_: object) -> None:
        raise network.Unreachable("no network")

    monkeypatch.setattr(weights_file, "find_file", lambda entry: None)
    monkeypatch.setattr(network, "received", cut_off)
    recipe = parse({**SMALL, "model": {"name": "resnet18", "weights": "IMAGENET1K_V1"},
                    "freeze": {"preset": "linear_probe"}})
    with pytest.raises(ThawError, match="IMAGENET1K_V1 of resnet18 are not on this") as caught:
        build_start(recipe, 10)
    assert caught.value.problem.id == "runs.start_gone"


def test_a_run_without_a_checkpoint_has_a_sentence(trained_run: Run, tmp_path: Path) -> None:
    copy = Run(Path(shutil.copytree(trained_run.path, tmp_path / "copy")))
    shutil.rmtree(copy.path / "checkpoints")
    with pytest.raises(ThawError, match="has no best checkpoint"):
        load_start(copy)
