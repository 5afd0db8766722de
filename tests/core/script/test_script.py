"""The script of a recipe runs without Thaw and gives the losses of the run to the last bit."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from core.runs import folder
from core.script import notebook_of, script_of
from tests.core.script.cases import FEW, MORE, recipe_of
from tests.core.training.in_process import worked

_ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", FEW)
def test_it_gives_the_losses_of_the_run(name: str, tmp_path: Path) -> None:
    agrees(FEW[name], tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("name", MORE)
def test_more_recipes(name: str, tmp_path: Path) -> None:
    agrees(MORE[name], tmp_path)


def agrees(parts: dict[str, Any], place: Path) -> None:
    recipe = recipe_of(parts)
    run = folder.create_run(recipe)
    assert worked(run) == "finished", run.state()
    theirs = results(script_of(recipe).text, place)
    ours = epochs_of(run)
    assert theirs.keys() == ours.keys()
    for epoch, found in ours.items():
        content = theirs[epoch]
        assert {key: content[key] for key in found} == found, epoch
    last = torch.load(run.path / "checkpoints" / "last.pt", weights_only=True)
    state = theirs[max(theirs)]["model_state_dict"]
    assert state.keys() == last["model_state_dict"].keys()
    for key, values in last["model_state_dict"].items():
        assert torch.equal(values, state[key]), key


def epochs_of(run: folder.Run) -> dict[int, dict[str, float]]:
    """Losses and accuracies of each epoch, as the run recorded them."""
    found: dict[int, dict[str, float]] = {}
    for line in (run.path / "metrics.jsonl").read_text().splitlines():
        record = json.loads(line)
        if record["kind"] == "epoch" and record["epoch"]:
            prefix = "" if record["split"] == "train" else "val_"
            found.setdefault(record["epoch"], {}).update(
                {f"{prefix}{key}": value for key, value in record["values"].items()}
            )
    return found


def results(text: str, place: Path) -> dict[int, dict[str, Any]]:
    """The checkpoints that a script leaves, run in a fresh process without Thaw on its path."""
    (place / "script.py").write_text(text)
    environment = {
        key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "THAW_HOME")
    }
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=place, env=environment, capture_output=True, text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Held out" in done.stdout
    files = (place / "checkpoints").glob("checkpoint_model_*.pt")
    loaded = (torch.load(file, weights_only=True) for file in files)
    return {content["epoch"]: content for content in loaded}


@pytest.mark.parametrize("name", [*FEW, *MORE])
def test_it_is_clean_and_needs_nothing_of_thaw(name: str, tmp_path: Path) -> None:
    text = script_of(recipe_of({**FEW, **MORE}[name])).text
    file = tmp_path / "script.py"
    file.write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--config", str(_ROOT / "pyproject.toml"), file],
        capture_output=True, text=True,
    )
    assert done.returncode == 0, done.stdout
    assert not any(line.startswith(("import core", "from core")) for line in text.splitlines())


def test_the_notebook_holds_the_script() -> None:
    script = script_of(recipe_of(FEW["default"]))
    cells = json.loads(notebook_of(script))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert code == [script.imports, *(section.text for section in script.sections)]


@pytest.mark.parametrize(("device", "said"), [
    ("cpu", "fused=True)"), ("cuda", "fused=True)"), ("mps", "weight_decay=0.01)"),
    ("auto", 'fused=device.type != "mps",'),
])
def test_the_optimiser_is_fused_where_that_of_a_run_is(device: str, said: str) -> None:
    recipe = recipe_of({"train": {"device": device}})
    lines = [line for line in script_of(recipe).text.splitlines() if "weight_decay" in line]
    assert [line.endswith(said) for line in lines] == [True], lines


@pytest.mark.parametrize(("device", "precision", "said"), [
    ("cpu", "auto", "fused=True"), ("cuda", "bfloat16", "fused=True"),
    ("auto", "float32", 'fused=device.type != "mps"'),
    ("cuda", "auto", "fused=precision != torch.float16"),
    ("auto", "auto", 'fused=device.type != "mps" and precision != torch.float16'),
    ("cuda", "float16", "weight_decay=0.01"), ("auto", "float16", "weight_decay=0.01"),
])
def test_sgd_is_not_fused_in_float16(device: str, precision: str, said: str) -> None:
    """PyTorch's would go on from a momentum that nobody filled."""
    train = {"device": device, "precision": precision}
    recipe = recipe_of({"train": train, "optimizer": {"name": "sgd"}})
    lines = [line for line in script_of(recipe).text.splitlines() if "weight_decay" in line]
    assert [line.rstrip(",)").endswith(said) for line in lines] == [True], lines
