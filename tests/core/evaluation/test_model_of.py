"""A run's model at a checkpoint; damaged and foreign files in one sentence."""

import shutil

import pytest
import torch
from torch import nn

from core.evaluation.model_of import load_run_model
from core.messages import ThawError
from core.models.load_state import fit_state
from core.runs.checkpoints import list_checkpoints
from core.runs.folder import Run


@pytest.fixture
def copy(trained_run, tmp_path) -> Run:
    """The run again, to be damaged."""
    return Run(shutil.copytree(trained_run.path, tmp_path / "copy"))


def best_file(run: Run):
    return run.path / "checkpoints" / "best.pt"


def test_the_model_has_the_weights_of_its_checkpoint_and_predicts(trained_run):
    kept = list_checkpoints(trained_run)
    assert len(kept) == 6
    for which, epoch in (("best", trained_run.state()["best"]["epoch"]), ("last", 6), (3, 3)):
        loaded = load_run_model(trained_run, which)
        assert loaded.epoch == epoch
        path = next(file.path for file in kept if file.epoch == epoch)
        saved = torch.load(path, weights_only=True)["model_state_dict"]
        found = loaded.model.state_dict()
        assert saved.keys() == found.keys()
        assert all(torch.equal(saved[name], found[name]) for name in saved)
        assert not any(module.training for module in loaded.model.modules())
    assert loaded.classes == tuple("0123456789")
    assert loaded.fingerprint


@pytest.mark.parametrize("damage", ["cut", "bit", "empty", "page"])
def test_a_damaged_file_is_refused_in_a_sentence(copy, damage):
    path = best_file(copy)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    whole = path.read_bytes()
    path.unlink()  # it is a hard link of its epoch's file
    path.write_bytes({"cut": whole[:-100], "bit": bytes(data), "empty": b"",
                      "page": b"<html>not found</html>"}[damage])
    with pytest.raises(ThawError, match="best.pt is damaged") as caught:
        load_run_model(copy, "best")
    assert "weights_only" not in str(caught.value)


def resave(run: Run, **changes):
    content = torch.load(best_file(run), weights_only=True)
    best_file(run).unlink()
    torch.save({**content, **changes}, best_file(run))


def test_a_checkpoint_of_another_number_of_classes_says_both(copy):
    resave(copy, classes=["a", "b", "c"])
    with pytest.raises(ThawError, match="fc was saved for 10 classes and this run has 3") as caught:
        load_run_model(copy)
    values = caught.value.problem.values
    assert values["all"] - values["fitting"] == 2


def test_a_checkpoint_without_class_names_is_refused(copy):
    resave(copy, classes=[])
    with pytest.raises(ThawError, match="does not name its classes"):
        load_run_model(copy)


def test_a_checkpoint_of_another_model_is_refused_and_nothing_is_loaded():
    model = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    other = nn.Sequential(nn.Linear(4, 3)).state_dict()
    with pytest.raises(ThawError, match="2 of 4 tensors fit"):
        fit_state(model, other, "toy")
    wider = nn.Sequential(nn.Linear(5, 3), nn.Linear(3, 2)).state_dict()
    with pytest.raises(ThawError, match="0.weight was saved as 3×5 and here it is 3×4"):
        fit_state(model, wider, "toy")
    with pytest.raises(ThawError, match="0 of 4 tensors fit"):
        fit_state(model, dict.fromkeys(before, 1.0), "toy")
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
