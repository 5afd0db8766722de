"""Figures of a checkpoint that one process measured and another one shows."""

import os
import shutil

import pytest

from core.evaluation import kept_figures
from core.evaluation.evaluate import Evaluation, evaluate
from core.runs.folder import Run

FOUND = Evaluation("test", 0.75, 0.5, 8, (), (), 3)


@pytest.fixture
def run(trained_run, tmp_path) -> Run:
    """A copy that nobody has evaluated."""
    without = shutil.ignore_patterns(kept_figures.FOLDER)
    return Run(shutil.copytree(trained_run.path, tmp_path / trained_run.id, ignore=without))


def test_train_keeps_what_it_computed(trained_run):
    found = kept_figures.read(trained_run)
    truth = evaluate(trained_run)
    assert (found.accuracy, found.loss) == (truth.accuracy, truth.loss)
    assert (found.samples, found.epoch) == (truth.samples, truth.epoch)


def test_each_split_and_checkpoint_has_its_own(run):
    measured = kept_figures.measure(run, "1", "val")
    assert kept_figures.read(run, 1, "val").accuracy == measured.accuracy
    assert kept_figures.read(run, "best", "val") is kept_figures.read(run, "1", "test") is None


def test_another_checkpoint_is_not_known(run):
    best, before = run.path / "checkpoints" / "best.pt", kept_figures.stamp(run, "best")
    kept_figures.keep(run, "best", before, FOUND)
    assert kept_figures.read(run).accuracy == 0.75
    os.utime(best, ns=(before[1] + 1, before[1] + 1))
    assert kept_figures.read(run) is None
    kept_figures.keep(run, "best", before, FOUND)  # "best" moved while it was judged
    assert kept_figures.read(run) is None


def test_what_cannot_be_read_or_written_is_not_known(run):
    at = kept_figures.stamp(run, "best")
    kept_figures.keep(run, "best", at, FOUND)
    (file,) = (run.path / kept_figures.FOLDER).iterdir()
    for text in ("{half", "{}", '{"accuracy": null}', "[]"):
        file.write_text(text)
        assert kept_figures.read(run) is None
    shutil.rmtree(run.path / kept_figures.FOLDER)
    (run.path / kept_figures.FOLDER).write_text("in its way")
    kept_figures.keep(run, "best", at, FOUND)
    assert kept_figures.read(run) is None
    shutil.rmtree(run.path)
    kept_figures.keep(run, "best", at, FOUND)
    assert kept_figures.read(run) is None and not run.path.exists()
