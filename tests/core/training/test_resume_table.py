"""A run that was stopped and resumed is, bit by bit, the one that nobody stopped: a table.

{model} x {features kept or not} x {augmentation or not} x {workers of the loader} x {stopped at
the end of an epoch, or in its middle}. Weights, optimiser, scaler, schedule, early stopping, the
best so far and the history are compared at each epoch's checkpoint.

Each row has one run that nobody stops, for both numbers of workers: they move no bit. Features
are kept with augmentation only where its draws repeat, so that is how those rows have it; every
row trains the last stage alone, because with everything trained there is nothing to keep.
"""

from itertools import product

import pytest
from torchvision.models import vision_transformer

from core.recipe import parse
from core.runs import folder
from core.runs.folder import Run
from core.training.report import RunReport
from tests.core.training.in_process import worked
from tests.core.training.kills.test_kills import check_same

STEPS = 4  # an epoch
MODELS = ("resnet18", "mobilenet_v3_small", "efficientnet_b0", "vit_b_32")
ROWS = list(product(MODELS, (True, False), ("affine", "none")))

_straight: dict[tuple, Run] = {}


@pytest.fixture(scope="module", autouse=True)
def small_transformer():
    """`vit_b_32` with two narrow layers, through the same functions as any other model."""
    real = vision_transformer._vision_transformer

    def small(patch_size, num_layers, num_heads, hidden_dim, mlp_dim, weights, progress, **more):
        return real(patch_size, 2, 2, 32, 64, weights, progress, **more)

    vision_transformer._vision_transformer = small
    yield
    vision_transformer._vision_transformer = real
    _straight.clear()


@pytest.mark.parametrize("stopped_at", [STEPS, STEPS + 2], ids=["epoch end", "mid epoch"])
@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize(("model", "kept", "augment"), ROWS)
def test_resumed_is_the_run_that_nobody_stopped(
    model, kept, augment, workers, stopped_at, monkeypatch, tmp_path_factory
) -> None:
    row = model, kept, augment
    if row not in _straight:
        _straight[row] = new_run(*row, 0, tmp_path_factory.mktemp("straight"))
        assert worked(_straight[row]) == "finished"
    run = new_run(*row, workers, tmp_path_factory.mktemp("run"))
    with monkeypatch.context() as patched:
        patched.setattr(RunReport, "wish", stop_at(stopped_at))
        assert worked(run) == "stopped"
    assert run.state()["step"] == stopped_at
    assert worked(run, resume=True) == "finished"
    assert run.attempts()[2]["first_step"] == stopped_at
    assert ("bytes" in run.state()["features"]["train"]) == kept
    check_same(run, _straight[row])


def stop_at(step: int):
    """What a person wishes who stops a run after a step."""

    def wish(self: RunReport) -> str:
        return "stop" if self._training.progress.step == step else "go_on"

    return wish


def new_run(model: str, kept: bool, augment: str, workers: int, root) -> Run:
    return folder.create_run(parse({
        "model": {"name": model, "weights": "none"},
        "freeze": {"preset": "last_stage"},
        "split": {"val": 0.02, "train_per_class": 3},
        "transform": {
            "size": None if model == "vit_b_32" else 32, "augment": augment,
            "draws": 2 if augment != "none" else 0,
        },
        "features": {"cache": "auto" if kept else "off"},
        "loader": {"batch_size": 8, "num_workers": workers},
        "schedule": {"name": "plateau", "plateau_epochs": 0},
        "early_stopping": {"enabled": True, "patience": 50},
        "train": {"epochs": 3, "threads": 1},
        "loggers": {"tensorboard": False},
    }), root=root)
