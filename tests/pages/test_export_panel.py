"""The export of the best checkpoint on the Runs page, and the sentence where a package lacks."""

import os
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.evaluation import exported
from core.runs import folder
from tests.pages.app_page import open_page, quiet


def copied(source: str, target: str) -> None:
    (os.link if source.endswith(".pt") else shutil.copy2)(source, target)


@pytest.fixture
def home_with_runs(home: Path, trained_runs: Path) -> Path:
    shutil.copytree(trained_runs, home / "runs", copy_function=copied)
    return home


def buttons(at: AppTest) -> list[str]:
    return [one.key for one in at.button if (one.key or "").startswith("runs.export ")]


def test_it_is_made_compared_and_then_there_to_download(
    home_with_runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("safetensors")
    at = open_page(home_with_runs, monkeypatch, "runs")
    key = next(key for key in buttons(at) if key.endswith("safetensors"))
    at.button(key).click()
    quiet(at.run())
    assert key not in buttons(at)
    assert any("largest difference **0**" in one.value for one in at.markdown)
    kept = at.session_state["person.choices"][key]
    assert Path(kept.file).stat().st_size == kept.bytes
    Path(kept.file).unlink()  # an hour later
    quiet(at.run())
    assert key in buttons(at)


def test_why_it_can_not_be_made_is_said(
    home_with_runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("safetensors")
    at = open_page(home_with_runs, monkeypatch, "runs")
    key = next(key for key in buttons(at) if key.endswith("safetensors"))
    for run in folder.list_runs():
        (run.path / "checkpoints" / "best.pt").unlink()
        (run.path / "checkpoints" / "best.pt").write_bytes(b"no checkpoint")
    at.button(key).click()
    at.run()
    assert not at.exception
    assert any("best.pt is damaged" in one.value for one in at.error)


def test_a_missing_package_gets_its_line(
    home_with_runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exported, "find_spec", lambda _name: None)
    at = open_page(home_with_runs, monkeypatch, "runs")
    assert buttons(at) == []
    assert sum("pip install" in one.value for one in at.info) == 2
