"""The panel that says where a run's curves go, on a run that was really trained."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import portable
from core.messages import ThawError
from core.runs import tensorboard_server
from core.runs.folder import Run
from tests.core.training.in_process import new_run, worked
from tests.pages.app_page import open_page, quiet


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("THAW_HOME", str(tmp_path))
    made = new_run(loggers={"tensorboard": True})
    assert worked(made) == "finished"
    yield made
    tensorboard_server.end()


def opened(run: Run, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return open_page(run.path.parents[1], monkeypatch, "runs")


def said(at: AppTest) -> str:
    return " ".join(one.value for one in [*at.markdown, *at.caption, *at.info, *at.code])


def test_the_button_starts_a_tensorboard_that_the_next_browser_finds_and_ends(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = opened(run, monkeypatch)
    assert 'writer.add_scalar("Loss/train", train_loss, epoch)' in said(at)
    quiet(at.button(f"tensorboard.open {run.id}").click().run())
    server = tensorboard_server.running()
    assert server is not None
    other = opened(run, monkeypatch)
    assert server.address in said(other) and f"{run.id}/tensorboard" in said(other)
    quiet(other.button(f"tensorboard.end {run.id}").click().run())
    assert tensorboard_server.running() is None
    assert f"tensorboard.open {run.id}" in [one.key for one in other.button]


def test_a_tensorboard_that_does_not_start_is_a_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise ThawError("tensorboard.missing")

    at = opened(run, monkeypatch)
    monkeypatch.setattr(tensorboard_server, "start", refuse)
    at.button(f"tensorboard.open {run.id}").click().run()
    assert not at.exception
    assert "pip install tensorboard" in at.error[0].value


def test_weights_and_biases_offline_is_told_with_its_command(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = portable.read_json(run.path / "recipe.json")
    recipe["loggers"] |= {"wandb": True, "wandb_project": "lesson"}
    portable.write_json(run.path / "recipe.json", recipe)
    state = run.state()
    state["loggers"] = {
        "tensorboard": True,
        "wandb": {"online": False, "url": None, "sync": "wandb sync X"},
        "problems": [
            {"id": "loggers.wandb_offline", "values": {"why": "no key is set"}},
            {"id": "of a later version", "values": {}},
        ],
    }
    portable.write_json(run.path / "state.json", state)
    at = opened(run, monkeypatch)
    assert "wandb sync X" in said(at) and "no key is set" in said(at)
    assert 'wandb.init(project="lesson"' in said(at)
    assert "a row of each `attempt`" not in said(at)
    (run.path / "attempts" / "2.json").write_text((run.path / "attempts" / "1.json").read_text())
    assert "a row of each `attempt`" in said(opened(run, monkeypatch))


def test_a_run_without_event_files_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = portable.read_json(run.path / "recipe.json")
    recipe["loggers"]["tensorboard"] = False
    portable.write_json(run.path / "recipe.json", recipe)
    at = opened(run, monkeypatch)
    assert "writes no TensorBoard files" in said(at)
    assert f"tensorboard.open {run.id}" not in [one.key for one in at.button]
