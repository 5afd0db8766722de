"""Checkpoints beside the training: what was true when it was asked for is what is written."""

import threading

import pytest
import torch

from core.messages import ThawError
from core.recipe import CheckpointSpec
from core.runs.status import status
from core.training import checkpoint
from core.training.checkpoint_writer import CheckpointWriter
from tests.core.training.in_process import new_run, worked


def content(epoch: int) -> dict:
    return {
        "epoch": epoch, "step": epoch * 10, "val_loss": 1.0, "val_accuracy": 0.5,
        "model_state_dict": {"weight": torch.full((1000,), float(epoch))},
    }


@pytest.fixture
def gate(monkeypatch):
    """Writing waits until this is set."""
    opened, real = threading.Event(), torch.save

    def save(*arguments):
        assert opened.wait(30)
        real(*arguments)

    monkeypatch.setattr(torch, "save", save)
    yield opened
    opened.set()


def test_the_training_goes_on_while_a_checkpoint_is_written(tmp_path, gate):
    writer, given = CheckpointWriter(tmp_path, CheckpointSpec()), content(1)
    writer.save_epoch(given, is_best=True)
    assert writer.is_busy and not (tmp_path / "latest.json").exists()
    given["model_state_dict"]["weight"].zero_()  # the next step
    gate.set()
    writer.wait()
    assert not writer.is_busy
    assert checkpoint.load_latest(tmp_path)["model_state_dict"]["weight"].eq(1).all()


def test_the_next_waits_for_the_one_before(tmp_path, gate):
    writer = CheckpointWriter(tmp_path, CheckpointSpec())
    writer.save_epoch(content(1), is_best=True)
    threading.Timer(0.2, gate.set).start()
    writer.save_within_epoch(content(2))
    assert (tmp_path / "best.pt").exists()
    writer.wait()
    assert checkpoint.load_checkpoint(tmp_path / "best.pt")["epoch"] == 1
    assert checkpoint.load_latest(tmp_path)["epoch"] == 2


@pytest.mark.parametrize("look", ["check", "wait", "save"])
def test_an_error_is_raised_at_the_next_look(tmp_path, monkeypatch, look):
    def full(*_):
        raise OSError(28, "No space left on device")

    writer = CheckpointWriter(tmp_path, CheckpointSpec())
    monkeypatch.setattr(torch, "save", full)
    writer.save_epoch(content(1), is_best=True)
    while writer.is_busy:
        pass
    with pytest.raises(ThawError, match="could not be written"):
        writer.save_within_epoch(content(2)) if look == "save" else getattr(writer, look)()
    writer.wait()  # it was told


@pytest.mark.parametrize("from_epoch", [1, 2, 3])
def test_a_disk_that_is_full_ends_the_run_in_a_sentence(monkeypatch, from_epoch):
    """The last epoch's too, though by then the loop is over."""
    real = checkpoint.save_epoch

    def save(folder, content, **options):
        if content["epoch"] >= from_epoch:
            raise ThawError("training.checkpoint_unwritable", file="x", why="full")
        real(folder, content, **options)

    run = new_run()
    monkeypatch.setattr(checkpoint, "save_epoch", save)
    assert worked(run) == "failed"
    assert status(run).status == "failed"
    assert run.state()["error"]["id"] == "training.checkpoint_unwritable"
    kept = checkpoint.load_latest(run.path / "checkpoints")
    assert (kept["epoch"] if kept else 0) == from_epoch - 1
    monkeypatch.undo()


def test_a_run_has_ended_only_when_its_last_checkpoint_is_on_the_disk():
    run = new_run()
    assert worked(run) == "finished"
    assert checkpoint.load_latest(run.path / "checkpoints")["epoch"] == 3
