"""Checkpoints are whole or not there, and damaged ones are refused in a sentence."""

import os
import random
import resource
import signal
import subprocess
import sys
import time

import pytest
import torch

from core.messages import ThawError
from core.training import checkpoint


def content(epoch: int, *, fill: float | None = None, size: int = 1000) -> dict:
    return {
        "epoch": epoch,
        "step": epoch * 10,
        "loss": 0.5,
        "val_loss": 1 / epoch,
        "val_accuracy": 0.9,
        "model_state_dict": {"weight": torch.full((size,), float(fill or epoch))},
        "optimizer_state_dict": {},
    }


def test_the_names_are_the_lectures(tmp_path):
    path = checkpoint.save_epoch(tmp_path, content(3), is_best=True)
    assert path.name == "checkpoint_model_003_0.3333_0.9000.pt"
    assert {"epoch", "model_state_dict", "optimizer_state_dict", "loss"} <= set(
        torch.load(path, weights_only=True)
    )


def test_best_and_last_point_at_their_epochs(tmp_path):
    for epoch in (1, 2, 3):
        checkpoint.save_epoch(tmp_path, content(epoch), is_best=epoch == 2)
    assert checkpoint.load_checkpoint(tmp_path / "best.pt")["epoch"] == 2
    assert checkpoint.load_checkpoint(tmp_path / "last.pt")["epoch"] == 3
    assert checkpoint.load_latest(tmp_path)["epoch"] == 3


def test_within_an_epoch_only_last_changes(tmp_path):
    checkpoint.save_epoch(tmp_path, content(1), is_best=True)
    checkpoint.save_within_epoch(tmp_path, content(2))
    assert checkpoint.load_latest(tmp_path)["epoch"] == 2
    assert checkpoint.load_checkpoint(tmp_path / "best.pt")["epoch"] == 1
    assert len(list(tmp_path.glob("checkpoint_model_*.pt"))) == 1


def test_without_any_there_is_none(tmp_path):
    assert checkpoint.load_latest(tmp_path) is None


def test_a_damaged_newest_falls_back_to_the_one_before(tmp_path):
    for epoch in (1, 2):
        path = checkpoint.save_epoch(tmp_path, content(epoch), is_best=False)
    damage(path)  # last.pt is the same file
    assert checkpoint.load_latest(tmp_path)["epoch"] == 1


def test_all_damaged_is_said(tmp_path):
    damage(checkpoint.save_epoch(tmp_path, content(1), is_best=False))
    with pytest.raises(ThawError, match="No checkpoint"):
        checkpoint.load_latest(tmp_path)


def damage(path) -> None:
    data = bytearray(path.read_bytes())
    data[data.index(b"archive/data/0") + 200] ^= 1 if b"archive/data/0" in data else 0
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def test_one_flipped_bit_is_never_loaded_as_other_weights(tmp_path):
    path = checkpoint.save_epoch(tmp_path, content(1), is_best=False)
    whole = path.read_bytes()
    generator = random.Random(0)
    for _ in range(100):
        data = bytearray(whole)
        data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
        path.write_bytes(bytes(data))
        try:
            loaded = checkpoint.load_checkpoint(path)
        except ThawError:
            continue
        assert torch.equal(loaded["model_state_dict"]["weight"], torch.ones(1000))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_cut_file_is_refused(tmp_path, share):
    path = checkpoint.save_epoch(tmp_path, content(1), is_best=False)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ThawError, match="damaged"):
        checkpoint.load_checkpoint(path)


def test_a_checkpoint_with_code_in_it_is_refused_and_not_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "was_run"),)

    path = tmp_path / "evil.pt"
    torch.save({"model_state_dict": Evil()}, path)
    with pytest.raises(ThawError) as caught:
        checkpoint.load_checkpoint(path)
    assert not (tmp_path / "was_run").exists()
    assert "weights_only" not in str(caught.value)


def test_a_full_disk_is_said_and_the_old_one_stays(tmp_path):
    checkpoint.save_epoch(tmp_path, content(1), is_best=True)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(ThawError, match="could not be written"):
            checkpoint.save_epoch(tmp_path, content(2, size=1_000_000), is_best=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert checkpoint.load_latest(tmp_path)["epoch"] == 1
    assert not list(tmp_path.glob("*.part"))


def test_old_epochs_go_when_there_are_too_many_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "KEEP_BYTES", 25_000)
    for epoch in range(1, 9):
        checkpoint.save_epoch(tmp_path, content(epoch), is_best=epoch == 2)
        time.sleep(0.01)
    kept = sorted(int(p.name.split("_")[2]) for p in tmp_path.glob("checkpoint_model_*.pt"))
    assert 2 in kept and 8 in kept and 7 in kept
    assert 1 not in kept and 3 not in kept


def test_a_run_of_an_experiment_keeps_the_best_and_the_newest_two(tmp_path):
    for epoch in range(1, 6):
        checkpoint.save_epoch(tmp_path, content(epoch), is_best=epoch == 2, keep_bytes=0)
        time.sleep(0.01)
    kept = sorted(int(p.name.split("_")[2]) for p in tmp_path.glob("checkpoint_model_*.pt"))
    assert kept == [2, 4, 5]


KILLED = """
import sys, torch, pathlib
from core.training import checkpoint
folder = pathlib.Path(sys.argv[1])
for epoch in range(1, 10_000):
    checkpoint.save_epoch(folder, {"epoch": epoch, "step": epoch, "val_loss": 1.0,
        "val_accuracy": 0.5, "model_state_dict": {"weight": torch.full((200_000,), float(epoch))}},
        is_best=epoch % 2 == 0)
    print(epoch, flush=True)
"""


@pytest.mark.parametrize("kills", [3, pytest.param(200, marks=pytest.mark.long)])
def test_sigkill_while_saving_loses_nothing_that_was_saved(tmp_path, kills):
    generator = random.Random(kills)
    for kill in range(kills):
        folder = tmp_path / str(kill)
        folder.mkdir()
        child = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE, text=True
        )
        child.stdout.readline()  # the first is saved
        time.sleep(generator.uniform(0, 0.1))
        child.kill()
        said = [1, *(int(line) for line in child.communicate()[0].split() if line.isdigit())]
        loaded = checkpoint.load_latest(folder)
        assert loaded["epoch"] >= said[-1]
        weight = loaded["model_state_dict"]["weight"]
        assert torch.equal(weight, torch.full((200_000,), float(loaded["epoch"])))
