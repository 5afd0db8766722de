"""The features cache: a run with it is the run without it, to the bit, and made only once."""

import json
from pathlib import Path

import pytest
import torch

from core import places
from core.runs.folder import Run
from core.training import feature_draft, quick_passes
from tests.core.training.in_process import new_run, worked

PROBE = {
    "transform": {"augment": "none", "size": 32}, "loader": {"batch_size": 16},
    "freeze": {"preset": "linear_probe"},
}


def states(run: Run) -> dict[str, torch.Tensor]:
    kept = torch.load(run.path / "checkpoints" / "last.pt", weights_only=True)
    return kept["model_state_dict"]


def curves(run: Run) -> list:
    """Every record but its times."""
    lines = (run.path / "metrics.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    return [
        (one["kind"], one["step"], one["split"],
         {key: value for key, value in one["values"].items() if key != "samples_per_second"})
        for one in records
    ]


def same(one: Run, other: Run) -> bool:
    mine, theirs = states(one), states(other)
    return curves(one) == curves(other) and all(
        torch.equal(mine[key], theirs[key]) for key in mine
    )


def kept_of(run: Run) -> dict:
    return run.state()["features"]


@pytest.mark.parametrize(
    "parts",
    [
        PROBE,
        {**PROBE, "loader": {"batch_size": 16, "drop_last": True}},
        {**PROBE, "freeze": {"preset": "last_stage"}},
        {**PROBE, "transform": {"augment": "affine", "draws": 2, "size": 32}},
        {**PROBE, "transform": {
            "augment": "affine", "augment_on": "batch", "draws": 2, "size": 32,
        }},
        {**PROBE, "loader": {"batch_size": 16, "num_workers": 2}},
        {**PROBE, "head": {"kind": "mlp", "dropout": 0.3}},
        {**PROBE, "unfreezing": {"at": [["conv5", 2]]}},
        {**PROBE, "model": {"name": "mobilenet_v3_small", "weights": "none"}},
        {**PROBE, "loader": {"batch_size": 512}},  # no batch is full
    ],
    ids=["probe", "drop_last", "last stage", "repeated augmentation",
         "repeated in batches", "workers", "deep head",
         "a stage opens", "dropout in the head", "short batches"],
)
def test_with_the_cache_every_bit_is_as_without_it(home, parts):
    with_cache, without = new_run(**parts), new_run(**parts, features={"cache": "off"})
    assert worked(with_cache) == worked(without) == "finished"
    assert same(with_cache, without)
    assert kept_of(without)["train"]["why"]["id"] == "features.off"
    assert kept_of(with_cache)["val"]["bytes"] > 0
    if parts["loader"]["batch_size"] < 512:
        assert kept_of(with_cache)["train"]["bytes"] > 0


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_several_passes_side_by_side_change_no_bit(home, monkeypatch, precision):
    rounds, at_once = [], quick_passes._Lanes.at_once
    monkeypatch.setattr(
        quick_passes._Lanes, "at_once",
        lambda lanes, groups: rounds.append(found := at_once(lanes, groups)) or found,
    )
    before = torch.get_num_threads()
    parts = {
        **PROBE, "loader": {"batch_size": 4, "drop_last": True},
        "train": {"epochs": 2, "threads": 2, "precision": precision},
    }
    try:
        with_cache, without = new_run(**parts), new_run(**parts, features={"cache": "off"})
        assert worked(with_cache) == worked(without) == "finished"
    finally:
        torch.set_num_threads(before)
    assert len(rounds) >= 2  # the trial, and what it led to
    assert not any(one.requires_grad for found in rounds for several in found for one in several)
    assert same(with_cache, without)


def test_the_next_run_finds_what_the_first_one_made(home):
    first, again = new_run(**PROBE), new_run(**PROBE, optimizer={"name": "sgd", "lr": 0.1})
    worked(first), worked(again)
    assert not kept_of(first)["train"]["reused"] and kept_of(again)["train"]["reused"]
    other = new_run(**{**PROBE, "transform": {"augment": "none", "size": 40}})
    worked(other)
    assert not kept_of(other)["train"]["reused"]


def test_stopped_and_resumed_is_the_run_without_the_cache(home):
    whole = new_run(**PROBE, features={"cache": "off"})
    parts = new_run(**PROBE)
    worked(whole)
    assert worked(parts, stop_after=1) == "stopped"
    assert worked(parts, resume=True) == "finished"
    assert same(whole, parts)


@pytest.mark.parametrize(
    ("parts", "id"),
    [
        ({**PROBE, "transform": {"augment": "affine", "size": 32}}, "features.augmented"),
        ({**PROBE, "freeze": {"preset": "linear_probe", "frozen_modules": "train"}},
         "features.drifts"),
        ({**PROBE, "freeze": {"preset": "all"}}, "features.nothing_cold"),
    ],
)
def test_where_they_can_not_be_kept_the_reason_is_said(home, parts, id):
    run = new_run(**parts)
    assert worked(run) == "finished"
    assert kept_of(run)["train"]["why"]["id"] == id


def test_bfloat16_halves_them_and_stays_close(home):
    whole, half = new_run(**PROBE), new_run(**PROBE, features={"dtype": "bfloat16"})
    worked(whole), worked(half)
    assert 2 * kept_of(half)["train"]["bytes"] == kept_of(whole)["train"]["bytes"]
    losses = [values["loss"] for kind, _, split, values in curves(whole) if kind == "epoch"]
    closer = [values["loss"] for kind, _, split, values in curves(half) if kind == "epoch"]
    assert closer == pytest.approx(losses, abs=0.05) and closer != losses


def test_a_full_disk_ends_no_run(home, monkeypatch):
    def full(files, *_):
        Path(files[0]).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(feature_draft, "write", full)
    run = new_run(**PROBE)
    assert worked(run) == "finished"
    assert kept_of(run)["train"]["why"]["values"]["why"] == "No space left on device"
    assert list((places.cache_root() / "features").iterdir()) == []
