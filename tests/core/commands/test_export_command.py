"""`python -m core export`: a file with its comparison, or one line why not."""

from pathlib import Path

import pytest

from core.runs.folder import Run
from tests.core.commands.test_commands import answered, refused, written


def test_written_and_compared(
    capsys: pytest.CaptureFixture, trained_run: Run, tmp_path: Path
) -> None:
    for name, format in (("safetensors", "safetensors"), ("onnx", "onnx")):
        pytest.importorskip(name)
        file = tmp_path / f"digits.{format}"
        arguments = ("export", str(trained_run.path), "--format", format, "-o", str(file))
        answer = answered(capsys, *arguments)
        assert answer["file"] == str(file) and file.stat().st_size == answer["bytes"]
        assert "largest difference" in written(capsys, *arguments)


def test_what_is_refused(
    capsys: pytest.CaptureFixture, trained_run: Run, tmp_path: Path
) -> None:
    file = str(tmp_path / "x.safetensors")
    assert "no run" in refused(capsys, "export", "nothing", "--format", "onnx", "-o", file)
    path = str(trained_run.path)
    assert "no checkpoint of epoch 77" in refused(
        capsys, "export", path, "--format", "safetensors", "--checkpoint", "77", "-o", file
    )
    assert "no such folder" in refused(
        capsys, "export", path, "--format", "safetensors", "-o", str(tmp_path / "no" / "x")
    )
    said = refused(capsys, "export", path, "--format", "safetensors", "-o", str(tmp_path))
    assert f"{tmp_path} can't be written (it is a folder)" in said
