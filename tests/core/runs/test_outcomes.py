"""One real worker process for each way a run can end."""

import os
import signal
import time

import psutil
import pytest

from core import portable
from core.messages import ThawError, sentence
from core.recipe import parse
from core.runs import folder, supervisor
from core.runs.checkpoints import list_checkpoints
from core.runs.metrics import read_records, valid_records
from core.runs.status import running_runs, status
from tests.core.conftest import SMALL


@pytest.fixture(autouse=True)
def nothing_is_left_running():
    yield
    for run in running_runs():
        supervisor.kill(run)


def new_run(**changes):
    return folder.create_run(parse({**SMALL, **changes}))


def wait_for(run, wanted, seconds=60.0):
    """Waits for the status; any other that a run stays in fails at once."""
    ends = time.monotonic() + seconds
    while (now := status(run)).status != wanted:
        assert now.is_live and time.monotonic() < ends, (now, run.log_tail())
        time.sleep(0.02)
    return now


def wait_for_step(run, step):
    ends = time.monotonic() + 60
    while not any(r["step"] >= step for r in read_records(run.path / "metrics.jsonl")):
        assert status(run).is_live and time.monotonic() < ends, run.log_tail()
        time.sleep(0.01)


def results(run):
    """What must not depend on interruptions: every step and epoch, but not how long it took."""
    records = valid_records(read_records(run.path / "metrics.jsonl"), run.attempts())
    return [
        (r["kind"], r["step"], r["epoch"], r["split"], r["samples"],
         {key: value for key, value in r["values"].items() if key != "samples_per_second"})
        for r in records
    ]


def weights(run):
    import torch

    newest = list_checkpoints(run)[-1].path
    return torch.load(newest, weights_only=True)["model_state_dict"]


def test_stopped_resumed_killed_resumed_and_finished_is_the_run_without_all_that(trained_run):
    import torch

    run = new_run()
    supervisor.start(run)
    wait_for_step(run, 30)
    supervisor.stop(run)
    assert wait_for(run, "stopped").can_resume
    stopped_at = status(run).step
    assert 30 <= stopped_at < 150

    supervisor.resume(run)
    wait_for_step(run, stopped_at + 40)
    os.kill(portable.lock_holder(run.path / "lock"), signal.SIGKILL)
    died = time.monotonic()
    wait_for(run, "crashed")
    assert time.monotonic() - died < 1
    assert "resume" in sentence(status(run).problem)

    supervisor.resume(run)
    found = wait_for(run, "finished")
    assert (found.epoch, found.step, found.problem) == (6, 150, None)
    assert sorted(run.attempts()) == [1, 2, 3]
    assert run.attempts()[2]["first_step"] == stopped_at
    assert run.attempts()[3]["first_step"] < 150
    assert results(run) == results(trained_run)
    expected, got = weights(trained_run), weights(run)
    assert all(torch.equal(expected[name], got[name]) for name in expected)
    assert found.best == trained_run.state()["best"]
    with pytest.raises(ThawError, match="nothing left to resume"):
        supervisor.resume(run)


def test_a_stop_while_it_starts_and_then_a_discard():
    run = new_run()
    supervisor.start(run)
    assert status(run).status == "starting"
    supervisor.stop(run)
    assert status(run).status == "stopping"
    wait_for(run, "stopped")
    assert status(run).step <= 1
    supervisor.resume(run)
    wait_for_step(run, 5)
    worker = psutil.Process(portable.lock_holder(run.path / "lock"))
    supervisor.stop(run, discard=True)
    psutil.wait_procs([worker], timeout=20)
    assert not run.path.exists()
    assert folder.list_runs() == []


@pytest.mark.parametrize(
    ("changes", "id"),
    [
        ({"model": {"name": "vit_b_32", "weights": "none"}}, "models.input_refused"),
        ({"loader": {"batch_size": 399}}, "training.batch_of_one"),  # the second has one of 400
    ],
)
def test_a_recipe_that_the_model_can_not_take_fails_with_a_sentence(changes, id):
    run = new_run(**changes)
    supervisor.start(run)
    assert wait_for(run, "failed").problem.id == id


def test_a_loss_that_explodes_fails_with_a_sentence():
    run = new_run(optimizer={"name": "sgd", "lr": 10.0, "momentum": 0.99})
    supervisor.start(run)
    found = wait_for(run, "failed")
    assert found.problem.id.startswith("training.not_finite") and found.problem.values["step"] > 1
    assert "ten times smaller" in sentence(found.problem)
    assert found.can_resume
    assert running_runs() == []
