"""Checkpoints are whole or not there, and damaged ones are refused in a sentence."""

import errno
import hashlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

import pytest
import torch

from core import portable
from core.messages import ThawError
from core.recipe import CheckpointSpec
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
        "scaler_state_dict": {},
        "progress": {},
        "recipe": {},
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


def test_the_one_before_is_the_one_before_by_its_number(tmp_path):
    for epoch in (999, 1000, 1001):
        path = checkpoint.save_epoch(tmp_path, content(epoch), is_best=False)
    damage(path)
    assert checkpoint.load_latest(tmp_path)["epoch"] == 1000


@pytest.mark.parametrize("pointer", ["", "[]", "{}", '{"file": 3, "sha256": null}'])
def test_a_damaged_pointer_is_no_hindrance(tmp_path, pointer):
    checkpoint.save_epoch(tmp_path, content(1), is_best=False)
    (tmp_path / "latest.json").write_text(pointer)
    assert checkpoint.load_latest(tmp_path)["epoch"] == 1


def test_one_that_a_run_can_not_go_on_from_falls_back_too(tmp_path, caplog):
    checkpoint.save_epoch(tmp_path, content(1), is_best=False)
    (tmp_path / "last.pt").unlink()
    # As the lecture saves it.
    lectures = ("epoch", "model_state_dict", "optimizer_state_dict", "loss")
    torch.save({key: content(2)[key] for key in lectures}, tmp_path / "last.pt")
    assert checkpoint.load_latest(tmp_path)["epoch"] == 1
    assert "last.pt" in caplog.text
    next(tmp_path.glob("checkpoint_model_*.pt")).unlink()
    with pytest.raises(ThawError, match="No checkpoint"):
        checkpoint.load_latest(tmp_path)


def test_where_there_are_no_links_a_copy_is_on_the_disk_before_it_has_its_name(
    tmp_path, monkeypatch
):
    synced, sync = set(), os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (synced.add(os.fstat(file).st_ino), sync(file)))
    monkeypatch.setattr(os, "link", raises(errno.EPERM))
    checkpoint.save_epoch(tmp_path, content(1), is_best=True)
    assert {(tmp_path / name).stat().st_ino for name in ("best.pt", "last.pt")} <= synced
    monkeypatch.setattr(shutil, "copyfileobj", raises(errno.ENOSPC))
    with pytest.raises(OSError, match="No space"):
        checkpoint.save_epoch(tmp_path, content(2), is_best=True)
    assert not list(tmp_path.glob("*.part"))
    assert checkpoint.load_latest(tmp_path)["epoch"] == 1


def raises(number: int):
    def fail(*_, **__):
        raise OSError(number, os.strerror(number))

    return fail


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


def epochs_in(folder) -> list[int]:
    return sorted(int(p.name.split("_")[2]) for p in folder.glob("checkpoint_model_*.pt"))


@pytest.mark.parametrize(
    ("spec", "epochs"),
    [
        ({"budget_gb": 25_000e-9}, [2, 6, 7, 8]),  # of some 6 kB each
        ({"budget_gb": 0}, [2, 7, 8]),
        ({"every": 3}, [2, 3, 6, 7, 8]),
        ({"every": 3, "budget_gb": 25_000e-9}, [2, 6, 7, 8]),
        ({}, [1, 2, 3, 4, 5, 6, 7, 8]),
    ],
)
def test_the_best_and_the_newest_two_stay_and_others_as_the_recipe_says(tmp_path, spec, epochs):
    for epoch in range(1, 9):
        checkpoint.save_epoch(
            tmp_path, content(epoch), is_best=epoch == 2, spec=CheckpointSpec(**spec)
        )
    assert epochs_in(tmp_path) == epochs


def test_the_pointers_sum_is_that_of_the_file(tmp_path):
    checkpoint.save_epoch(tmp_path, content(1, size=300_001), is_best=False)
    told = portable.read_json(tmp_path / "latest.json")
    whole = (tmp_path / told["file"]).read_bytes()
    assert hashlib.sha256(whole).hexdigest() == told["sha256"]


class Disk:
    """A disk of so many free bytes; what lies in a folder from then on takes of them."""

    def __init__(self, monkeypatch, folder, free: int) -> None:
        self._folder, self._all = folder, free + self._used(folder)
        monkeypatch.setattr(shutil, "disk_usage", lambda path: self)
        real = torch.save

        def save(content, file):
            real(content, file)
            if self.free < 0:
                raise OSError(errno.ENOSPC, "No space left on device")

        self._monkeypatch, self._save = monkeypatch, save

    def is_full_without_a_word(self) -> None:
        """As a quota is: nobody tells how much is left until a write fails."""
        self._monkeypatch.setattr(shutil, "disk_usage", lambda path: Free(10**12))
        self._monkeypatch.setattr(torch, "save", self._save)

    @staticmethod
    def _used(folder) -> int:
        files = {(s := path.stat()).st_ino: s.st_size for path in folder.glob("*.p*t")}
        return sum(files.values())

    @property
    def free(self) -> int:
        return self._all - self._used(self._folder)


@dataclass
class Free:
    free: int


def saved_epochs(folder, epochs: int, best: int) -> int:
    for epoch in range(1, epochs + 1):
        checkpoint.save_epoch(folder, content(epoch, size=10_000), is_best=epoch == best)
    return (folder / "last.pt").stat().st_size


def test_old_epochs_go_where_the_disk_has_no_room_for_the_next(tmp_path, monkeypatch):
    each = saved_epochs(tmp_path, 5, best=1)
    Disk(monkeypatch, tmp_path, free=each // 5)
    checkpoint.save_epoch(tmp_path, content(6, size=10_000), is_best=False)
    assert epochs_in(tmp_path) == [1, 4, 5, 6]
    assert checkpoint.load_latest(tmp_path)["epoch"] == 6


def test_no_room_is_said_before_anything_is_written(tmp_path, monkeypatch):
    each = saved_epochs(tmp_path, 3, best=1)
    Disk(monkeypatch, tmp_path, free=each)
    monkeypatch.setattr(torch, "save", None)
    with pytest.raises(ThawError, match="The disk has no room for the next checkpoint: it may "):
        checkpoint.save_epoch(tmp_path, content(4, size=10_000), is_best=False)
    assert epochs_in(tmp_path) == [1, 2, 3]


@pytest.mark.parametrize(("free", "whole"), [(0.5, True), (-0.5, False)])
def test_a_write_that_found_the_disk_full_is_tried_again_once(tmp_path, monkeypatch, free, whole):
    each = saved_epochs(tmp_path, 4, best=1)
    Disk(monkeypatch, tmp_path, free=int(free * each)).is_full_without_a_word()
    if whole:
        checkpoint.save_epoch(tmp_path, content(5, size=10_000), is_best=False)
    else:
        with pytest.raises(ThawError, match="could not be written .No space left"):
            checkpoint.save_epoch(tmp_path, content(5, size=10_000), is_best=False)
    assert epochs_in(tmp_path) == ([1, 3, 4, 5] if whole else [1, 3, 4])
    assert checkpoint.load_latest(tmp_path)["epoch"] == (5 if whole else 4)
    assert not list(tmp_path.glob("*.part"))


def test_a_folder_is_settled_as_it_was_after_the_epoch_that_a_run_goes_on_from(tmp_path):
    saved_epochs(tmp_path, 3, best=2)
    shutil.copy(tmp_path / "last.pt", tmp_path / "whole.pt")
    # As a kill leaves it that came after best.pt was set and before latest.json was written.
    checkpoint.save_epoch(tmp_path, content(4), is_best=True)
    os.replace(tmp_path / "whole.pt", tmp_path / "last.pt")
    checkpoint.settle(tmp_path, finished=3, best=2)
    assert epochs_in(tmp_path) == [1, 2, 3]
    assert checkpoint.load_checkpoint(tmp_path / "best.pt")["epoch"] == 2


KILLED = """
import sys, torch, pathlib
from core.training import checkpoint
folder = pathlib.Path(sys.argv[1])
for epoch in range(1, 10_000):
    checkpoint.save_epoch(folder, {"epoch": epoch, "step": epoch, "val_loss": 1.0,
        "val_accuracy": 0.5, "model_state_dict": {"weight": torch.full((200_000,), float(epoch))},
        "optimizer_state_dict": {}, "scaler_state_dict": {}, "progress": {}, "recipe": {}},
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
