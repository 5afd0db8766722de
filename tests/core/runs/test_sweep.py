"""A sweep: what its runs differ in, what is refused before the start, and going on with it."""

import json

import pytest
from pydantic import ValidationError

from core import places
from core.messages import ThawError
from core.recipe import FreezePlan, Recipe, parse
from core.runs import folder, grouped, meta, queue, supervisor, sweep, sweep_refusal
from core.runs.experiment import list_all as all_experiments
from core.runs.grouped import group_of
from core.runs.status import status
from core.runs.sweep_spec import AxisSpec, axis_of, plan
from core.runs.sweep_spec import parse as parse_spec
from tests.core.runs.test_experiment import end


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch):
    monkeypatch.setattr(queue, "keep_going", lambda: None)


def spec_of(name="", **grid):
    return parse_spec({
        "name": name,
        "axes": [axis_of(field.replace("__", "."), values) for field, values in grid.items()],
    })


def begun(recipe=None, **grid):
    return sweep.begin(spec_of(**grid), recipe or Recipe())


TWO = {"optimizer__lr": "0.1, 0.01", "freeze__preset": "linear_probe, all"}


# --- what is trained ----------------------------------------------------------------------


def test_each_cell_differs_in_its_values_alone():
    recipe = parse({"train": {"epochs": 4, "seed": 9}, "early_stopping": {"enabled": True}})
    planned = plan(spec_of(**TWO), recipe)
    assert [one.cell for one in planned] == [
        (0.1, "linear_probe"), (0.1, "all"), (0.01, "linear_probe"), (0.01, "all"),
    ]
    for one in planned:
        assert (one.recipe.optimizer.lr, one.recipe.freeze.preset) == one.cell
        same = one.recipe.model_copy(update={
            "name": "", "optimizer": recipe.optimizer, "freeze": recipe.freeze,
        })
        assert same == recipe
    assert planned[0].recipe.name == (
        "learning rate 0.1, freeze preset linear_probe: shufflenet_v2_x1_0 on digits"
    )


def test_seeds_are_trained_one_after_another():
    cells = spec_of(train__seed="0…1", optimizer__lr="0.1, 0.01").cells()
    assert cells == [(0, 0.1), (0, 0.01), (1, 0.1), (1, 0.01)]
    assert spec_of(optimizer__lr="0.1, 0.01", train__seed="0…1").cells() == [
        (0.1, 0), (0.01, 0), (0.1, 1), (0.01, 1),
    ]


def test_another_model_or_data_set_brings_what_suits_it():
    recipe = Recipe(freeze=FreezePlan(exceptions=(("conv1", True),)))
    planned = plan(spec_of(model__name="resnet18, shufflenet_v2_x1_0"), recipe)
    assert [one.recipe.model.weights for one in planned] == ["IMAGENET1K_V1", "LETTERS"]
    assert planned[0].recipe.freeze.exceptions == () and planned[1].recipe.freeze.exceptions
    assert [[one.id for one in p.resets] for p in planned] == [["recipe.reset_exceptions"], []]
    assert planned[0].recipe.name.endswith(": models on digits")
    bare = plan(spec_of(model__name="resnet18, resnet34"), parse({"model": {"weights": "none"}}))
    assert {one.recipe.model.weights for one in bare} == {"none"}
    assert sweep_refusal.to_download(planned) == ["IMAGENET1K_V1 of resnet18"]
    assert sweep_refusal.to_download(bare) == []
    data = plan(spec_of(data__name="digits, fashion_mnist", split__seed="1, 2"), Recipe())
    assert [one.recipe.split.seed for one in data] == [1, 1, 2, 2]
    assert data[1].recipe.data.name == "fashion_mnist"


def test_shares_that_only_fit_each_other_are_no_problem_by_themselves():
    """0.6 for validation is refused beside the recipe's 0.5 for the test, and fine beside 0.3."""
    assert len(plan(spec_of(split__val="0.2, 0.6", split__test="0.2, 0.3"), Recipe())) == 4
    with pytest.raises(ThawError, match=r"validation share 0.6, test share 0.5 can't be trained"):
        plan(spec_of(split__val="0.2, 0.6", split__test="0.5, 0.3"), Recipe())


# --- what is refused ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ({}, "one to 3 fields"),
        (dict.fromkeys(("train__seed", "split__seed", "optimizer__lr", "train__epochs"), "1, 2"),
         "one to 3 fields"),
        ({"optimizer__lr": "0.1"}, "at least two values"),
        ({"optimizer__lr": ""}, "at least two values"),
        ({"optimizer__lr": "0.1, 1e-1"}, "has the value 0.1 twice"),
        ({"loader__batch_size": "1…4 log 8"}, "twice"),
        ({"optimizer__lr": ", ".join(map(str, range(1, 22)))}, "has 21 values: 20 are the most"),
        ({"optimizer__lr": "0.1…0.2 11", "train__seed": "0…9"}, "110 runs, and 100 are the most"),
        ({"optimizer__lr": "0.1, 0"}, "learning rate must be greater than 0"),
        ({"optimizer__lr": "0.1, x"}, "“x” is not one"),
        ({"optimizer__lr": "0.1, 1e999"}, "must be a number"),
        ({"loader__batch_size": "8, 8.5"}, "must be a whole number"),
        ({"optimizer__name": "sgd, lbfgs"}, "optimizer can't be lbfgs"),
        ({"freeze__preset": "all, nothing"}, "must be one of"),
        ({"model__name": "resnet18, resnet19"}, "no model “resnet19”"),
        ({"data__name": "digits, iris"}, "iris"),
        ({"model__weights": "LETTERS, nix"}, "combination weights nix can't be trained"),
        ({"transform__augment": "trivial, none", "transform__augment_on": "batch, loader"},
         "augmentation trivial, augmentation computed batch can't"),
    ],
)
def test_no_grid_gets_a_sentence_and_makes_no_run(grid, said):
    with pytest.raises(ThawError, match=said):
        begun(**grid)
    assert folder.list_runs() == [] and sweep.list_all() == []


def test_a_field_twice_is_refused():
    axis = axis_of("optimizer.lr", "0.1, 0.2")
    with pytest.raises(ThawError, match="varied twice"):
        parse_spec({"axes": [axis, axis]})
    with pytest.raises(ThawError, match="can't vary “loggers.wandb”"):
        parse_spec({"axes": [{"field": "loggers.wandb", "values": [True, False]}]})


def test_what_would_end_a_run_is_found_before_the_start(monkeypatch):
    def refused(recipe=None, **grid):
        spec = spec_of(**grid)
        sweep_refusal.refuse(spec, plan(spec, recipe or Recipe()))

    refused(**TWO)
    with pytest.raises(ThawError, match="head outputs one_logit can't be trained. One logit"):
        refused(head__outputs="classes, one_logit")
    with pytest.raises(ThawError, match="needs the path of a folder"):
        refused(data__name="digits, folder")
    with pytest.raises(ThawError, match="seed 0, input size 8 can't be trained"):
        refused(parse({"model": {"name": "alexnet", "weights": "none"}}),
                train__seed="0, 1", transform__size="8, 96")
    refused(parse({"loader": {"drop_last": True}}), loader__batch_size="16, 64")
    with pytest.raises(ThawError, match="batch_size 4000 can't be trained. There are 200 t"):
        refused(parse({"loader": {"drop_last": True}}), loader__batch_size="16, 4000")
    monkeypatch.setattr("core.portable.available_memory", lambda: 10**8)
    with pytest.raises(ThawError, match="combination model vgg16 can't be trained"):
        refused(model__name="shufflenet_v2_x1_0, vgg16")


def test_what_runs_have_in_common_is_looked_at_once():
    looked = []

    def described(name, path):
        from core.data.describe import describe

        looked.append(name)
        return describe(name, path)

    spec = spec_of(optimizer__lr="0.1…0.2 10", train__seed="0…9")
    sweep_refusal.refuse(spec, plan(spec, Recipe()), described)
    assert looked == ["digits"]


# --- as queued runs -----------------------------------------------------------------------


def test_runs_are_queued_with_their_cell_and_found_again():
    found = begun(name="Mine", **TWO)
    assert queue.waiting() == [one.run for one in found.members]
    assert [one.cell for one in found.members] == found.spec.cells()
    assert found.members[1].run.name == "learning rate 0.1, freeze preset all: Mine"
    assert found.members[1].run.recipe() == found.planned()[1].recipe
    assert {group_of(one.run) for one in found.members} == {found.id}
    assert sweep.find(found.id[-4:]) == found == sweep.list_all()[0]
    assert all_experiments() == []
    with pytest.raises(ThawError, match="Nothing of this sweep is missing"):
        sweep.queue_missing(found)
    # Values of every kind go through the files as they are.
    odd = begun(loader__shuffle="on, off", train__clip_norm="none, 2", optimizer__lr="1, 2")
    assert sweep.find(odd.id).run_of((True, None, 1.0)) == odd.members[0].run


def test_what_is_missing_is_queued_again_and_what_there_is_stays():
    found = begun(**TWO)
    first, second, third, fourth = (one.run for one in found.members)
    end(first)
    end(second, "failed")
    queue.remove(third)
    now = sweep.find(found.id)
    assert [one.cell for one in sweep.missing(now)] == [(0.1, "all"), (0.01, "linear_probe")]
    assert sweep.queue_missing(now) == 2
    again = sweep.find(found.id)
    assert second.path.exists() and len(again.members) == 5
    assert status(again.run_of((0.1, "all"))).status == "queued"
    end(second)  # it was resumed after all: what has finished counts
    assert again.run_of((0.1, "all")) == second
    assert queue.waiting()[0] == fourth


def test_a_run_that_ended_early_goes_on_from_its_checkpoint_where_it_can():
    found = begun(**TWO)
    stopped, crashed, bare, failed = runs = [one.run for one in found.members]
    for run in runs:
        if run != bare:
            (run.path / "checkpoints" / "last.pt").write_bytes(b"weights")
    end(stopped, "stopped", step=7)
    end(crashed, "running")
    end(bare, "stopped")
    end(failed, "failed", step=7, attempt=2)  # again, as soon as it went on
    (failed.path / "attempts" / "2.json").write_text('{"first_step": 7}')
    assert [status(run).status for run in runs] == ["stopped", "crashed", "stopped", "failed"]
    assert sweep.queue_missing(sweep.find(found.id)) == 4
    again = sweep.find(found.id)
    counts = [again.run_of(cell) for cell in again.spec.cells()]
    assert counts[:2] == [stopped, crashed] and not {bare, failed} & set(counts)
    assert queue.waiting() == counts and len(again.members) == 6
    assert sweep.stop(again) == 4
    assert {one.run for one in sweep.find(found.id).members} == set(runs)
    # One whose batch size was changed on the way is not what the sweep asked for.
    changed = found.planned()[0].recipe.model_dump(mode="json")
    changed["loader"]["batch_size"] += 1
    (stopped.path / "attempts" / "1.json").write_text(json.dumps({"recipe": changed}))
    sweep.queue_missing(sweep.find(found.id))
    assert stopped not in queue.waiting() and crashed in queue.waiting()


def test_what_was_wished_away_goes_on_once_it_is_wanted_and_what_is_gone_does_not():
    first, second, *_ = [one.run for one in begun(**TWO).members]
    for run in (first, second):
        end(run, "stopped")
    (first.path / "stop").write_text('{"discard": true}')  # its worker died before it did so
    queue.add([first])
    supervisor.finish_discards(first.path.parent)
    assert first in queue.waiting()
    supervisor.delete(second)
    with pytest.raises(ThawError, match="no run"):
        queue.add([second])


def test_of_several_the_furthest_goes_on():
    found = begun(**TWO)
    first = found.members[0].run
    end(first, "stopped", step=9)
    sweep.queue_missing(sweep.find(found.id))  # without a checkpoint: anew
    second = sweep.find(found.id).run_of(found.spec.cells()[0])
    end(second, "stopped", step=5)
    for run in (first, second):
        (run.path / "checkpoints" / "last.pt").write_bytes(b"weights")
    sweep.queue_missing(sweep.find(found.id))
    assert sweep.find(found.id).run_of(found.spec.cells()[0]) == first != second


def test_stopped_before_it_began_it_is_still_there_and_goes_on():
    found = begun(**TWO)
    assert sweep.stop(found) == 4
    assert folder.list_runs() == []
    with pytest.raises(ThawError, match="Nothing of this sweep runs or waits"):
        sweep.stop(sweep.find(found.id))
    assert sweep.queue_missing(sweep.find(found.id)) == 4
    assert [one.cell for one in sweep.find(found.id).members] == found.spec.cells()


def test_what_runs_is_asked_to_stop_once_nothing_waits(monkeypatch):
    found = begun(**TWO)
    first = found.members[0].run
    for module in (sweep, grouped):
        monkeypatch.setattr(
            module, "status",
            lambda run: status(run).__class__("running" if run == first else status(run).status),
        )
    asked = []
    monkeypatch.setattr(supervisor, "stop", lambda run: asked.append((run, queue.waiting())))
    assert sweep.stop(found) == 4
    assert asked == [(first, [first])]  # by its files it waits; the other three are gone
    with pytest.raises(ThawError, match="stop it before"):
        sweep.delete(sweep.find(found.id))


def test_one_is_deleted_and_others_stay():
    alone = folder.create_run(Recipe(name="alone"))
    one, other = begun(name="one", **TWO), begun(name="other", **TWO)
    with pytest.raises(ThawError, match="several sweeps"):
        sweep.find("sweep_")
    sweep.delete(one)
    with pytest.raises(ThawError, match="no sweep"):
        sweep.find(one.id)
    assert [found.id for found in sweep.list_all()] == [other.id]
    assert {run.id for run in folder.list_runs()} == {
        alone.id, *(member.run.id for member in other.members)
    }


def test_damaged_files_hide_one_sweep_alone():
    one, other = begun(name="one", **TWO), begun(name="other", **TWO)
    path = places.runs_root() / ".sweeps" / f"{one.id}.json"
    for text in ("", "[]", "{}", json.dumps({"spec": {"axes": 3}, "recipe": {}})):
        path.write_text(text)
        assert [found.id for found in sweep.list_all()] == [other.id]
    meta.set_meta(other.members[0].run, sweep={"cell": [[1], {}]})
    assert len(sweep.list_all()[0].members) == 4
    assert [p.cell for p in sweep.missing(sweep.list_all()[0])] == [(0.1, "linear_probe")]


def test_a_start_that_fails_leaves_nothing(monkeypatch):
    def full(*_, **__):
        raise ThawError("places.unwritable", path="x", why="full")

    monkeypatch.setattr(queue, "add", full)
    with pytest.raises(ThawError, match="full"):
        begun(**TWO)
    assert sweep.list_all() == [] and folder.list_runs() == []


def test_values_that_are_not_typed_are_checked_too():
    with pytest.raises(ValidationError):
        AxisSpec(field="optimizer.lr", values=(0.1,))
    assert axis_of("optimizer.lr", [1, "2e-3"]).values == (1.0, 0.002)
