"""A checkpoint as safetensors and ONNX: the files really read, and refused where they differ."""

import importlib.util
import json
from pathlib import Path

import pytest
import torch

from core.evaluation import export_model, exported
from core.evaluation.export_model import metadata_of
from core.evaluation.exported import FORMATS
from core.evaluation.model_of import load_run_model
from core.messages import ThawError
from core.recipe import from_json
from core.runs.folder import Run


def lacks(format: str) -> bool:
    return any(importlib.util.find_spec(name) is None for name in FORMATS[format].packages)


needs_safetensors = pytest.mark.skipif(lacks("safetensors"), reason="no safetensors here")
needs_onnx = pytest.mark.skipif(lacks("onnx"), reason="no onnx here")


@needs_safetensors
def test_safetensors_hold_the_weights_to_the_bit_and_what_they_mean(
    trained_run: Run, tmp_path: Path
) -> None:
    from safetensors import safe_open

    made = export_model.export_model(trained_run, "safetensors", tmp_path / "best.safetensors")
    assert made.largest_difference == 0 and made.images == 32
    loaded = load_run_model(trained_run)
    state = loaded.model.state_dict()
    with safe_open(made.file, "pt") as file:
        assert set(file.keys()) == set(state)
        assert all(torch.equal(file.get_tensor(name), state[name]) for name in state)
        said = file.metadata()
    assert json.loads(said["classes"]) == [str(digit) for digit in range(10)]
    assert said["model"] == "shufflenet_v2_x0_5" and said["input_size"] == "32"
    mean, std = (torch.tensor(json.loads(said[name]))[:, None, None] for name in ("mean", "std"))
    picture = torch.randint(0, 256, (3, 32, 32), dtype=torch.uint8)
    wanted = loaded.transforms.normalize(picture)
    assert torch.allclose((picture / 255 - mean) / std, wanted, atol=1e-5)
    assert from_json(said["thaw_recipe"].encode()) == trained_run.recipe()


@needs_onnx
@pytest.mark.parametrize("which", ["best", "1"])
def test_onnx_takes_batches_of_any_size_and_gives_the_same(
    trained_run: Run, tmp_path: Path, which: str
) -> None:
    import onnx
    from onnx.reference import ReferenceEvaluator

    made = export_model.export_model(trained_run, "onnx", tmp_path / "model.onnx", which)
    assert made.images == 32 and made.bytes == Path(made.file).stat().st_size
    loaded = load_run_model(trained_run, which)
    assert made.epoch == loaded.epoch
    # Another reader than the one that checked it.
    session = ReferenceEvaluator(made.file)
    for count in (1, 3):
        images = torch.randn(count, 3, 32, 32)
        with torch.no_grad():
            wanted = loaded.model(images)
        found = torch.from_numpy(session.run(["logits"], {"images": images.numpy()})[0])
        assert torch.allclose(found, wanted, atol=1e-4)
    said = {one.key: one.value for one in onnx.load(made.file).metadata_props}
    assert {**said, **metadata_of(loaded)} == said


@needs_safetensors
@pytest.mark.parametrize("by", [1e-3, float("nan")])
def test_a_file_that_gives_something_else_is_not_given_out(
    trained_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: float
) -> None:
    write, read = export_model._WAYS["safetensors"]

    def read_otherwise(loaded, path):
        outputs, checked_by = read(loaded, path)
        size = max(1.0, float(outputs(torch.zeros(1, 3, 32, 32)).abs().max()))
        return lambda images: outputs(images) + 100 * by * size, checked_by

    monkeypatch.setattr(export_model, "_WAYS", {"safetensors": (write, read_otherwise)})
    with pytest.raises(ThawError, match="does not give what the model gives"):
        export_model.export_model(trained_run, "safetensors", tmp_path / "x.safetensors")
    assert list(tmp_path.glob("x.*")) == []


def test_a_missing_package_is_said_with_the_line_that_installs_it(
    trained_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exported, "find_spec", lambda _name: None)
    for format in FORMATS:
        with pytest.raises(ThawError, match="pip install"):
            export_model.export_model(trained_run, format, tmp_path / "x")
    with pytest.raises(ThawError, match="There is no format “zip”"):
        export_model.export_model(trained_run, "zip", tmp_path / "x")


@needs_safetensors
def test_the_app_lets_a_process_make_it_and_hands_on_why_not(trained_run: Run) -> None:
    made = exported.made(trained_run, "safetensors", "last")
    assert made.epoch == 6 and Path(made.file).stat().st_size == made.bytes
    with pytest.raises(ThawError, match="has no checkpoint of epoch 99"):
        exported.made(trained_run, "safetensors", "99")
