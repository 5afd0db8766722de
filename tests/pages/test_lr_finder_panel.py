"""The search for a learning rate on the Train page, with a real process and without one."""

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.recipe import parse, with_value
from core.training import measuring
from pages.widgets.asked import Asked
from pages.widgets.train import lr_finder_panel
from tests.core.training.test_lr_finder import PROBE
from tests.pages.app_page import open_page, quiet, with_recipe


def kept(at: AppTest) -> Asked:
    return at.session_state["person.choices"]["train.lr_finder"]


def test_a_rate_is_found_taken_over_and_out_of_date_when_the_recipe_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = open_page(tmp_path, monkeypatch, "train", parse(PROBE))
    at.button("train.lr.search").click()
    quiet(at.run())
    assert at.button("train.lr.search").disabled
    place = kept(at).place
    until = time.monotonic() + 120
    while measuring.look(place).phase != "done":
        assert time.monotonic() < until
        time.sleep(0.1)
    quiet(at.run())
    found = kept(at).answer
    frame = lr_finder_panel.curve_frame(found)
    assert len(frame) >= 20 and frame.notna().all(axis=None)
    button = at.button("train.lr.use")
    assert button.label == f"Use {found.rate:g}"
    button.click()
    quiet(at.run())
    assert at.session_state["draft.recipe"].optimizer.lr == found.rate
    assert at.button("train.lr.use").disabled
    assert any("Holds for AdamW" in one.value and "fc" in one.value for one in at.caption)
    assert not any("Out of date" in one.value for one in at.warning)
    with_recipe(at, with_value(at.session_state["draft.recipe"], "optimizer.name", "adadelta"))
    assert any("Out of date" in one.value for one in at.warning)
    assert any("Adadelta sizes its steps by itself" in one.value for one in at.info)


def test_a_search_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = open_page(tmp_path, monkeypatch, "train", parse(PROBE))
    at.button("train.lr.search").click()
    quiet(at.run())
    place = kept(at).place
    at.button("train.lr.stop").click()
    quiet(at.run())
    assert not place.exists() and kept(at) is None
    assert at.button("train.lr.search").label == "Find a learning rate"
