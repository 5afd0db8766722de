"""Checkpoints as files, and the run as a zip."""

import io
import os
import subprocess
import sys
import zipfile

import pytest

from core import places, portable
from core.messages import ThawError
from core.recipe import CheckpointSpec, Recipe
from core.runs import export, folder
from core.runs.checkpoints import (
    disk_bytes,
    dropped_epochs,
    find_checkpoint,
    list_checkpoints,
    spec_of,
    zip_run,
)


@pytest.fixture
def run():
    """Three epochs, the second the best, as the worker leaves them."""
    made = folder.create_run(Recipe())
    files = made.path / "checkpoints"
    for epoch, loss, accuracy in ((1, 0.5, 0.8), (2, 0.25, 0.9), (10, 0.3, 0.95)):
        path = files / f"checkpoint_model_{epoch:03d}_{loss:.4f}_{accuracy:.4f}.pt"
        path.write_bytes(b"x" * 1000 * epoch)
    os.link(files / "checkpoint_model_002_0.2500_0.9000.pt", files / "best.pt")
    os.link(files / "checkpoint_model_010_0.3000_0.9500.pt", files / "last.pt")
    portable.write_json(files / "latest.json", {"file": "last.pt", "epoch": 10, "step": 50})
    portable.write_json(made.path / "state.json", {"status": "finished", "best": {"epoch": 2}})
    return made


def test_epochs_are_listed_in_their_order_with_what_their_names_say(run):
    found = list_checkpoints(run)
    assert [(c.epoch, c.val_loss, c.val_accuracy, c.best) for c in found] == [
        (1, 0.5, 0.8, False), (2, 0.25, 0.9, True), (10, 0.3, 0.95, False)
    ]
    assert [c.bytes for c in found] == [1000, 2000, 10_000]


def test_a_checkpoint_within_an_epoch_is_listed_too(run):
    last = run.path / "checkpoints" / "last.pt"
    last.unlink()
    last.write_bytes(b"y" * 10)
    portable.write_json(last.with_name("latest.json"), {"file": "last.pt", "epoch": 11, "step": 53})
    found = list_checkpoints(run)[-1]
    assert (found.name, found.epoch, found.val_loss, found.bytes) == ("last.pt", 11, None, 10)


def test_the_best_is_what_the_link_says_though_the_state_is_ahead(run):
    portable.write_json(run.path / "state.json", {"status": "running", "best": {"epoch": 11}})
    assert [c.epoch for c in list_checkpoints(run) if c.best] == [2]


@pytest.mark.parametrize("every", [1, 2, 3, 10, 50])
@pytest.mark.parametrize("budget", [0, 3, 4.5, 7, 10**9])
def test_what_the_disk_is_told_to_hold_is_what_the_worst_run_keeps(every, budget):
    """Against runs of up to 12 epochs of one GB each, played with each epoch as the best."""
    spec = CheckpointSpec(every=every, budget_gb=min(budget, 10_000))
    for epochs in range(1, 13):
        most = 0
        for best in range(1, epochs + 1):
            kept = {}
            for epoch in range(1, epochs + 1):
                kept[epoch] = 10**9
                for dropped in dropped_epochs(spec, kept, min(best, epoch)):
                    del kept[dropped]
            assert {best, epochs, max(epochs - 1, 1)} <= kept.keys()
            most = max(most, sum(kept.values()))
        assert disk_bytes(spec, epochs, 10**9) == most


def test_a_run_of_an_experiment_keeps_the_best_and_the_newest_two():
    spec = spec_of(CheckpointSpec(), in_group=True)
    assert dropped_epochs(spec, dict.fromkeys(range(1, 6), 10), best=2) == [1, 3]
    assert spec_of(CheckpointSpec(), in_group=False) == CheckpointSpec()


@pytest.mark.parametrize(
    "name", ["checkpoint_model_001_a_b.pt", "checkpoint_model_1.pt", "checkpoint_model_3_0.1_.pt"]
)
def test_a_file_with_another_name_is_no_checkpoint(run, name):
    before = list_checkpoints(run)
    (run.path / "checkpoints" / name).touch()
    assert list_checkpoints(run) == before


def test_a_loss_that_is_no_number_is_listed(run):
    (run.path / "checkpoints" / "checkpoint_model_011_nan_0.1000.pt").touch()
    assert list_checkpoints(run)[-1].epoch == 11


def test_a_run_without_checkpoints_has_none():
    assert list_checkpoints(folder.create_run(Recipe())) == []


@pytest.mark.parametrize(
    ("which", "name"),
    [("best", "best.pt"), ("last", "last.pt"), (1, "checkpoint_model_001_0.5000_0.8000.pt"),
     ("10", "checkpoint_model_010_0.3000_0.9500.pt"), (" BEST ", "best.pt")],
)
def test_a_checkpoint_is_found(run, which, name):
    assert find_checkpoint(run, which).name == name


@pytest.mark.parametrize("which", ["3", 0, "-1", "first", "", "../../x", "²"])
def test_what_a_run_does_not_have_is_said_with_what_it_has(run, which):
    with pytest.raises(ThawError, match="1, 2, 10"):
        find_checkpoint(run, which)


def test_best_of_a_run_without_any_is_said():
    with pytest.raises(ThawError, match="no best checkpoint"):
        find_checkpoint(folder.create_run(Recipe()), "best")


def test_the_zip_has_every_file_once_and_works_when_it_is_unpacked(run, home, tmp_path):
    (run.path / "lock").touch()
    (run.path / ".state.json.1.part").write_text("half")
    packed = io.BytesIO()
    zip_run(run, packed)
    with zipfile.ZipFile(packed) as archive:
        assert archive.testzip() is None
        names = {name.split("/", 1)[1] for name in archive.namelist()}
        archive.extractall(tmp_path / "elsewhere")
    assert {"recipe.json", "meta.json", "state.json", "checkpoints/latest.json"} <= names
    assert len([name for name in names if name.endswith(".pt")]) == 3
    assert not names & {"lock", "checkpoints/best.pt", ".state.json.1.part"}
    unpacked = folder.find_run(str(tmp_path / "elsewhere" / run.id))
    assert find_checkpoint(unpacked, "best").name.startswith("checkpoint_model_002")
    assert find_checkpoint(unpacked, "last").name.startswith("checkpoint_model_010")


def test_disk_use_counts_a_checkpoint_with_two_names_once(run):
    assert 13_000 < export.disk_use(run) < 20_000


def test_an_export_lies_in_the_cache_whole_and_goes_after_a_while(run, home):
    path = export.export_run(run)
    assert path == home / "cache" / "exports" / f"{run.id}.zip"
    assert zipfile.ZipFile(path).testzip() is None
    os.utime(path, (0, 0))
    other = export.export_run(folder.create_run(Recipe()))
    assert os.listdir(other.parent) == [other.name]


def test_an_export_that_does_not_fit_is_said_before_it_is_written(run, monkeypatch):
    monkeypatch.setitem(places.BOUNDS, "cache", 5000)
    with pytest.raises(ThawError, match="bound"):
        export.export_run(run)


def test_memory_does_not_grow_with_the_checkpoints(run):
    """300 MB of checkpoints; the process may take 30 MB more than it has."""
    with open(run.path / "checkpoints" / "checkpoint_model_011_0.2_0.9.pt", "wb") as file:
        file.truncate(300_000_000)  # sparse: it takes nothing on the disk
    script = (
        "import resource, sys; from pathlib import Path\n"
        "from core.runs.checkpoints import zip_run; from core.runs.folder import Run\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "zip_run(Run(Path(sys.argv[1])), open('/dev/null', 'wb'))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(run.path)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 30_000  # kB on Linux
