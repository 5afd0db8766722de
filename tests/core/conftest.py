"""One small run that has really been trained, for the tests that read one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.recipe import parse
from core.runs.folder import Run, list_runs

# About four seconds of training on one thread; it reads most digits afterwards.
SMALL = {
    "name": "small",
    "model": {"name": "shufflenet_v2_x0_5", "weights": "none"},
    "freeze": {"preset": "from_scratch"},
    "split": {"val": 0.05, "train_per_class": 40},
    "transform": {"size": 32, "augment": "none"},
    "loader": {"batch_size": 16},
    "optimizer": {"lr": 3e-3},
    "train": {"epochs": 6, "threads": 1},
    "loggers": {"tensorboard": False},
}


def train_small(root: Path, **changes: object) -> Run:
    """The small run with some settings changed, trained by the command line into `root/runs`."""
    recipe = root / "recipe.json"
    recipe.write_text(parse({**SMALL, **changes}).to_json())
    subprocess.run(
        [sys.executable, "-m", "core", "train", str(recipe), "--run-dir", str(root / "runs")],
        check=True, capture_output=True, env={**os.environ, "THAW_HOME": str(root / "home")},
        timeout=300,
    )
    return list_runs(root / "runs")[0]


@pytest.fixture(scope="session")
def trained_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A finished run; tests read it and leave it as it is."""
    return train_small(tmp_path_factory.mktemp("trained"))
