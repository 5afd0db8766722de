"""An experiment: what its runs have in common, what is compared, and finding it again."""

import json

import pytest

from core.messages import ThawError
from core.recipe import FreezePlan, Recipe, parse
from core.runs import experiment, folder, grouped, queue
from core.runs.experiment_spec import PLANS, ExperimentSpec, has_own_plan, recipe_of
from core.runs.experiment_spec import parse as parse_spec
from core.runs.status import status


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch):
    monkeypatch.setattr(queue, "keep_going", lambda: None)


def begun(recipe=None, **spec):
    return experiment.begin(parse_spec(spec), recipe or Recipe())


def end(run, status_="finished", **more):
    state = {"status": status_, "attempt": 1, "epoch": 1, **more}
    (run.path / "launch.json").write_text(json.dumps({"pid": 0, "attempt": 1, "time": 0.0}))
    (run.path / "state.json").write_text(json.dumps(state))


def test_only_the_plan_and_the_seed_differ():
    recipe = parse({
        "train": {"seed": 7, "epochs": 5}, "early_stopping": {"enabled": True},
        "unfreezing": {"every": 1}, "split": {"seed": 4}, "optimizer": {"lr": 3e-3},
    })
    spec = parse_spec({"plans": PLANS, "seeds": 2, "rates": {"linear_probe": "0.01"}})
    found = {
        (plan, seed): recipe_of(spec, recipe, plan, seed) for plan in spec.plans for seed in (7, 8)
    }
    for (plan, seed), one in found.items():
        assert one.train.seed == seed and one.train.epochs == 5
        assert one.optimizer.lr == (0.01 if plan == "linear_probe" else 3e-3)
        assert one.freeze.preset == ("all" if plan == "own" else plan)
        # A plan stays what it is, and nobody makes fewer steps.
        assert one.unfreezing.every == (1 if plan == "own" else 0)
        assert not one.early_stopping.enabled
        same = ("model", "head", "data", "split", "transform", "loader", "schedule", "loggers")
        assert all(getattr(one, part) == getattr(recipe, part) for part in same)


def test_the_batches_of_a_seed_are_the_same_under_every_plan(tmp_path):
    """What the worker really feeds the model, augmented, epoch by epoch."""
    import torch

    from core.training import preparing
    from core.training.report import RunReport
    from tests.core.conftest import SMALL

    recipe = parse({**SMALL, "model": {"name": "shufflenet_v2_x1_0", "weights": "LETTERS"},
                    "freeze": {}, "split": {"train_per_class": 3, "val": 0.05},
                    "transform": {"size": 32, "augment": "affine"}})
    spec = parse_spec({"seeds": 2})

    def batches(plan, seed):
        run = folder.create_run(recipe_of(spec, recipe, plan, seed), root=tmp_path)
        data = preparing.prepare(run, 1, RunReport(run, 1, lambda line: None)).data
        return [tensor for epoch in (1, 2) for batch in data.train(epoch, 0) for tensor in batch]

    first = {plan: batches(plan, 0) for plan in spec.plans}
    for found in first.values():
        assert len(found) == 8
        assert all(map(torch.equal, found, first["all"]))
    other = batches("all", 1)
    assert not torch.equal(other[0], first["all"][0])


def test_runs_are_queued_a_seed_after_another_with_the_experiment_in_them():
    found = begun(plans=["all", "from_scratch"], seeds=3, name="Mine")
    assert [(one.plan, one.seed) for one in found.members] == [
        ("from_scratch", 0), ("all", 0), ("from_scratch", 1), ("all", 1),
        ("from_scratch", 2), ("all", 2),
    ]
    assert queue.waiting() == [one.run for one in found.members]
    assert found.members[0].run.name == "From scratch, seed 0: Mine"
    assert {grouped.group_of(one.run) for one in found.members} == {found.id}
    again = experiment.find(found.id[-4:])
    assert again == found and again.name == "Mine"
    assert experiment.missing(again) == []
    with pytest.raises(ThawError, match="Nothing of this experiment is missing"):
        experiment.queue_missing(again)


@pytest.mark.parametrize(
    ("spec", "recipe", "said"),
    [
        ({"plans": ["all"]}, {}, "at least two plans"),
        ({"plans": ["all", "all"]}, {}, "at least two plans"),
        ({"seeds": 11}, {}, "number of seeds must be at most 10"),
        ({"seeds": "x"}, {}, "must be a whole number"),
        ({"rates": {"all": "-1"}}, {}, "learning rate, fine-tune must be greater than 0"),
        ({"epochs": 0}, {}, "epochs must be at least 1"),
        ({}, {"model": {"weights": "none"}}, "nothing in it was learned"),
        ({"plans": ["all", "own"]}, {}, "no plan of its own"),
    ],
)
def test_what_compares_nothing_is_refused(spec, recipe, said):
    with pytest.raises(ThawError, match=said):
        begun(parse(recipe), **spec)
    assert folder.list_runs() == []


def test_an_own_plan_is_one_that_no_preset_has():
    assert not has_own_plan(Recipe())
    assert not has_own_plan(Recipe(freeze=FreezePlan(preset="last_stage")))
    assert has_own_plan(Recipe(freeze=FreezePlan(exceptions=(("fc", False),))))
    assert has_own_plan(Recipe(freeze=FreezePlan(preset="last_stages")))
    own = ExperimentSpec(plans=("all", "own"))
    recipe = Recipe(freeze=FreezePlan(exceptions=(("conv1", True),)))
    assert recipe_of(own, recipe, "own", 0).freeze == recipe.freeze
    assert recipe_of(own, recipe, "all", 0).freeze == FreezePlan()


def test_what_is_missing_is_queued_again_and_what_there_is_stays():
    found = begun(plans=["all", "linear_probe"], seeds=2)
    probe, tune, probe_1, tune_1 = (one.run for one in found.members)
    end(probe)
    end(tune, "failed")
    queue.remove(probe_1)
    now = experiment.find(found.id)
    assert [(one.plan, one.seed) for one in experiment.missing(now)] == [
        ("all", 0), ("linear_probe", 1),
    ]
    assert experiment.queue_missing(now) == 2
    again = experiment.find(found.id)
    assert tune.path.exists() and len(again.members) == 5
    assert again.run_of("all", 0) != tune and status(again.run_of("all", 0)).status == "queued"
    assert again.run_of("linear_probe", 0) == probe
    assert [run.id for run in queue.waiting()][0] == tune_1.id  # behind those that waited
    end(tune)  # it was resumed after all: what has finished counts
    assert again.run_of("all", 0) == tune


def test_a_stopped_run_goes_on_from_its_checkpoint():
    found = begun(plans=["all", "linear_probe"], seeds=1)
    probe = found.members[0].run
    end(probe, "stopped")
    (probe.path / "checkpoints" / "last.pt").write_bytes(b"weights")
    assert experiment.queue_missing(experiment.find(found.id)) == 1
    assert queue.waiting()[-1] == probe and len(experiment.find(found.id).members) == 2


def test_several_experiments_and_other_runs_are_told_apart_and_one_is_deleted():
    alone = folder.create_run(Recipe(name="alone"))
    odd = folder.create_run(Recipe(), meta={"group": "experiment_odd", "experiment": {"spec": 3}})
    one, other = begun(seeds=1, name="one"), begun(seeds=1, name="other")
    assert {found.id for found in experiment.list_all()} == {one.id, other.id}
    with pytest.raises(ThawError, match="several experiments"):
        experiment.find("experiment_")
    with pytest.raises(ThawError, match="no experiment “no-such”"):
        experiment.find("no-such")
    experiment.delete(one)
    assert [found.id for found in experiment.list_all()] == [other.id]
    assert {run.id for run in folder.list_runs()} == {
        alone.id, odd.id, *(member.run.id for member in other.members)
    }


def test_an_experiment_that_runs_is_not_deleted(monkeypatch):
    found = begun(seeds=1)
    first = found.members[0].run
    monkeypatch.setattr(
        grouped, "status",
        lambda run: status(run).__class__("running" if run == first else status(run).status),
    )
    with pytest.raises(ThawError, match="stop it before"):
        experiment.delete(found)
    assert all(one.run.path.exists() for one in found.members)  # what waits is still there too
