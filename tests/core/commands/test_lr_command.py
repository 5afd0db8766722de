"""`python -m core lr`: the curve and its suggestion of a recipe, a run, standard input."""

from pathlib import Path

import pytest

from core import places
from core.recipe import parse
from core.runs.folder import create_run, list_runs
from tests.core.commands.test_commands import answered, refused, written
from tests.core.training.test_lr_finder import PROBE


def test_a_recipe_and_a_run_get_the_same_suggestion(
    capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    recipe = parse(PROBE)
    file = tmp_path / "recipe.json"
    file.write_text(recipe.to_json())
    answer = answered(capsys, "lr", str(file))
    assert answer["optimizer"] == "adamw" and answer["groups"] == ["fc"]
    assert 1e-5 < answer["rate"] < 1 and answer["why_not"] is None
    assert answer["curve"][0]["rate"] == 1e-7
    run = create_run(recipe)
    assert written(capsys, "lr", run.id).startswith(f"{answer['rate']:g}\n")
    assert [one.id for one in list_runs()] == [run.id]  # the search left none
    assert list(places.cache_root().glob("lr_finder_*")) == []


def test_what_is_refused(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    assert "run" in refused(capsys, "lr", "nothing-of-that-name")
    file = tmp_path / "recipe.json"
    file.write_text("[]")
    assert "not a recipe" in refused(capsys, "lr", str(file))
