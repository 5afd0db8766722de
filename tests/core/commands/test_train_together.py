"""`train` where torchrun starts, or has started, the processes of a run; none is started here."""

import json

import pytest

from core import portable
from core.__main__ import main
from core.commands import train
from core.recipe import Recipe, TrainSpec
from core.runs import folder, launching
from core.runs.folder import Run
from core.runs.status import status


@pytest.fixture
def run(home, monkeypatch) -> Run:
    """A run of two processes; that torchrun would be started is an error."""
    monkeypatch.setattr(train, "_start_all", lambda *_: pytest.fail("torchrun is started"))
    return folder.create_run(Recipe(train=TrainSpec(threads=1, processes=2)))


def says(run: Run, now: str, attempt: int = 1) -> None:
    error = {"id": "training.disk_full", "values": {}} if now == "failed" else None
    state = {"status": now, "attempt": attempt, "error": error}
    portable.write_json(run.path / "state.json", state)


def place(monkeypatch, rank: int, restarts: int) -> None:
    """Makes this process one of two that torchrun started, so many times again."""
    for name, value in {
        "TORCHELASTIC_RUN_ID": "j", "RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": 2,
        "LOCAL_WORLD_SIZE": 2, "TORCHELASTIC_RESTART_COUNT": restarts,
        "TORCHELASTIC_MAX_RESTARTS": 3,
    }.items():
        monkeypatch.setenv(name, str(value))


@pytest.mark.parametrize("by_torchrun", [False, True])
@pytest.mark.parametrize(("before", "options", "said"), [
    ("stopped", [], "was started before"),
    ("finished", ["--resume"], "has finished"),
])
def test_what_can_not_go_on_is_refused_before_processes_wait_for_each_other(
    run, monkeypatch, capsys, by_torchrun, before, options, said
):
    says(run, before)
    if by_torchrun:
        place(monkeypatch, rank=0, restarts=1)
    assert main(["train", str(run.path), *options]) == 2
    assert said in capsys.readouterr().err
    assert run.launch() is None


def test_a_run_under_way_stays_with_whoever_trains_it(run, capsys):
    says(run, "running")
    launching.write_launch(run, job="of another torchrun", attempt=1)
    before = run.launch()
    assert status(run).is_live
    assert main(["train", str(run.path), "--resume"]) == 2
    assert "is running already" in capsys.readouterr().err
    assert run.launch() == before
    (run.path / "launch.json").unlink()  # or this process would be ended as its torchrun


@pytest.mark.parametrize(("ended", "code"), [("finished", 0), ("stopped", 0), ("failed", 1)])
def test_a_process_does_not_wait_for_a_first_one_that_has_ended(run, monkeypatch, ended, code):
    says(run, ended)
    portable.write_json(run.path / "launch.json", {"pid": 0, "attempt": 1, "job": "j"})
    place(monkeypatch, rank=1, restarts=1)
    with pytest.raises(SystemExit) as end:
        main(["train", str(run.path)])
    assert int(end.value.code) == code


def test_the_end_of_the_attempt_before_is_not_that_of_one_which_said_nothing(run):
    says(run, "stopped")
    portable.write_json(run.path / "launch.json", {"pid": 0, "attempt": 1, "job": "j"})
    assert train._has_ended(run)
    portable.write_json(run.path / "launch.json", {"pid": 0, "attempt": 2, "job": "j"})
    assert not train._has_ended(run)


def test_a_failure_is_said_once_by_the_last_of_the_starts(run, monkeypatch, capsys):
    says(run, "failed")
    portable.write_json(run.path / "launch.json", {"pid": 0, "attempt": 1, "job": "j"})
    place(monkeypatch, rank=0, restarts=2)
    with pytest.raises(SystemExit, match="1"):
        main(["train", str(run.path), "--json"])
    assert tuple(capsys.readouterr()) == ("", "")
    place(monkeypatch, rank=0, restarts=3)
    assert main(["train", str(run.path), "--json"]) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out)["status"] == "failed"
    assert printed.err.startswith("thaw train: The disk is full")
