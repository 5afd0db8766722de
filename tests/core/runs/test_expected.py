"""Expected starts of waiting runs: sums of lengths, and only of runs that are alike."""

import json
import os
import subprocess
import sys
import time
from math import inf

import pytest

from core import portable
from core.recipe import OptimizerSpec, Recipe, TrainSpec
from core.runs import device_use, expected, folder, queue
from core.runs.device_use import Need
from core.runs.expected import Expected, Took, Work, in_order, length_of, of_queue, words

from .holder import HOLDER

CPU, GPU = Need("cpu"), Need("cuda")


def works(*seconds, need=CPU):
    return [Work(need, one) for one in seconds]


def test_runs_start_when_those_before_them_end():
    assert in_order(100, {"cpu": [110]}, works(5, 7, 1)) == [
        Expected(110, 115), Expected(115, 122), Expected(122, 123),
    ]
    assert in_order(100, {"cpu": [90]}, works(5))[0].start == 100
    assert in_order(0, {}, []) == []


def test_behind_an_unknown_length_nothing_is_known():
    assert in_order(0, {"cpu": [10]}, works(5, None, 1)) == [
        Expected(10, 15), Expected(15, None), Expected(None, None),
    ]
    assert in_order(0, {"cpu": [inf]}, works(5)) == [Expected(None, None)]


def test_on_two_slots_two_runs_go_on_side_by_side():
    assert in_order(0, {"cuda": [0, 4]}, works(10, 3, 1, need=GPU)) == [
        Expected(0, 10), Expected(4, 7), Expected(7, 8),
    ]
    # Of an unknown run under way only the other slot is counted on.
    assert in_order(0, {"cuda": [inf, 4]}, works(10, 3, need=GPU)) == [
        Expected(4, 14), Expected(14, 17),
    ]


def test_a_run_on_two_slots_waits_for_both_and_nobody_overtakes_it():
    both = Work(Need("cuda", 2), 10)
    (one,) = works(3, need=GPU)
    assert in_order(0, {"cuda": [0, 6]}, [both, one]) == [Expected(6, 16), Expected(16, 19)]


def test_another_kind_of_device_is_waited_for_apart():
    work = [Work(GPU, 10), Work(CPU, 5), Work(GPU, 1), Work(CPU, None)]
    assert in_order(0, {"cuda": [2], "cpu": [1]}, work) == [
        Expected(2, 12), Expected(1, 6), Expected(12, 13), Expected(6, None),
    ]


def of(name="a", lr=1e-3, **train):
    return Recipe(name=name, optimizer=OptimizerSpec(lr=lr), train=TrainSpec(**train))


def test_a_length_is_that_of_the_first_run_alike_scaled_by_its_epochs():
    known = [Took(of(epochs=5, accumulate=2), 1.0), Took(of("b", 0.1, epochs=10, seed=3), 5.0, 2.0),
             Took(of(epochs=20), 999.0)]
    assert length_of(of(epochs=4), known) == 22.0
    assert length_of(of(epochs=4, precision="bfloat16"), known) is None


@pytest.mark.parametrize(("seconds", "said"), [
    (3, "under a minute"), (299, "about 5 min"), (5399, "about 90 min"), (7300, "about 2 h"),
])
def test_no_forecast_is_said_more_exactly_than_it_is(seconds, said):
    assert words(seconds) == said


# --- from run folders ---------------------------------------------------------------------


def made(recipe, status, around=3.0, **state):
    """A run as its worker left it, `around` seconds longer under way than it trained."""
    run = folder.create_run(recipe)
    now = time.time()
    state = {"status": status, "attempt": 1, **state}
    portable.write_json(run.path / "state.json", state)
    portable.write_json(run.path / "launch.json", {
        "pid": 0, "attempt": 1, "time": now - state.get("seconds", 0) - around,
    })
    os.utime(run.path / "state.json", (now, now))
    return run


def queued(*given):
    return queue.add([queue.NewRun(recipe, recipe.name) for recipe in given])



def seconds(found):
    """Starts and ends as seconds from now, to the second."""
    now = time.time()
    return [None if at is None else round(at - now) for one in found for at in (one.start, one.end)]


def test_a_finished_run_tells_of_those_like_it(home):
    made(of(epochs=10), "finished", seconds=50.0, epoch=10)
    runs = queued(of(epochs=20), of(epochs=4, seed=7), of(epochs=4, threads=1), of())
    assert seconds(of_queue(runs)) == [0, 103, 103, 126, 126, None, None, None]


def test_an_early_stop_is_counted_by_its_epochs_and_other_ends_tell_nothing(home):
    made(of(epochs=10), "finished", seconds=20.0, epoch=4)
    made(of(epochs=10), "failed", seconds=900.0, epoch=4)
    made(of(epochs=10), "finished", seconds=900.0, epoch=4, attempt=2)
    assert seconds(of_queue(queued(of(epochs=10)))) == [0, 53]


@pytest.mark.parametrize(("state", "tells"), [
    ({"seconds": 20.0, "epoch": 2, "eta_seconds": 80.0}, [80, 140]),  # 100 s are ten epochs
    ({"seconds": 1.0, "epoch": 1, "eta_seconds": None}, [None, None]),
])
def test_the_run_under_way_tells_when_it_ends_and_how_long_those_like_it_take(home, state, tells):
    run = made(of(epochs=10), "running", **state)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(run.path / "lock")], stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout.readline() == b"held\n"
        (found,) = of_queue(queued(of(epochs=5)))
    finally:
        holder.kill()
        holder.communicate()
    assert seconds([found]) == [pytest.approx(at, abs=5) if at else None for at in tells]


def test_before_it_has_said_anything_an_earlier_run_like_it_tells(home):
    made(of(epochs=10), "finished", seconds=50.0, epoch=10)
    starting = folder.create_run(of(epochs=20))
    portable.write_json(starting.path / "launch.json", {
        **portable.process_identity(os.getpid()), "attempt": 1, "time": time.time(),
    })
    assert seconds(of_queue(queued(of(epochs=10)))) == [103, 156]


def test_old_runs_that_cannot_be_read_stop_nobody(home):
    made(of(epochs=10), "finished", seconds=50.0, epoch=10)
    broken = [made(of(epochs=10), "finished", seconds=1.0, epoch=1) for _ in range(3)]
    (broken[0].path / "recipe.json").write_text("{}x")
    (broken[1].path / "recipe.json").write_text(json.dumps({"train": {"epochs": "many"}}))
    (broken[2].path / "state.json").write_text("[]")
    waits, unreadable, last = queued(of(epochs=10), of(), of(epochs=10))
    (unreadable.path / "recipe.json").write_text("{}x")
    assert seconds(of_queue([waits, unreadable, last])) == [0, 53, 53, None, None, None]


def test_a_recipe_is_read_once_and_only_the_newest_runs_are(home, monkeypatch):
    for _ in range(4):
        made(of(epochs=10), "finished", seconds=50.0, epoch=10)
    (waits,) = queued(of(epochs=10))
    read, load = [], device_use.recipes.load
    monkeypatch.setattr(device_use.recipes, "load", lambda path: read.append(path) or load(path))
    monkeypatch.setattr(expected, "_LOOKED_AT", 2)
    for _ in range(3):
        of_queue([waits])
    assert len(read) == 3  # two old runs and the one that waits
