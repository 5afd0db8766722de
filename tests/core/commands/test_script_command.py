"""`python -m core script`: a recipe's file, a run, standard input; a script or a notebook."""

import io
import json
import sys
from pathlib import Path

import pytest

from core.recipe import Recipe
from core.runs.folder import Run, create_run
from core.script import notebook_of, script_of
from tests.core.commands.test_commands import answered, refused, written


def test_a_recipe_a_run_and_standard_input(
    capsys: pytest.CaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = Recipe()
    wanted = script_of(recipe).text
    file = tmp_path / "recipe.json"
    file.write_text(recipe.to_json())
    assert written(capsys, "script", str(file)) == wanted
    assert written(capsys, "script", create_run(recipe).id) == wanted
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(recipe.to_json().encode())))
    answer = answered(capsys, "script", "-")
    assert answer["kind"] == "script" and answer["text"] == wanted
    assert {one["page"] for one in answer["sections"]} == {"models", "layers", "batches", "train"}


def test_written_to_a_file(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    file = tmp_path / "recipe.json"
    file.write_text(Recipe().to_json())
    notebook = tmp_path / "run.ipynb"
    assert "written" in written(capsys, "script", str(file), "-o", str(notebook))
    assert notebook.read_text() == notebook_of(script_of(Recipe()))
    cells = json.loads(answered(capsys, "script", str(file), "--notebook")["text"])["cells"]
    assert cells[0]["cell_type"] == "markdown"


def test_what_is_refused(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    assert "run" in refused(capsys, "script", "nothing-of-that-name")
    file = tmp_path / "recipe.json"
    file.write_text(Recipe().to_json())
    assert "can't be written" in refused(
        capsys, "script", str(file), "-o", str(tmp_path / "no" / "such.py")
    )
    file.write_text("[]")
    assert "not a recipe" in refused(capsys, "script", str(file))


def test_the_report_of_a_run(
    capsys: pytest.CaptureFixture, tmp_path: Path, trained_run: Run
) -> None:
    file = tmp_path / "report.html"
    answer = answered(capsys, "report", str(trained_run.path), "-o", str(file))
    assert answer["written"] == str(file) and answer["bytes"] == file.stat().st_size
    assert file.read_text().startswith("<!doctype html>")
    assert "can't be written" in refused(
        capsys, "report", str(trained_run.path), "-o", str(tmp_path / "no" / "such.html")
    )
