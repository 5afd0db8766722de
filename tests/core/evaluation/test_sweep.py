"""What is said of a sweep: figures over seeds, the best place and its noise, seconds, the CSV."""

import csv
import io
import json
from math import sqrt

import pytest

from core.evaluation import sweep_time
from core.evaluation.sweep import (
    METRICS,
    CellOutcome,
    best_of,
    is_going,
    outcomes_of,
    places_of,
    shown_axes,
)
from core.evaluation.sweep_csv import csv_of
from core.evaluation.sweep_noise import binomial_error, noise
from core.messages import sentence
from core.recipe import parse
from core.runs import queue, sweep
from core.runs.expected import Took
from core.runs.sweep_spec import axis_of
from core.runs.sweep_spec import parse as parse_spec

IMAGES = 400


def spec_of(**grid):
    return parse_spec({
        "axes": [axis_of(field.replace("__", "."), values) for field, values in grid.items()],
    })


def done(cell, accuracy, loss=0.5, seconds=10.0, held_out=None):
    return CellOutcome(
        cell, "finished", val_accuracy=accuracy, val_loss=loss, val_samples=IMAGES,
        accuracy=accuracy if held_out is None else held_out, samples=1000, seconds=seconds,
    )


def rates(*accuracies, **more):
    """A sweep over learning rates alone: an accuracy each, or a standing."""
    spec = spec_of(optimizer__lr=", ".join(str(1 + at) for at in range(len(accuracies))))
    found = [
        CellOutcome(cell, value) if isinstance(value, str) else done(cell, value, **more)
        for cell, value in zip(spec.cells(), accuracies, strict=True)
    ]
    return places_of(spec, found)


# --- places and figures -------------------------------------------------------------------


def test_seeds_are_averaged_and_no_field_of_the_map():
    spec = spec_of(optimizer__lr="0.1, 0.2", train__seed="0, 1, 2")
    assert [axis.field for axis in shown_axes(spec)] == ["optimizer.lr"]
    accuracies = {(0.1, 0): 0.8, (0.2, 0): 0.5, (0.1, 1): 0.9, (0.2, 1): 0.7, (0.1, 2): 1.0}
    found = [
        done(cell, accuracies[cell]) if cell in accuracies else CellOutcome(cell, "running")
        for cell in spec.cells()
    ]
    first, second = places_of(spec, found)
    assert (first.cell, second.cell) == ((0.1,), (0.2,))
    figure = first.figure("val_accuracy")
    assert (figure.mean, figure.spread, figure.low, figure.high) == pytest.approx(
        (0.9, 0.1, 0.8, 1.0)
    )
    assert first.is_whole and first.standing == "finished"
    assert not second.is_whole and second.standing == "running"
    assert second.figure("val_accuracy").mean == pytest.approx(0.6)  # of those that have finished
    assert best_of([first, second], "val_accuracy") is first
    assert is_going(found) and not is_going([done((0.1, 0), 0.5)])


def test_seeds_alone_are_the_map_s_field():
    spec = spec_of(train__seed="0, 1")
    assert shown_axes(spec) == spec.axes
    assert [place.cell for place in places_of(spec, [done((0,), 0.5), done((1,), 0.6)])] == [
        (0,), (1,),
    ]


def test_the_best_is_that_of_the_metric_but_nothing_is_chosen_by_held_out_images():
    spec = spec_of(freeze__preset="all, last_stage, linear_probe, from_scratch")
    a, b, c, d = places_of(spec, [
        done(("all",), 0.9, loss=0.4, seconds=30.0, held_out=0.80),
        done(("last_stage",), 0.8, loss=0.3, seconds=20.0, held_out=0.95),
        done(("linear_probe",), 0.7, loss=0.6, seconds=10.0, held_out=0.70),
        CellOutcome(("from_scratch",), "waiting"),
    ])
    every = [a, b, c, d]
    assert best_of(every, "val_accuracy") is a
    assert best_of(every, "val_loss") is b
    assert best_of(every, "seconds") is c
    assert best_of(every, "accuracy") is a
    assert best_of([d], "val_accuracy") is None
    assert all(d.figure(metric) is None for metric in METRICS)


def test_a_place_that_misses_a_seed_is_not_the_best():
    spec = spec_of(optimizer__lr="0.1, 0.2", train__seed="0, 1")
    lucky = [done((0.1, 0), 0.99), CellOutcome((0.1, 1), "failed"), done((0.2, 0), 0.5),
             done((0.2, 1), 0.6)]
    places = places_of(spec, lucky)
    assert best_of(places, "val_accuracy").cell == (0.2,)
    assert places[0].standing == "failed"


# --- noise --------------------------------------------------------------------------------


def test_the_standard_error_of_an_accuracy():
    assert binomial_error(0.5, 10_000) == pytest.approx(0.005, rel=1e-3)
    assert binomial_error(0.9, 396) == pytest.approx(
        sqrt((358.4 / 400) * (41.6 / 400) / 400)  # two hits and two misses more
    )
    assert binomial_error(1.0, 10) > 0.05  # all of a few images: not certain


def test_near_and_far_places_of_one_seed():
    error = binomial_error(0.9, IMAGES)  # 1.5 points: two errors of a difference are 4.3
    assert 100 * error == pytest.approx(1.52, abs=0.01)
    places = rates(0.90, 0.87, 0.80, "running", 0.5)
    assert sentence(noise(places[0], places, "val_accuracy")) == (
        "On 400 images one accuracy is known to about ± 1.5 points (one standard error): this "
        "grid can't tell 1 of the 3 others from the best."
    )
    far = rates(0.9, 0.8)
    assert sentence(noise(far[0], far, "val_accuracy")) == (
        "No other is so near that the noise of 400 images explains the difference (one standard "
        "error is about 1.5 points)."
    )
    # The held-out images are other ones, and more.
    assert "1,000 images" in sentence(noise(places[0], places, "accuracy"))
    assert noise(places[0], places[:1], "val_accuracy") is None
    assert noise(places[0], rates(0.9, "failed"), "val_accuracy") is None


def test_one_that_is_ahead_on_the_held_out_images_is_not_told_from_the_best():
    spec = spec_of(optimizer__lr="1, 2, 3")
    figures = [(0.9, 0.7), (0.8, 0.95), (0.7, 0.3)]
    found = [
        done(cell, val, held_out=held_out)
        for cell, (val, held_out) in zip(spec.cells(), figures, strict=True)
    ]
    places = places_of(spec, found)
    best = best_of(places, "accuracy")
    assert best is places[0]
    assert "can't tell 1 of the 2 others" in sentence(noise(best, places, "accuracy"))


def test_the_spread_over_seeds_widens_it():
    spec = spec_of(optimizer__lr="1, 2", train__seed="0, 1")

    def said(*accuracies, metric="val_accuracy"):
        found = [
            done(cell, value, loss=1 - value)
            for cell, value in zip(spec.cells(), accuracies, strict=True)
        ]
        places = places_of(spec, found)
        return sentence(noise(best_of(places, metric), places, metric))

    # Cells in order: seed 0 of both rates, then seed 1. Means 0.9 and 0.8 both times.
    assert said(0.9, 0.8, 0.9, 0.8).startswith("No other is so near")
    wide = said(0.8, 0.7, 1.0, 0.9)  # a standard deviation of 0.141, an error of 0.1 of each mean
    assert "with 2 seeds an accuracy is known to about ± 10.1 points" in wide
    assert "can't tell 1 of the 1 others" in wide
    assert said(0.8, 0.7, 1.0, 0.9, metric="val_loss") == (
        "With 2 seeds a mean loss is known to about ± 0.1 (one standard error): this grid can't "
        "tell 1 of the 1 others from the best."
    )
    assert "No other is so near that the 2 seeds" in said(0.9, 0.8, 0.9, 0.8, metric="val_loss")


def test_a_loss_of_one_seed_and_seconds_say_that_they_are_not_known_better():
    places = rates(0.9, 0.8)
    assert "vary the seed too" in sentence(noise(places[0], places, "val_loss"))
    assert "what else the machine does" in sentence(noise(places[0], places, "seconds"))


# --- from run folders ---------------------------------------------------------------------


def test_outcomes_follow_the_runs_and_the_csv_has_them(monkeypatch):
    monkeypatch.setattr(queue, "keep_going", lambda: None)
    spec = spec_of(optimizer__lr="0.1, 1e-5", freeze__preset="all, linear_probe")
    begun = sweep.begin(spec, parse({}))
    first, second, third, _ = (member.run for member in begun.members)
    for run, status in ((first, "finished"), (second, "failed")):
        (run.path / "launch.json").write_text(json.dumps({"pid": 0, "attempt": 1}))
        (run.path / "state.json").write_text(json.dumps({
            "status": status, "attempt": 1, "epoch": 2, "seconds": 3.5,
            "samples": {"train": 1, "val": 71, "test": 898},
            "best": {"epoch": 1, "val_loss": 0.25, "val_accuracy": 0.75},
            "test": {"accuracy": 0.5, "loss": 1.0, "samples": 898},
        }))
    queue.remove(third)
    found = outcomes_of(sweep.find(begun.id))
    assert [one.standing for one in found] == ["finished", "failed", "missing", "waiting"]
    one = found[0]
    assert (one.val_accuracy, one.val_loss, one.val_samples) == (0.75, 0.25, 71)
    assert (one.accuracy, one.samples, one.seconds) == (0.5, 898, 3.5)
    rows = list(csv.DictReader(io.StringIO(csv_of(spec, found))))
    assert rows[0] == {
        "optimizer.lr": "0.1", "freeze.preset": "all", "run": first.id, "status": "finished",
        "best_epoch": "1", "val_accuracy": "0.75", "val_loss": "0.25", "val_images": "71",
        "held_out_accuracy": "0.5", "held_out_images": "898", "seconds": "3.5",
    }
    assert rows[1]["status"] == "failed" and rows[1]["val_accuracy"] == ""
    assert (rows[2]["optimizer.lr"], rows[2]["run"]) == ("1e-5", "")


# --- seconds ------------------------------------------------------------------------------


def test_expected_seconds_come_from_runs_of_the_same_work():
    def recipe(lr=0.1, preset="all", epochs=2, batch=32):
        return parse({"optimizer": {"lr": lr}, "freeze": {"preset": preset},
                      "train": {"epochs": epochs}, "loader": {"batch_size": batch}})

    known = [Took(recipe(epochs=1), 5.0, around=7.0)]
    # The learning rate and the number of epochs change no step.
    both = sweep_time.expected([recipe(0.1), recipe(0.01)], known)
    assert (both.seconds, both.known, both.runs, both.at_most) == (34.0, 2, 2, False)
    # A frozen backbone takes no longer than one that trains.
    probe = sweep_time.expected([recipe(), recipe(preset="linear_probe")], known)
    assert (probe.seconds, probe.known, probe.at_most) == (34.0, 2, True)
    other = sweep_time.expected([recipe(), recipe(batch=8)], known)
    assert (other.seconds, other.known, other.runs) == (17.0, 1, 2)
    assert sweep_time.expected([recipe()], []).known == 0
