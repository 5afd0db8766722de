"""Features kept by several processes: the run is the one without them, whatever happens to one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from core.recipe import parse
from core.runs import folder
from core.runs.folder import Run
from core.runs.metrics import read_records, valid_records
from core.training import features, lr_finder
from tests.core.training.forked_ranks import Machine, Plant, Ranks

PROBE = {
    "model": {"name": "shufflenet_v2_x0_5", "weights": "none"},
    "freeze": {"preset": "linear_probe"},
    "split": {"train_per_class": 4, "val": 0.03},
    "transform": {"augment": "none", "size": 32},
    "loader": {"batch_size": 12},  # of 40 images; the last batch has four
    "train": {"epochs": 3, "threads": 1, "log_every": 1},
    "loggers": {"tensorboard": False},
}
OPTIONS = {
    **PROBE,
    "model": {"name": "vit_b_32", "weights": "none"},
    "unfreezing": {"at": [["encoder", 3]]},
    "transform": {"augment": "affine", "draws": 2},
    "loader": {"batch_size": 18},
    "optimizer": {"name": "sgd", "lr": 0.05},
    "train": {
        "epochs": 4, "threads": 1, "log_every": 1, "class_weights": "balanced", "accumulate": 3,
        "clip_norm": 1.0, "ema": 0.9,
    },
}


@pytest.fixture(scope="module")
def ranks() -> Iterator[Ranks]:
    made = Ranks()
    yield made
    made.close()


@pytest.fixture(scope="module")
def plain(ranks: Ranks, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The probe of two processes that keeps nothing."""
    root = tmp_path_factory.mktemp("plain")
    run = new_run(root, PROBE, features={"cache": "off"})
    assert ranks.train(run, Machine(2, str(root))) == [0, 0], run.log_tail()
    return run


def new_run(root: Path, recipe: dict, **parts: object) -> Run:
    return folder.create_run(parse({**recipe, **parts}), root=root)


def sets_in(home: Path) -> set[str]:
    return {one.name for one in (home / "cache" / "features").iterdir()}


def check_same(one: Run, other: Run) -> None:
    """Every record but its times, and the last weights, to the bit."""
    mine, theirs = curves(one), curves(other)
    assert mine == theirs and any(kind == "step" for kind, *_ in mine)
    before, after = (
        torch.load(run.path / "checkpoints" / "last.pt", weights_only=True)["model_state_dict"]
        for run in (one, other)
    )
    assert before.keys() == after.keys()
    assert [name for name in before if not torch.equal(before[name], after[name])] == []


def curves(run: Run) -> list[tuple]:
    records = valid_records(read_records(run.path / "metrics.jsonl"), run.attempts())
    return [
        (one["kind"], one["step"], one["split"],
         {key: value for key, value in one["values"].items() if key != "samples_per_second"})
        for one in records
    ]


def test_a_probe_of_two_processes_is_the_one_without_features(ranks, plain, home):
    run, half = new_run(home, PROBE), new_run(home, PROBE, loader={"batch_size": 6})
    assert ranks.train(run, Machine(2, str(home))) == [0, 0]
    check_same(run, plain)
    kept = run.state()["features"]
    assert kept["train"]["bytes"] == 40 * 1024 * 4 and not kept["train"]["reused"]
    assert kept["val"]["bytes"] > 0 and len(sets_in(home)) == 2
    # One process with as many pictures at a time as each of the two has.
    assert ranks.train(half) == [0]
    assert half.state()["features"]["train"]["reused"]


def test_most_options_on_two_machines(ranks, home, tmp_path):
    """On disks of their own; then in three processes that have one disk, and in one alone."""
    off = new_run(home, OPTIONS, features={"cache": "off"})
    own, three, lone = (new_run(home, OPTIONS) for _ in range(3))
    first, second, both = (str(tmp_path / name) for name in ("first", "second", "both"))
    for run in (off, own):
        assert ranks.train(run, Machine(1, first, "a"), Machine(1, second, "b")) == [0, 0]
    check_same(own, off)
    assert sets_in(tmp_path / "first") == sets_in(tmp_path / "second")
    assert ranks.train(three, Machine(2, both, "a"), Machine(1, both, "b")) == [0, 0, 0]
    assert ranks.train(lone) == [0]
    for home in ("first", "both"):  # of two draws and of validation, at two places
        assert len(sets_in(tmp_path / home)) == 6
    assert len(losses(lone)) == 12
    assert losses(own) == pytest.approx(losses(lone), abs=1e-5)
    assert losses(three) == pytest.approx(losses(lone), abs=1e-5)


def losses(run: Run) -> list[float]:
    return [values["loss"] for kind, *_, values in curves(run) if kind == "step"]


@pytest.mark.parametrize("dies", [0, pytest.param(1, marks=pytest.mark.long)])
def test_killed_while_features_are_computed_and_stopped_within_an_epoch(ranks, plain, home, dies):
    run, machine = new_run(home, PROBE), Machine(2, str(home))
    ends = ranks.train(run, machine, plant=Plant(dies=dies))
    assert (ends[dies], ends[1 - dies]) == (-9, 2)  # the other one is to be started again
    assert ranks.train(run, machine, plant=Plant(stops_after=6), restarts=1) == [0, 0]
    assert run.state()["status"] == "stopped" and run.state()["step"] == 6
    assert len(sets_in(home)) == 2 and not any(name.endswith(".part") for name in sets_in(home))
    assert ranks.train(run, machine) == [0, 0]
    check_same(run, plain)
    assert run.state()["features"]["train"]["reused"]


@pytest.mark.parametrize("full", [pytest.param(0, marks=pytest.mark.long), 1])
def test_a_disk_that_is_full_for_one_ends_no_run(ranks, plain, home, full):
    run = new_run(home, PROBE)
    assert ranks.train(run, Machine(2, str(home)), plant=Plant(full=full)) == [0, 0]
    check_same(run, plain)
    assert run.state()["features"]["train"]["why"] == {
        "id": "features.not_written", "values": {"why": "No space left on device"},
    }
    assert sets_in(home) == set()


def test_without_room_on_the_disk_they_share_memory(ranks, plain, home):
    run = new_run(home, PROBE)
    assert ranks.train(run, Machine(2, str(home)), plant=Plant(no_disk=True)) == [0, 0]
    check_same(run, plain)
    assert run.state()["features"]["train"]["in_memory"] and sets_in(home) == set()


@pytest.mark.parametrize(("size", "accumulate", "processes", "id"), [
    (12, 1, 2, None), (12, 3, 2, None), (13, 1, 2, "features.uneven_shares"),
    (12, 4, 2, "features.uneven_shares"), (12, 5, 1, "features.uneven_parts"),
])
def test_shares_that_are_not_alike_are_refused(size, accumulate, processes, id):
    recipe = parse({
        **PROBE, "loader": {"batch_size": size}, "train": {"threads": 1, "accumulate": accumulate},
    })
    found = features.refusal(recipe, processes)
    assert (found and found.id) == id


def test_a_search_of_a_rate_computes_what_the_processes_do(
    ranks: Ranks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not what one process would: BatchNorm trains, each over a half of the batch."""
    monkeypatch.setattr(lr_finder.lr_curve, "STEPS", 12)
    recipe = parse({
        **PROBE, "freeze": {"preset": "all"}, "train": {**PROBE["train"], "processes": 2},
    })
    run = folder.create_run(recipe, root=tmp_path)
    assert ranks.train(run, Machine(2, str(tmp_path))) == [0, 0], run.log_tail()
    first = next(
        record["values"]["loss"] for record in read_records(run.path / "metrics.jsonl")
        if record["kind"] == "step"
    )
    alone = recipe.model_copy(update={"train": recipe.train.model_copy(update={"processes": 1})})
    several, one = (
        lr_finder.find(each, tmp_path / str(place), lambda _phase: None).losses[0]
        for place, each in enumerate((recipe, alone))
    )
    assert several == pytest.approx(first, rel=1e-5)
    assert one != pytest.approx(first, rel=1e-3)
