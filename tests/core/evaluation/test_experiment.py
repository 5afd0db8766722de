"""Figures and verdicts of experiments, on results made by hand and checked with SciPy."""

import json
from types import SimpleNamespace

import pytest
from scipy import stats

from core.evaluation import experiment_time
from core.evaluation.curves import EpochPoint
from core.evaluation.experiment import (
    Outcome,
    figure,
    outcomes_of,
    results_of,
    share_done,
    target_of,
)
from core.evaluation.experiment_curves import band
from core.evaluation.experiment_time import Known
from core.evaluation.experiment_verdict import (
    T_975,
    compare,
    interval_of,
    on_claim,
    on_freezing,
    on_others,
)
from core.messages import sentence
from core.recipe import parse
from core.runs import experiment, folder, queue
from core.runs.experiment_spec import parse as parse_spec

SAMPLES = 1000


def made(**accuracies):
    """Finished outcomes by plan: one accuracy a seed, or a standing instead of one."""
    found = []
    for plan, values in accuracies.items():
        for seed, value in enumerate(values):
            if isinstance(value, str):
                found.append(Outcome(plan, seed, value))
            else:
                found.append(Outcome(plan, seed, "finished", accuracy=value, samples=SAMPLES))
    return found


def test_of_a_run_that_is_running_its_steps_are_done():
    def running(step, steps):
        return Outcome("all", 0, "running", now=SimpleNamespace(step=step, steps=steps))

    ended = made(all=[0.9, "failed"], from_scratch=["waiting"])
    assert share_done(ended) == pytest.approx(2 / 3)
    assert share_done([*ended, running(30, 40)]) == pytest.approx(2.75 / 4)
    assert share_done([*ended, running(0, 0)]) == pytest.approx(2 / 4)
    assert share_done([running(41, 40)]) == 1


# --- the verdict --------------------------------------------------------------------------


def test_supported_with_the_figures_in_the_sentence():
    found = on_claim(made(all=[0.98, 0.97, 0.99], from_scratch=[0.87, 0.88, 0.86]))
    assert found.answer == "supported"
    said = sentence(found.reason)
    assert said.startswith("Fine-tune beats from scratch: 98.0 % against 87.0 % on 1,000 held-out")
    assert "+11.0 points on average over 3 seeds (each: +11.0, +9.0, +13.0;" in said
    differences = [0.11, 0.09, 0.13]
    low, high = stats.t.interval(0.95, 2, loc=0.11, scale=stats.sem(differences))
    assert found.interval == pytest.approx((low - 0.001, high + 0.001), abs=1e-4)


def test_not_supported_where_layers_made_anew_win_with_every_seed():
    found = on_claim(made(all=[0.80, 0.81, 0.79], from_scratch=[0.90, 0.90, 0.91]))
    assert found.answer == "not_supported"
    assert "does not beat from scratch" in sentence(found.reason)
    assert "−10.3 points" in sentence(found.reason)


@pytest.mark.parametrize(
    ("tuned", "anew"),
    [
        ([0.90, 0.91, 0.89], [0.89, 0.92, 0.90]),  # the seeds disagree
        ([0.95, 0.90, 0.99], [0.94, 0.89, 0.80]),  # they agree, but spread too far
        ([0.90, 0.90, 0.90], [0.90, 0.90, 0.90]),  # no difference at all
        ([0.901, 0.901, 0.901], [0.900, 0.900, 0.900]),  # one image, with every seed
    ],
)
def test_undecided(tuned, anew):
    found = on_claim(made(all=tuned, from_scratch=anew))
    assert found.answer == "undecided"
    assert "the seeds alone could explain" in sentence(found.reason)


@pytest.mark.parametrize("seeds", [1, 2])
def test_few_seeds_decide_nothing_however_far_apart(seeds):
    found = on_claim(made(all=[0.99, 0.98][:seeds], from_scratch=[0.1, 0.1][:seeds]))
    assert found.answer == "undecided"
    assert f"{seeds} of at least 3 seeds: too few" in sentence(found.reason)


def test_what_is_to_come_and_what_failed_is_named():
    pending = on_claim(made(all=[0.9, 0.9, "waiting"], from_scratch=[0.1, "running", "waiting"]))
    assert pending.answer == "undecided"
    assert sentence(pending.reason) == (
        "Fine-tune against from scratch: 3 of 6 runs are still to come (fine-tune seed 2, from "
        "scratch seed 1, from scratch seed 2)."
    )
    failed = on_claim(made(all=[0.9] * 4, from_scratch=[0.1, 0.1, 0.1, "failed"]))
    assert failed.answer == "undecided"
    assert "no verdict, for from scratch seed 3 did not end well" in sentence(failed.reason)


def test_a_seed_that_a_person_left_out_is_said_and_the_others_decide():
    found = on_claim(made(all=[0.9, 0.91, 0.92, 0.9], from_scratch=[0.1, 0.12, 0.1, "missing"]))
    assert found.answer == "supported"
    assert [seed for seed, _ in found.differences] == [0, 1, 2]
    assert "fine-tune seed 3, from scratch seed 3" in sentence(found.left_out)
    nothing = on_claim(made(all=["stopped", 0.9], from_scratch=[0.1, "missing"]))
    assert "no seed has finished under both" in sentence(nothing.reason)


def test_which_plans_are_compared():
    every = made(from_scratch=[0.1] * 3, linear_probe=[0.8, 0.81, 0.82],
                 last_stage=[0.9, 0.91, 0.92], all=[0.95, 0.96, 0.97])
    assert (on_claim(every).first, on_claim(every).second) == ("all", "from_scratch")
    assert [one.first for one in on_others(every)] == ["last_stage", "linear_probe"]
    assert [(one.first, one.second) for one in on_freezing(every)] == [
        ("last_stage", "linear_probe"), ("all", "linear_probe"),
    ]
    assert {one.answer for one in on_freezing(every)} == {"supported"}
    without = made(linear_probe=[0.8] * 3, all=[0.9] * 3)
    assert on_claim(without) is None and on_others(without) == []
    assert on_claim(made(linear_probe=[0.8] * 3, from_scratch=[0.1] * 3)).first == "linear_probe"


def test_the_pairs_are_those_of_a_seed():
    """The seeds differ much, the plans little but always: pairing sees it."""
    found = compare(made(all=[0.70, 0.80, 0.90], linear_probe=[0.68, 0.775, 0.88]), "all",
                    "linear_probe")
    assert found.answer == "supported"


def test_the_table_of_students_t():
    assert {df: round(stats.t.ppf(0.975, df), 3) for df in range(1, 10)} == T_975
    assert interval_of([0.1], 10) is None
    assert interval_of([0.1, 0.1], 10) == pytest.approx((0.0, 0.2))


# --- figures and curves -------------------------------------------------------------------


def curve(*accuracies, seconds=1.0):
    return [EpochPoint(epoch, 5 * epoch, seconds * epoch, val_accuracy=value, val_loss=1 - value)
            for epoch, value in enumerate(accuracies)]


def test_bands_are_the_mean_and_the_extremes_of_the_epochs_that_all_have():
    found = band([curve(0, 0.1, 0.5, 0.9), curve(0, 0.3, 0.7, seconds=3.0)], "val_accuracy")
    assert [(p.epoch, p.step, p.seconds, p.seeds) for p in found] == [(1, 5, 2, 2), (2, 10, 4, 2)]
    assert [(p.mean, p.low, p.high) for p in found] == [
        pytest.approx((0.2, 0.1, 0.3)), pytest.approx((0.6, 0.5, 0.7)),
    ]
    assert band([], "val_loss") == []
    long = band([curve(*[0.5] * 1001)], "val_loss")
    assert len(long) <= 201 and long[-1].epoch == 1000


def test_figures_of_a_plan():
    assert figure([0.5, None]).spread is None
    assert figure([]) is None
    points = {"a": curve(0, 0.2, 0.61), "b": curve(0, 0.7, 0.6)}
    outcomes = [
        Outcome("all", seed, "finished", run=name, accuracy=0.5 + seed / 10, seconds=4.0,
                peak_bytes=10 + seed, trainable=99)
        for seed, name in enumerate("ab")
    ] + [Outcome("linear_probe", 0, "waiting")]
    target = target_of(list(points.values()))
    assert target == 0.61
    tuned, probe = results_of(outcomes, points.get, target)
    assert (tuned.accuracy.mean, tuned.accuracy.spread) == pytest.approx((0.55, 0.0707), abs=1e-4)
    assert (tuned.peak_bytes, tuned.trainable, tuned.finished) == (11, 99, 2)
    assert (tuned.steps_to_target.low, tuned.steps_to_target.high) == (5, 10)
    assert (probe.accuracy, probe.finished) == (None, 0)
    assert target_of([curve(0, 0.29)]) == 0.29 and target_of([]) is None


def test_outcomes_follow_the_runs(monkeypatch):
    monkeypatch.setattr(queue, "keep_going", lambda: None)
    begun = experiment.begin(parse_spec({"plans": ["all", "linear_probe"], "seeds": 2}), parse({}))
    first, second, third, _ = (member.run for member in begun.members)
    for run, status, more in (
        (first, "finished", {"test": {"accuracy": 0.9, "samples": 10}, "peak_memory_bytes": 5}),
        (second, "failed", {}), (third, "stopped", {}),
    ):
        (run.path / "launch.json").write_text(json.dumps({"pid": 0, "attempt": 1}))
        (run.path / "state.json").write_text(json.dumps({"status": status, "attempt": 1, **more}))
    queue.remove(begun.members[3].run)
    found = outcomes_of(experiment.find(begun.id))
    assert [one.standing for one in found] == ["finished", "failed", "stopped", "missing"]
    assert (found[0].accuracy, found[0].samples, found[0].peak_bytes) == (0.9, 10, 5)


# --- how long -----------------------------------------------------------------------------


def test_the_expected_time_is_that_of_runs_with_the_same_work():
    tune, probe = parse({}), parse({"freeze": {"preset": "linear_probe"}})
    planned = [("all", tune), ("from_scratch", parse({"freeze": {"preset": "from_scratch"}})),
               ("linear_probe", probe)]
    assert experiment_time.expected(planned, []).seconds is None
    other = Known(parse({"loader": {"batch_size": 7}}), 9.0)
    assert experiment_time.expected(planned, [other]).seconds is None
    # Another rate and length are the same work an epoch; from scratch is as much as fine-tuning.
    same = Known(parse({"optimizer": {"lr": 1e-4}, "train": {"epochs": 2}}), 2.0, 5.0)
    found = experiment_time.expected(planned, [same])
    assert (found.seconds, found.at_most) == (3 * (30 * 2.0 + 5.0), True)
    all_known = experiment_time.expected(planned, [same, Known(probe, 1.0, 5.0)])
    assert (all_known.seconds, all_known.at_most) == (2 * 65.0 + 35.0, False)


def test_earlier_runs_tell(trained_run):
    (known,) = experiment_time.known_from([trained_run, folder.create_run(parse({}))])
    state = trained_run.state()
    assert known.epoch_seconds == pytest.approx(state["seconds"] / 6)
    assert 0 < known.around_seconds < 120
