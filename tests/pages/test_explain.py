"""The Explain page: which run, which image, and what is drawn over it."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.runs.folder import list_runs
from tests.pages.app_page import open_page


@pytest.fixture
def home_with_runs(home: Path, trained_runs: Path) -> Path:
    shutil.copytree(trained_runs, home / "runs")
    return home


def opened(home: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return open_page(home, monkeypatch, "explain")


def shown(at: AppTest) -> str:
    return "\n".join(one.proto.body for one in at.get("html"))


def test_without_a_run_it_says_where_one_is_started(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = opened(home, monkeypatch)
    assert any("No run with a checkpoint yet" in one.value for one in at.markdown)
    assert not at.selectbox


def test_it_opens_on_the_newest_run_and_its_first_held_out_image(
    home_with_runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = opened(home_with_runs, monkeypatch)
    assert at.selectbox("explain.run").value == list_runs(home_with_runs / "runs")[0].id
    assert any("which is right" in one.value or "the truth is" in one.value for one in at.markdown)
    assert shown(at).count("<img") == 2
