"""The experiment and the queue on the command line, with two runs that were really trained."""


import time

import pytest

from core.recipe import parse
from core.runs import folder, queue
from tests.core.commands.test_commands import answered, refused, written
from tests.core.conftest import SMALL

TINY = {
    **SMALL, "model": {"name": "shufflenet_v2_x1_0", "weights": "LETTERS"}, "freeze": {},
    "split": {"train_per_class": 4, "val": 0.05}, "train": {"epochs": 1, "threads": 1},
    "loader": {"batch_size": 20},
}


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "tiny.json"
    path.write_text(parse(TINY).to_json())
    return str(path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--plans", "all"), "at least two plans"),
        (("--seeds", "many"), "must be a whole number"),
        (("--rate", "all"), "PLAN=RATE"),
        (("--rate", "all=0"), "greater than 0"),
        (("--plans", "all", "own"), "no plan of its own"),
    ],
)
def test_bad_options_are_one_line_and_queue_nothing(capsys, recipe, options, said):
    assert said in refused(capsys, "experiment", recipe, *options)
    assert folder.list_runs() == []
    assert "no experiment" in refused(capsys, "experiment", "no-such")


def test_nothing_is_begun_yet(capsys):
    assert answered(capsys, "experiment") == {"experiments": []}
    assert answered(capsys, "queue")["started"] == []
    assert "nothing waits" in written(capsys, "queue", "--list")


def test_queued_listed_cleared_and_deleted(capsys, monkeypatch, recipe):
    monkeypatch.setattr(queue, "keep_going", lambda: None)
    begun = answered(capsys, "experiment", recipe, "--seeds", "1", "--queue", "--name", "Mine")
    assert [row["runs"][0]["status"] for row in begun["plans"]] == ["waiting"] * 4
    assert begun["claim"]["answer"] == "undecided" and begun["target"] is None
    waiting = answered(capsys, "queue", "--list")["waiting"]
    assert [row["place"] for row in waiting] == [1, 2, 3, 4]
    assert {row["group"] for row in waiting} == {begun["experiment"]}
    assert {row["expected_start"] for row in waiting} == {None}  # nobody works on the queue
    with monkeypatch.context() as patched:
        patched.setattr(queue, "is_working", lambda root: True)
        first, second, *_ = answered(capsys, "queue", "--list")["waiting"]
        assert first["expected_start"] == pytest.approx(time.time(), abs=60)
        assert first["expected_end"] is second["expected_start"] is None
        assert "(starts in under a minute)" in written(capsys, "queue", "--list")
    rows = {row["run"]: row for row in answered(capsys, "runs")["runs"]}
    assert all(rows[one["run"]]["place"] == one["place"] for one in waiting)
    assert "0 of 4 finished  Mine" in written(capsys, "experiment")
    assert answered(capsys, "stop", waiting[0]["run"], "--discard")["status"] == "discarded"
    left = [row["run"] for row in answered(capsys, "queue", "--list")["waiting"]]
    moved = answered(capsys, "queue", "--move", left[2], "--to", "1")["waiting"]
    assert [row["run"] for row in moved] == [left[2], *left[:2]]
    assert answered(capsys, "queue", "--pause")["paused"]
    assert answered(capsys, "queue")["started"] == []
    assert "--continue" in written(capsys, "queue", "--list")
    assert "give both" in refused(capsys, "queue", "--move", left[0])
    assert "give both" in refused(capsys, "queue", "--to", "1")
    assert answered(capsys, "queue", "--remove", left[1])["removed"] == 1
    assert "no run" in refused(capsys, "queue", "--remove", left[1]).lower()
    assert answered(capsys, "queue", "--clear")["removed"] == 2
    assert not answered(capsys, "queue", "--continue")["paused"]
    assert "no experiment" in refused(capsys, "experiment", begun["experiment"])
    again = answered(capsys, "experiment", recipe, "--queue")["experiment"]
    assert answered(capsys, "experiment", again, "--delete") == {"deleted": again}
    assert folder.list_runs() == []


def test_an_experiment_from_the_recipe_to_the_table(capsys, recipe):
    """Two real runs by the real queue, and what their workers measured."""
    answer = answered(capsys, "experiment", recipe, "--seeds", "1",
                      "--plans", "all", "linear_probe")
    assert [row["finished"] for row in answer["plans"]] == [1, 1]
    probe, tune = answer["plans"]
    assert probe["plan"] == "linear_probe" and probe["trainable"] < tune["trainable"]
    for row in answer["plans"]:
        assert 0 <= row["accuracy"]["mean"] <= 1 and row["accuracy"]["spread"] is None
        assert row["seconds"]["mean"] > 0 and row["peak_bytes"] > 50e6
        state = folder.find_run(row["runs"][0]["run"]).state()
        assert row["accuracy"]["mean"] == state["test"]["accuracy"]
        assert state["test"]["samples"] == state["samples"]["test"]
    assert answer["claim"] is None
    (freezing,) = answer["freezing"]
    assert "1 of at least 3 seeds" in freezing["sentence"]
    assert "Unfrozen against frozen" in written(capsys, "experiment", answer["experiment"])
    # The worker's figure is that of its last checkpoint, measured by another command.
    run = tune["runs"][0]["run"]
    measured = answered(capsys, "evaluate", run, "--checkpoint", "last")
    assert measured["accuracy"] == pytest.approx(tune["accuracy"]["mean"])
