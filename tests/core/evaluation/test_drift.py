"""A run that leaves frozen modules in train(), and plans whose names mean nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.evaluation.movement import measure_movement
from core.recipe import parse
from tests.core.conftest import SMALL, train_small

FREEZE = {
    "preset": "linear_probe", "frozen_modules": "train",
    "exceptions": [["conv5.1.bias", True], ["stage4.*.branch2.0", True]],
}


def test_the_naive_way_is_shown_as_drift_and_not_as_a_fault(tmp_path: Path) -> None:
    run = train_small(tmp_path, freeze=FREEZE, train={"epochs": 1, "threads": 1})
    assert run.recipe().freeze == parse({**SMALL, "freeze": FREEZE}).freeze
    found = measure_movement(run, "last")
    assert found.broken == ()
    norms = [layer for layer in found.frozen if layer.type == "BatchNorm2d"]
    assert len(norms) > 30 and found.drifted == tuple(norms)
    assert all(layer.change == 0 and layer.statistics > 0 for layer in found.drifted)
    trained = {layer.name: layer for layer in found.layers if layer.trains}
    assert set(trained) == {"conv5.1", "fc", *(f"stage4.{i}.branch2.0" for i in range(4))}
    start, end = (_weight(run, "conv5.1.weight"), trained["conv5.1"])
    assert torch.equal(start, torch.ones_like(start)) and end.change > 0  # its bias alone moved

    content = torch.load(run.path / "checkpoints/last.pt", weights_only=True)
    groups = content["optimizer_state_dict"]["param_groups"]
    assert sum(len(group["params"]) for group in groups) == 1 + 2 + 4  # and nothing frozen


def _weight(run, key: str) -> torch.Tensor:
    content = torch.load(run.path / "checkpoints/last.pt", weights_only=True)
    return content["model_state_dict"][key]


@pytest.mark.parametrize("name, near", [("stage5", "stage4"), ("*.branch9.*", "branch")])
def test_a_run_does_not_start_with_a_name_that_means_nothing(
    tmp_path: Path, name: str, near: str
) -> None:
    recipe = tmp_path / "recipe.json"
    recipe.write_text(parse({**SMALL, "freeze": {"exceptions": [[name, False]]}}).to_json())
    done = subprocess.run(
        [sys.executable, "-m", "core", "train", str(recipe), "--run-dir", str(tmp_path / "runs")],
        capture_output=True, text=True, env={**os.environ, "THAW_HOME": str(tmp_path / "home")},
        timeout=120,
    )
    assert done.returncode in (1, 2)
    last = done.stderr.strip().splitlines()[-1]
    assert f"“{name}”" in last and near in last
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("runs/*/checkpoints/*.pt"))
