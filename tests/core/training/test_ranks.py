"""Several processes train what one trains: with LayerNorm to rounding, over gloo on the CPU."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.messages import ThawError
from core.recipe import parse
from core.runs import folder, torchrun
from core.runs.folder import Run
from core.runs.metrics import read_records
from core.training import checkpoint
from core.training.ranks import ALONE, Ranks, join
from tests.core.training.small_transformer import PLANTED, STEP

PROJECT = Path(__file__).parents[3]
PROGRAM = "tests.core.training.small_transformer"

PLAIN = {
    "model": {"name": "vit_b_32", "weights": "none"},
    "freeze": {"preset": "all"},
    "split": {"train_per_class": 4, "val": 0.03},
    "transform": {"augment": "affine"},
    "loader": {"batch_size": 13},  # of 40 images; the last batch has one, most processes have none
    "train": {"epochs": 5, "threads": 1},
    "loggers": {"tensorboard": False},
}
MIXED = {**PLAIN, "train": {"epochs": 5, "threads": 1, "mix": "either"}}
FULL = {
    **PLAIN,
    "freeze": {"preset": "last_stage"}, "unfreezing": {"at": [["encoder", 2]]},
    "transform": {"augment": "affine", "augment_on": "batch"},
    "loader": {"batch_size": 13, "num_workers": 1},
    "optimizer": {"name": "sgd", "lr": 0.05},
    "train": {
        "epochs": 5, "threads": 1, "label_smoothing": 0.1, "class_weights": "balanced",
        "accumulate": 2, "clip_norm": 1.0, "ema": 0.9,
    },
}


@pytest.mark.parametrize("count", range(8))
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_rows_are_divided_without_gap_or_overlap(count: int, size: int) -> None:
    batch = list(range(count))
    parts = [batch[Ranks(rank, rank, size).rows(count)] for rank in range(size)]
    assert sum(parts, []) == batch
    lengths = list(map(len, parts))
    assert max(lengths) - min(lengths) <= 1 and lengths == sorted(lengths, reverse=True)


def test_a_process_without_rows_computes_the_first() -> None:
    assert Ranks(2, 2, 3).own([7, 8]) == [7]
    assert Ranks(1, 1, 3).own(torch.tensor([7, 8])).tolist() == [8]


def test_alone_nothing_is_asked() -> None:
    assert ALONE.totals(torch.tensor(2.5), 3) == [2.5, 3.0]
    assert (ALONE.told(4), ALONE.told_text("x"), ALONE.first_said("y")) == (4, "x", "y")
    ALONE.check_same("a", 1)


def test_places_are_what_torchrun_says() -> None:
    assert torchrun.place({"RANK": "1", "WORLD_SIZE": "2"}) == torchrun.Place()  # no torchrun
    told = {
        "TORCHELASTIC_RUN_ID": "j", "RANK": "3", "LOCAL_RANK": "1", "WORLD_SIZE": "4",
        "TORCHELASTIC_RESTART_COUNT": "2", "TORCHELASTIC_MAX_RESTARTS": "2",
        "LOCAL_WORLD_SIZE": "2",
    }
    assert torchrun.place(told) == torchrun.Place(3, 1, 4, 2, 2, "j", 2)
    assert torchrun.place(told).is_last_try


@pytest.mark.parametrize("number", [0, 1])
def test_too_few_gpus_are_said_by_all_and_nobody_waits(monkeypatch, number: int) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(ThawError, match="there are 1:"):
        join(torchrun.Place(number, number, 2, job="j", here=2), "auto")


@pytest.mark.parametrize(("has_nccl", "backend"), [(True, "cpu:gloo,cuda:nccl"), (False, "gloo")])
def test_gradients_on_gpus_go_over_nccl_where_there_is_one(
    monkeypatch, has_nccl: bool, backend: str
) -> None:
    began, given = [], []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", given.append)
    monkeypatch.setattr(torch.distributed, "is_nccl_available", lambda: has_nccl)
    monkeypatch.setattr(torch.distributed, "init_process_group", began.append)
    join(torchrun.Place(1, 1, 2, job="j", here=2), "cuda")
    assert (began, given) == ([backend], [1])


@pytest.mark.parametrize(("recipe", "processes"), [
    pytest.param(FULL, 3, id="most options"),
    pytest.param(MIXED, 2, id="mixed images", marks=pytest.mark.long),
    pytest.param(PLAIN, 4, id="plain", marks=pytest.mark.long),
])
def test_the_losses_are_those_of_one_process(recipe: dict, processes: int, tmp_path: Path) -> None:
    one, several = (folder.create_run(parse(recipe), root=tmp_path / str(n)) for n in (1, 2))
    train(one)
    train(several, processes)
    lone, shared = losses(one), losses(several)
    assert len(lone) >= 20 and lone.keys() == shared.keys()
    assert max(abs(lone[step] - shared[step]) for step in lone) < 1e-5
    for epoch in epochs(one):
        assert epochs(several)[epoch] == pytest.approx(epochs(one)[epoch], abs=1e-5)
    before, after = (checkpoint.load_latest(run.path / "checkpoints") for run in (one, several))
    assert before["model_state_dict"].keys() == after["model_state_dict"].keys()
    assert several.attempts()[1]["processes"] == processes


def test_the_layer_is_named_where_the_loss_of_one_process_is_not_finite(tmp_path: Path) -> None:
    run = folder.create_run(parse(PLAIN), root=tmp_path)
    assert start(run, 2, THAW_TEST_PLANTED="yes") != 0
    assert run.state()["status"] == "failed"
    assert run.state()["error"] == {
        "id": "training.not_finite_layer", "values": {"layer": PLANTED, "step": STEP},
    }


def train(run: Run, processes: int = 1) -> None:
    """Trains a run to its end."""
    assert start(run, processes) == 0
    assert run.state()["status"] == "finished"


def start(run: Run, processes: int, **variables: str) -> int:
    """Trains a run in processes that have the small transformer; returns what they return."""
    command = [sys.executable, "-m", PROGRAM]
    if processes > 1:
        command = [
            sys.executable, "-m", "torch.distributed.run", "--standalone",
            f"--nproc-per-node={processes}", "-m", PROGRAM,
        ]
    return subprocess.run(
        [*command, "train", str(run.path)], cwd=PROJECT, check=False, timeout=300,
        env={**os.environ, **torchrun.ENVIRONMENT, "THAW_DEBUG": "1", **variables},
    ).returncode


def losses(run: Run) -> dict[int, float]:
    """The training loss of each step."""
    return {
        record["step"]: record["values"]["loss"]
        for record in read_records(run.path / "metrics.jsonl") if record["kind"] == "step"
    }


def epochs(run: Run) -> dict[tuple[int, str], list[float]]:
    """Loss and accuracy of each epoch, in training and validation."""
    return {
        (record["epoch"], record["split"]): list(record["values"].values())
        for record in read_records(run.path / "metrics.jsonl") if record["kind"] == "epoch"
    }
