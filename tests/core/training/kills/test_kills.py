"""SIGKILL at random moments of training and of writing checkpoints; afterwards nothing is lost.

After each kill every checkpoint that has its name is whole, and what was announced is there. In
the end the run is, bit by bit, the one that nobody killed: each epoch's weights and optimiser,
the best, the history.
"""

import hashlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from core import portable
from core.recipe import parse
from core.runs import folder
from core.runs.folder import Run, delete_run
from core.runs.metrics import read_records, valid_records
from core.runs.status import status
from core.training import checkpoint
from tests.core.training.kills.fork_server import ForkServer, Moment

# 5 steps an epoch; its checkpoint of 18 MB takes about as long to write as they take.
RECIPE = {
    "model": {"name": "mobilenet_v3_small", "weights": "none"},
    "freeze": {"preset": "from_scratch"},
    "split": {"val": 0.05, "train_per_class": 8},
    "transform": {"size": 32, "augment": "affine"},
    "loader": {"batch_size": 16},
    "optimizer": {"name": "adamw", "lr": 1e-3},
    "train": {"epochs": 4, "threads": 1},
    "early_stopping": {"enabled": True, "patience": 50},
    "loggers": {"tensorboard": False},
}
_OFTEN = 0.0  # seconds between checkpoints within an epoch: as soon as the one before is written
_KILLS_A_RUN = 6


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    made = ForkServer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def straight(server: ForkServer, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run that nobody kills."""
    run = new_run(tmp_path_factory.mktemp("straight"))
    server.killed(run.path, None, save_seconds=60)
    assert status(run).status == "finished", run.log_tail()
    return run


def new_run(root: Path) -> Run:
    return folder.create_run(parse(RECIPE), root=root)


def random_moment(generator: random.Random) -> Moment:
    """From the start of the process to some steps later; every other one within a writing."""
    return Moment(
        generator.randrange(8), generator.random() < 0.5, generator.uniform(0, 0.05)
    )


@pytest.mark.parametrize(
    "kills", [30, *(pytest.param(n, marks=pytest.mark.long) for n in (200, 1000))]
)
def test_killed_at_any_moment(
    server: ForkServer, straight: Run, tmp_path: Path, kills: int
) -> None:
    generator = random.Random(kills)
    made = within_writing = runs = 0
    while made < kills:
        run, runs, reached, in_this = new_run(tmp_path), runs + 1, 0, 0
        while status(run).status != "finished":
            goes_on = made == kills or in_this == _KILLS_A_RUN
            if server.killed(run.path, None if goes_on else random_moment(generator), _OFTEN):
                made, in_this = made + 1, in_this + 1
                within_writing += is_within_writing(run)
                reached = check_nothing_is_lost(run, reached)
            else:
                assert status(run).status == "finished", run.log_tail()
        check_same(run, straight)
        delete_run(run)
    print(f"\n{made} kills in {runs} runs, {within_writing} of them while a file was written")
    assert within_writing >= made // 5


def test_killed_in_fresh_processes(straight: Run, tmp_path: Path) -> None:
    generator, run, reached = random.Random(5), new_run(tmp_path), 0
    for attempt in range(1, 6):
        process = started(run)
        # From its first step on; what comes before is mostly the import of torch.
        while not is_training(run, attempt) and process.poll() is None:
            time.sleep(0.005)
        time.sleep(generator.uniform(0, 0.3))
        process.kill()
        process.wait()
        reached = check_nothing_is_lost(run, reached)
    assert status(run).status == "crashed"
    assert started(run).wait(timeout=120) == 0
    check_same(run, straight)


def is_training(run: Run, attempt: int) -> bool:
    state = run.state() or {}
    return state.get("attempt") == attempt and state["status"] == "running"


def started(run: Run) -> subprocess.Popen:
    resume = ["--resume"] if run.state() else []
    return subprocess.Popen(
        [sys.executable, "-m", "core", "train", str(run.path), *resume],
        stdout=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def is_within_writing(run: Run) -> bool:
    return bool(list((run.path / "checkpoints").glob("*.part")))


def check_nothing_is_lost(run: Run, reached: int) -> int:
    """What holds after a kill.

    Args:
        reached: The step that the run would have gone on from after the kill before.

    Returns:
        The step that it goes on from now.
    """
    files = run.path / "checkpoints"
    contents = {path.name: checkpoint.load_checkpoint(path) for path in files.glob("*.pt")}
    newest = checkpoint.load_latest(files)
    if newest is None:
        assert not contents and not (files / "latest.json").exists()
        return 0
    announced = portable.read_json(files / "latest.json")
    if announced:
        named = contents[announced["file"]]
        file = (files / announced["file"]).read_bytes()
        whole = hashlib.sha256(file).hexdigest() == announced["sha256"]
        # The kill may have come between the two: then the file is the newer one, and whole.
        assert whole or named["step"] > announced["step"]
        assert newest["step"] >= announced["step"]
    assert newest["step"] >= reached
    kept = {content["epoch"] for name, content in contents.items() if name[0] == "c"}
    assert set(range(1, newest["progress"]["epoch"])) <= kept
    return newest["step"]


def check_same(run: Run, straight: Run) -> None:
    """What a run was in the end, against the one that nobody killed."""
    assert history(run) == history(straight)
    assert run.state()["best"] == straight.state()["best"]
    names = sorted(path.name for path in (straight.path / "checkpoints").glob("*.pt"))
    assert sorted(path.name for path in (run.path / "checkpoints").glob("*.pt")) == names
    for name in names:
        ours, theirs = (
            checkpoint.load_checkpoint(one.path / "checkpoints" / name) for one in (run, straight)
        )
        for content in (ours, theirs):
            del content["progress"]["seconds"], content["recipe"]["loader"]["num_workers"]
        assert_equal(ours, theirs, name)


def history(run: Run) -> list:
    """The records that count, but for how long things took."""
    records = valid_records(read_records(run.path / "metrics.jsonl"), run.attempts())
    return [
        {**r, "attempt": 0, "seconds": 0, "values": {**r["values"], "samples_per_second": 0}}
        for r in records
    ]


def assert_equal(ours: object, theirs: object, place: str) -> None:
    """The same in every bit."""
    assert type(ours) is type(theirs), place
    if isinstance(ours, torch.Tensor):
        assert torch.equal(ours, theirs) and ours.dtype == theirs.dtype, place
    elif isinstance(ours, dict):
        assert ours.keys() == theirs.keys(), place
        for key in ours:
            assert_equal(ours[key], theirs[key], f"{place} {key}")
    elif isinstance(ours, list | tuple):
        assert len(ours) == len(theirs), place
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            assert_equal(one, other, f"{place} {number}")
    else:
        assert ours == theirs, place
