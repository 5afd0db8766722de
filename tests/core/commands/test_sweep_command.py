"""The sweep on the command line, with runs that were really trained, stopped and gone on with."""

import threading
import time

import pytest

from core.recipe import parse
from core.runs import folder, queue, sweep
from core.runs.status import status
from tests.core.commands.test_commands import answered, refused, written
from tests.core.commands.test_experiment_command import TINY

GRID = ("--grid", "optimizer.lr=0.01, 0.0001", "--grid", "freeze.preset=linear_probe,all")


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "tiny.json"
    path.write_text(parse(TINY).to_json())
    return str(path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--grid optimizer.lr="),
        (("--grid", "optimizer.lr"), "FIELD=VALUES"),
        (("--grid", "optimizer.lr=0.1"), "at least two values"),
        (("--grid", "optimizer.speed=1,2"), "can't vary"),
        (("--grid", "optimizer.lr=1,2", "--grid", "optimizer.lr=1,2"), "varied twice"),
        (("--grid", "head.outputs=classes,one_logit"), "combination head outputs one_logit"),
        (("--grid", "optimizer.lr=0.1..1 20", "--grid", "train.seed=0..9"), "200 runs"),
    ],
)
def test_bad_options_are_one_line_and_queue_nothing(capsys, recipe, options, said):
    assert said in refused(capsys, "sweep", recipe, *options)
    assert folder.list_runs() == []
    assert "no sweep" in refused(capsys, "sweep", "no-such")
    assert answered(capsys, "sweep") == {"sweeps": []}


def test_a_dry_run_says_what_would_be_and_does_nothing(capsys, recipe):
    plan = answered(capsys, "sweep", recipe, *GRID, "--dry-run")
    assert plan["planned"] == 4 and plan["expected_seconds"] is None
    assert plan["runs"][1]["values"] == {"optimizer.lr": 0.01, "freeze.preset": "all"}
    said = written(capsys, "sweep", recipe, *GRID, "--dry-run")
    assert said.startswith("4 runs: learning rate (2) × freeze preset (2)\n")
    assert "not known" in said
    models = answered(capsys, "sweep", recipe, "--grid", "model.name=resnet18,shufflenet_v2_x1_0",
                      "--dry-run")
    assert models["downloads"] == ["IMAGENET1K_V1 of resnet18"]
    assert len(models["resets"]) == 1 and "input size went back" in models["resets"][0]
    assert folder.list_runs() == [] and sweep.list_all() == []


def test_queued_stopped_gone_on_with_and_deleted(capsys, monkeypatch, recipe):
    monkeypatch.setattr(queue, "keep_going", lambda: None)
    begun = answered(capsys, "sweep", recipe, *GRID, "--queue", "--name", "Mine")
    assert [row["status"] for row in begun["runs"]] == ["waiting"] * 4
    assert begun["best"] is None and begun["noise"] is None
    waiting = answered(capsys, "queue", "--list")["waiting"]
    assert {row["group"] for row in waiting} == {begun["sweep"]}
    assert "0 of 4 finished  Mine" in written(capsys, "sweep")
    stopped = answered(capsys, "sweep", begun["sweep"], "--stop")
    assert [row["status"] for row in stopped["runs"]] == ["missing"] * 4
    assert "runs or waits" in refused(capsys, "sweep", begun["sweep"], "--stop")
    assert answered(capsys, "sweep", begun["sweep"], "--missing", "--dry-run")["planned"] == 4
    assert folder.list_runs() == []
    again = answered(capsys, "sweep", begun["sweep"], "--missing", "--queue")
    assert [row["status"] for row in again["runs"]] == ["waiting"] * 4
    assert answered(capsys, "sweep", begun["sweep"], "--delete") == {"deleted": begun["sweep"]}
    assert folder.list_runs() == [] and "no sweep" in written(capsys, "sweep")


def test_a_sweep_really_trained_interrupted_and_gone_on_with(capsys, recipe):
    """Two by two by the real queue: stopped while its second run is under way, then continued."""
    def stop_during_the_second():
        ends = time.monotonic() + 300
        while time.monotonic() < ends:
            found = sweep.list_all()
            if found and len(found[0].members) == 4:
                first, second = (one.run for one in found[0].members[:2])
                if status(first).status == "finished" and status(second).is_live:
                    sweep.stop(found[0])
                    return
            time.sleep(0.05)

    stopper = threading.Thread(target=stop_during_the_second)
    stopper.start()
    broken = answered(capsys, "sweep", recipe, *GRID)
    stopper.join()
    first, second, third, fourth = broken["runs"]
    assert first["status"] == "finished" and first["run"] == broken["best"]["runs"][0]
    assert second["status"] in ("stopped", "finished")  # it may have been at its very end
    assert {third["status"], fourth["status"]} == {"missing"}
    assert broken["noise"] is None or second["status"] == "finished"
    reached = folder.find_run(second["run"])
    has_checkpoint = (reached.path / "checkpoints" / "last.pt").exists()
    step = reached.state()["step"]

    answer = answered(capsys, "sweep", broken["sweep"], "--missing")
    assert [row["status"] for row in answer["runs"]] == ["finished"] * 4
    assert answer["runs"][0] == first  # what had finished was not trained again
    # What was stopped went on from where it was, or began anew if it had not come so far.
    assert (answer["runs"][1]["run"] == reached.id) == has_checkpoint
    if second["status"] == "stopped" and has_checkpoint:
        assert reached.attempts()[2]["first_step"] == step
    for row in answer["runs"]:
        run = folder.find_run(row["run"])
        kept, state = run.recipe(), run.state()
        assert row["values"] == {
            "optimizer.lr": kept.optimizer.lr, "freeze.preset": kept.freeze.preset,
        }
        assert row["val_accuracy"] == state["best"]["val_accuracy"]
        assert row["accuracy"] == state["test"]["accuracy"] and row["seconds"] > 0
    best = max(answer["runs"], key=lambda row: row["val_accuracy"])
    assert answer["best"]["val_accuracy"] == best["val_accuracy"]
    assert answer["noise"]
    said = written(capsys, "sweep", answer["sweep"])
    assert "Best validation accuracy: " in said and said.count(" %") >= 8
    # By now it is known what such runs take, whatever the learning rate.
    plan = answered(capsys, "sweep", recipe, *GRID, "--dry-run")
    assert plan["expected_seconds"] > 0 and not plan["expected_at_most"]
    assert "nothing of this sweep is missing" in refused(
        capsys, "sweep", answer["sweep"], "--missing"
    ).lower()
