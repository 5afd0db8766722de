"""The script of a recipe computes on a GPU as a run does: newer than a T4, and a T4."""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.script import script_of
from core.training import devices
from tests.core.script.cases import recipe_of

PARTS = {
    "model": {"name": "mobilenet_v3_small", "weights": "none"},
    "train": {"epochs": 1, "device": "auto", "clip_norm": 1.0}, "transform": {"augment": "none"},
}


def chosen_by(script: Path) -> dict:
    """What a script asks for while it runs, beside what Thaw takes on the same GPU."""
    asked: dict[str, set] = {"dtypes": set(), "scales": set(), "devices": set()}
    began, scaled = torch.autocast.__enter__, torch.amp.GradScaler.scale

    def enter(self: torch.autocast) -> torch.autocast:
        asked["dtypes"].add(str(self.fast_dtype).removeprefix("torch."))
        asked["devices"].add(self.device if self._enabled else "none")
        return began(self)

    def scale(self: torch.amp.GradScaler, loss: torch.Tensor) -> torch.Tensor:
        asked["scales"].add(self.is_enabled())
        asked["devices"].add(loss.device.type)
        return scaled(self, loss)

    torch.autocast.__enter__, torch.amp.GradScaler.scale = enter, scale
    try:
        runpy.run_path(str(script), run_name="__main__")
    finally:
        torch.autocast.__enter__, torch.amp.GradScaler.scale = began, scaled
    thaw = devices.precision_on(devices.choose_device("auto"), "auto")
    return {"thaw": thaw, **{name: sorted(values) for name, values in asked.items()}}


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "script.py"
    file.write_text(script_of(recipe_of(PARTS)).text)
    return file


def test_bfloat16_where_the_gpu_has_it(script: Path):
    assert chosen_by(script) == {
        "thaw": "bfloat16", "dtypes": ["bfloat16"], "scales": [False], "devices": ["cuda"],
    }


def test_float16_with_a_scaler_where_it_would_only_be_imitated(script: Path):
    """The capability of a GPU is asked for once, so it is another process."""
    done = subprocess.run(
        [sys.executable, "-c", "import json, sys, torch; from pathlib import Path\n"
         "torch.backends.cudnn.enabled = False\n"
         "from tests.made_up_gpu.checks.scripts import chosen_by\n"
         "print(json.dumps(chosen_by(Path(sys.argv[1]))))", str(script)],
        env={**os.environ, "MADE_UP_MAJOR": "7", "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True, text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "thaw": "float16", "dtypes": ["float16"], "scales": [True], "devices": ["cuda"],
    }
