"""Whole runs that something goes wrong in: the status, the sentence, and what is whole after it."""

import errno
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import portable
from core.data.loader import PreparedImages
from core.messages import ThawError
from core.runs.folder import Run
from core.runs.status import status
from core.training import worker
from core.training.run_data import RunData
from tests.core.training.in_process import new_run, worked


def pictures(root: Path) -> Path:
    """Two classes of twelve noisy pictures."""
    draw = np.random.default_rng(0)
    for name in ("boat", "tree"):
        (root / name).mkdir(parents=True)
        for number in range(12):
            noise = draw.integers(0, 255, (40, 40, 3), dtype=np.uint8)
            Image.fromarray(noise).save(root / name / f"{number}.png")
    return root


def of_pictures(root: Path, **parts: object) -> Run:
    return new_run(**{
        "data": {"name": "folder", "path": str(root)}, "loader": {"batch_size": 4},
        "split": {"train_per_class": 6, "val": 0.2, "test": 0.2}, **parts,
    })


def failure(run: Run) -> tuple[str, str]:
    """The id and the sentence of a run that has failed."""
    assert worked(run) == "failed"
    now = status(run)
    assert now.status == "failed" and now.can_resume
    said = str(ThawError(now.problem.id, **now.problem.values))
    assert "\n" not in said
    return now.problem.id, said


@pytest.fixture
def unkept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are prepared anew each time, as those of a large data set are."""
    from core.data import loader

    monkeypatch.setattr(loader, "KEEP_BYTES", 0)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_picture_that_is_cut_off_after_the_run_began_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unkept: None, workers: int
) -> None:
    root = pictures(tmp_path / "pictures")
    run = of_pictures(root, loader={"batch_size": 4, "num_workers": workers})
    pictures_of = RunData.validation_pictures

    def cut_off_first(self: RunData, batches: list):
        for file in root.glob("tree/*.png"):  # its header was looked at and is fine
            file.write_bytes(file.read_bytes()[:900])
        return pictures_of(self, batches)

    monkeypatch.setattr(RunData, "validation_pictures", cut_off_first)
    id, said = failure(run)
    assert id == "data.picture_damaged" and "tree/" in said and ".png" in said


@pytest.mark.parametrize("workers", [0, 1])
def test_a_picture_that_is_deleted_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unkept: None, workers: int
) -> None:
    root = pictures(tmp_path / "pictures")
    run = of_pictures(root, loader={"batch_size": 4, "num_workers": workers})
    pictures_of = RunData.validation_pictures

    def delete_first(self: RunData, batches: list):
        for file in root.glob("boat/*.png"):
            file.unlink()
        return pictures_of(self, batches)

    monkeypatch.setattr(RunData, "validation_pictures", delete_first)
    id, said = failure(run)
    assert id == "data.picture_unopened" and "boat/" in said and "no such file" in said


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_loader_worker_that_is_killed_ends_the_run_and_another_number_goes_on(
    monkeypatch: pytest.MonkeyPatch, unkept: None, number: signal.Signals
) -> None:
    run = new_run(loader={"batch_size": 16, "num_workers": 1}, features={"cache": "off"})
    image, main, wanted = PreparedImages.__getitem__, os.getpid(), []
    train = RunData.train

    def die(self: PreparedImages, place: int):
        if wanted and os.getpid() != main:
            os.kill(os.getpid(), number)
        return image(self, place)

    def begin(self: RunData, epoch: int, start_step: int):
        wanted.extend([epoch] if epoch == 2 else [])  # a worker is forked after this
        return train(self, epoch, start_step)

    with monkeypatch.context() as patched:
        patched.setattr(PreparedImages, "__getitem__", die)
        patched.setattr(RunData, "train", begin)
        id, said = failure(run)
    assert id == "training.loader_worker_died" and "num_workers" in said
    changes = {"loader.num_workers": 0}
    assert worked(run, resume=True, changes=changes) == "finished"
    assert run.attempts()[2]["first_epoch"] == 2  # the first epoch was not lost


def test_metrics_on_a_full_disk(tmp_path: Path) -> None:
    run = new_run()
    (run.path / "metrics.jsonl").symlink_to("/dev/full")
    id, said = failure(run)
    assert id == "training.disk_full" and "free some space" in said


def no_gpu() -> Run:
    """One that fails before it loads anything."""
    return new_run(train={"epochs": 1, "threads": 1, "device": "mps"})


def test_a_file_that_somebody_else_is_writing_is_not_cleared_away() -> None:
    run = no_gpu()
    others = run.path / f".meta.json.{os.getppid()}.1.part"  # of who renames it at this moment
    killed = [run.path / ".meta.json.999999999.1.part", run.path / f".a.{os.getpid()}.1.part",
              run.path / "checkpoints" / f"last.pt.{os.getppid()}.part"]
    for file in (others, *killed):
        file.write_text("half")
    assert worked(run) == "failed"
    assert others.exists() and not any(file.exists() for file in killed)


def test_a_folder_that_takes_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    run = no_gpu()

    def refuse(path: Path, value: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(portable, "write_json", refuse)
    with pytest.raises(ThawError, match="Nothing can be written to .* .No space left"):
        worked(run)
    assert portable.lock_holder(run.path / "lock") is None


def test_a_failure_is_said_of_the_recipe_that_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    run = new_run(train={"epochs": 1, "threads": 1})

    def fail(*_: object) -> None:
        (run.path / "recipe.json").write_text("edited into nonsense meanwhile")
        raise MemoryError

    monkeypatch.setattr(worker, "fit", fail)
    assert worked(run, changes={"loader.batch_size": 5}) == "failed"
    problem = status(run).problem
    assert (problem.id, problem.values["batch_size"]) == ("training.out_of_memory", 5)
