"""The panel that measures what pays here: a real measurement, and its answer in the recipe."""

import time
from dataclasses import asdict
from pathlib import Path

import pytest

from core import portable
from core.recipe import parse, with_value
from core.training import measuring
from pages.widgets.asked import Asked
from pages.widgets.train import what_pays_panel
from tests.core.conftest import SMALL
from tests.core.training.test_what_pays import four
from tests.pages.app_page import open_page, quiet, with_recipe

RECIPE = parse({**SMALL, "train": {"epochs": 1, "threads": 1, "device": "cpu"}})


def kept(at) -> Asked:
    return at.session_state["person.choices"]["train.what_pays"]


@pytest.mark.timeout(150)
def test_measured_put_into_the_recipe_and_out_of_date_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = open_page(tmp_path, monkeypatch, "train", RECIPE)
    at.button("train.pays.measure").click()
    quiet(at.run())
    assert at.button("train.pays.measure").disabled
    # The page is loaded anew meanwhile: another session of the same browser.
    anew = open_page(tmp_path, monkeypatch, "train", RECIPE)
    assert anew.button("train.pays.measure").disabled and anew.button("train.pays.stop")
    assert any("before this page was loaded" in one.value for one in anew.caption)
    place, until = kept(at).place, time.monotonic() + 120
    while measuring.look(place).phase != "done":
        assert time.monotonic() < until
        time.sleep(0.2)
    quiet(at.run())
    table = next(one.value for one in at.table if "computed in" in one.value)
    assert len(table) == len(kept(at).answer.variants) >= 4
    quiet(anew.run())
    assert kept(anew).answer == kept(at).answer
    assert table["a step"].str.fullmatch(r"[\d.,]+ ms").all()
    assert table["speed"].iloc[0] == "1.00 ×"
    at.button("train.pays.use").click()
    quiet(at.run())
    recipe, best = at.session_state["draft.recipe"], kept(at).answer.fastest
    assert (recipe.train.precision, recipe.train.memory_format, recipe.train.threads) == (
        best.precision, best.memory_format, best.threads
    )
    ratios = table["speed"].str.removesuffix(" ×").astype(float)
    named = set(table.loc[ratios == ratios.max(), "computed in"])
    assert what_pays_panel._title(best) in named
    assert at.button("train.pays.use").disabled
    assert not any("Out of date" in one.value for one in at.warning)
    with_recipe(at, with_value(recipe, "loader.batch_size", 7))
    assert any("Out of date" in one.value for one in at.warning)


def test_a_measurement_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = open_page(tmp_path, monkeypatch, "train", RECIPE)
    at.button("train.pays.measure").click()
    quiet(at.run())
    place = kept(at).place
    at.button("train.pays.stop").click()
    quiet(at.run())
    assert not place.exists() and kept(at) is None
    assert at.button("train.pays.measure").label == "What pays here?"


def ended(place: Path) -> Path:
    """The folder of a measurement that ended while nobody looked."""
    place.mkdir(parents=True)
    portable.write_atomic(place / "recipe.json", RECIPE.to_json().encode())
    portable.write_json(place / "answer.json", {"what_pays": asdict(four())})
    return place


def test_an_answer_that_came_during_a_reload_is_shown_once_to_whoever_has_its_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = ended(tmp_path / "cache" / "what_pays_1")
    other = open_page(tmp_path, monkeypatch, "train", with_value(RECIPE, "loader.batch_size", 7))
    assert other.button("train.pays.measure").label == "What pays here?"
    at = open_page(tmp_path, monkeypatch, "train", RECIPE)
    quiet(at.run())
    assert any("computed in" in one.value for one in at.table) and kept(at).answer == four()
    assert place.exists()
    assert open_page(tmp_path, monkeypatch, "train", RECIPE).button("train.pays.measure").label == (
        "What pays here?"
    )


def test_one_that_was_stopped_in_another_tab_is_gone_here_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = open_page(tmp_path, monkeypatch, "train", RECIPE)
    at.button("train.pays.measure").click()
    quiet(at.run())
    other = open_page(tmp_path, monkeypatch, "train", RECIPE)
    other.button("train.pays.stop").click()
    quiet(other.run())
    assert not kept(at).place.exists()
    quiet(at.run())
    assert kept(at) is None and at.button("train.pays.measure").label == "What pays here?"


def test_the_table_has_the_ratio_of_speeds() -> None:
    frame = what_pays_panel.frame_of(four(float32_channels_last=0.5, bfloat16_contiguous=4.0))
    assert list(frame["speed"]) == [1, 2, 0.25]
    assert list(frame["a step"]) == [1000, 500, 4000]


@pytest.mark.parametrize("cores, idle", [(1, False), (8, True)])
def test_idle_cores_are_told(
    cores: int, idle: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portable, "physical_cores", lambda: cores)
    at = open_page(tmp_path, monkeypatch, "train", RECIPE)
    said = [one.value for one in at.caption if "more threads are faster" in one.value]
    assert len(said) == idle and all("has 8 cores" in one for one in said)
