"""A process of several is killed: torchrun starts all again, and the run ends as it should."""

import os
import random
import time
from collections.abc import Callable
from contextlib import suppress

import psutil
import pytest

from core import portable
from core.commands import train
from core.messages import ThawError
from core.recipe import parse
from core.runs import folder, launching, supervisor
from core.runs.folder import Run
from core.runs.status import status
from core.training import checkpoint
from tests.core.training.kills.test_kills import check_same

EPOCHS, STEPS = 6, 5
_unharmed: dict[str, Run] = {}
_made: list[Run] = []


@pytest.fixture(autouse=True)
def nothing_is_left_running():
    yield
    for run in _made:
        if run.path.exists() and (run.launch() or {}).get("pid") != os.getpid():
            with suppress(ThawError):  # it has ended
                supervisor.kill(run)
    _made.clear()


@pytest.mark.parametrize("number", [
    1, *(pytest.param(number, marks=pytest.mark.long) for number in range(2, 21)),
])
def test_a_killed_process_is_started_again(number: int, tmp_path_factory) -> None:
    """The first or the second process, at any moment of the training."""
    if not _unharmed:
        _unharmed["run"] = new_run(tmp_path_factory.mktemp("unharmed"))
        supervisor.start(_unharmed["run"])
        until(lambda: not status(_unharmed["run"]).is_live)
    run, drawn = new_run(tmp_path_factory.mktemp("runs")), random.Random(number)
    supervisor.start(run)
    step, rank = drawn.randrange(1, EPOCHS * STEPS), number % 2
    until(lambda: (run.state() or {}).get("step", 0) >= step or not status(run).is_live)
    process_of(run, rank).kill()
    seen = set()
    until(lambda: seen.add(status(run).status) or not status(run).is_live)
    assert seen <= {"starting", "running", "finishing", "finished"}
    now = status(run)
    assert (now.status, now.epoch, now.problem) == ("finished", EPOCHS, None)
    assert len(run.attempts()) == 2
    check_same(run, _unharmed["run"])


def test_ending_by_force_and_stopping(tmp_path) -> None:
    run = new_run(tmp_path, epochs=500)
    supervisor.start(run)
    until(lambda: (run.state() or {}).get("step", 0) >= 3)
    with pytest.raises(ThawError, match="running"):
        supervisor.resume(run)
    family = [psutil.Process(run.launch()["pid"])]
    family += family[0].children(recursive=True)
    supervisor.kill(run)
    assert not psutil.wait_procs(family, timeout=20)[1]
    assert status(run).status == "crashed"
    supervisor.resume(run)
    until(lambda: len(run.attempts()) == 2 and run.state().get("step", 0) >= 3)
    supervisor.stop(run)
    until(lambda: not status(run).is_live)
    assert status(run).status == "stopped"
    stopped_at = checkpoint.load_latest(run.path / "checkpoints")["step"]
    assert stopped_at == run.state()["step"]


def test_a_run_that_is_discarded_goes_while_torchrun_still_lives(tmp_path) -> None:
    run = new_run(tmp_path)
    launching.write_launch(run, job="j")
    portable.write_json(run.path / "state.json", {"status": "stopped", "attempt": 1})
    portable.write_json(run.path / "stop", {"discard": True, "attempt": 1})
    assert status(run).is_live
    assert train._result(run, "stopped")["status"] == "discarded"
    assert not run.path.exists()


def test_a_reason_that_every_start_would_meet_ends_the_run(tmp_path) -> None:
    """A recipe that a worker refuses: it is started once, and not four times."""
    run = new_run(tmp_path, data={"name": "folder", "path": str(tmp_path / "gone")})
    supervisor.start(run)
    until(lambda: not status(run).is_live)
    now = status(run)
    assert now.status == "failed" and now.problem.id.startswith("data.")
    assert (run.state()["attempt"], run.attempts()) == (1, {})


def new_run(root, epochs: int = EPOCHS, **parts: object) -> Run:
    """Two processes, and BatchNorm: a run that goes on has the first one's statistics."""
    run = folder.create_run(parse({
        "model": {"name": "shufflenet_v2_x0_5", "weights": "none"},
        "freeze": {"preset": "all"},
        "split": {"train_per_class": 8, "val": 0.05},
        "transform": {"size": 32},
        "loader": {"batch_size": 16},
        "train": {"epochs": epochs, "threads": 1, "processes": 2},
        "loggers": {"tensorboard": False},
        **parts,
    }), root=root)
    _made.append(run)
    return run


def process_of(run: Run, rank: int) -> psutil.Process:
    """The process of a run with that number."""
    children = psutil.Process(run.launch()["pid"]).children()
    return next(one for one in children if one.environ().get("RANK") == str(rank))


def until(holds: Callable[[], object], seconds: float = 300) -> None:
    """Waits for something to hold."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
