"""The dry run on the Train page, and the batch size that fits after a run out of memory."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from core import portable
from core.recipe import Recipe, parse
from core.runs import folder, supervisor
from core.runs.folder import Run
from core.training import epoch_time_process, fitting_batch
from core.training.fitting_batch import Fitting, Search, Try
from core.training.measuring import Look
from tests.core.conftest import SMALL
from tests.core.training.test_dry_run import MEASURED
from tests.pages.test_train import opened, quiet, widget, words


def metrics(at: AppTest) -> dict[str, tuple[str, str]]:
    return {one.label: (one.value, one.delta) for one in at.metric}


def test_a_real_dry_run_tells_the_run_until_the_recipe_changes(home) -> None:
    at = opened(parse(SMALL))
    widget(at, "button", "Dry run").click().run()
    until = time.monotonic() + 90
    while "Done about" not in metrics(at):
        assert time.monotonic() < until, words(at)
        time.sleep(0.3)
        at.run()
    quiet(at)
    found = metrics(at)
    assert ":" in found["Done about"][0] and "from a start now" in found["Done about"][1]
    assert found["An epoch"][1].startswith("25 steps of ")
    assert found["On disk"][1].endswith(" are free")
    # What an epoch does not depend on counts at once; what it depends on makes it stale.
    widget(at, "text_input", "Epochs").set_value("60").run()
    assert metrics(at)["An epoch"] == found["An epoch"]
    assert metrics(at)["Done about"][1] != found["Done about"][1]
    widget(at, "text_input", "batch_size").set_value("8").run()
    assert "Done about" not in metrics(at)
    assert any("batch_size 16 → 8" in one.value for one in at.warning)
    assert folder.list_runs() == []


def test_a_disk_that_is_too_small_is_told(home, monkeypatch: pytest.MonkeyPatch) -> None:
    at = opened(parse(SMALL))
    place = home / "cache" / "epoch_time_1"
    huge = MEASURED.__class__(**{**vars(MEASURED), "checkpoint_bytes": 10**15, "processes": 2})
    monkeypatch.setattr(epoch_time_process, "start", lambda recipe: place)
    monkeypatch.setattr(epoch_time_process, "look", lambda place: Look("done", huge))
    widget(at, "button", "Dry run").click().run()
    at.run()
    quiet(at)
    assert any("are free: free some" in one.value for one in at.warning)
    assert metrics(at)["Memory at most"][1] == "each of 2 processes, CPU, 1 threads"


def out_of_memory() -> Run:
    run = folder.create_run(parse({**SMALL, "loader": {"batch_size": 64}}))
    portable.write_json(run.path / "attempts" / "1.json", {
        "recipe": run.recipe().model_dump(mode="json"), "first_step": 0, "first_epoch": 0,
    })
    portable.write_json(run.path / "launch.json", {"pid": 1, "started": 0, "boot": 0})
    portable.write_json(run.path / "state.json", {
        "status": "failed", "attempt": 1, "epochs": 6, "epoch": 0,
        "error": {"id": "training.out_of_memory", "values": {"batch_size": 64}},
    })
    return run


@pytest.mark.parametrize(
    ("label", "asked"),
    [("Go on with 28", {"batch_size": 28, "parts": None}),
     ("Go on with 64 in 4 parts", {"batch_size": None, "parts": 4})],
)
def test_what_fits_is_offered_and_goes_on(
    home, monkeypatch: pytest.MonkeyPatch, label: str, asked: dict
) -> None:
    run, resumed = out_of_memory(), []
    looks = [Search("trying", 32)]
    found = Fitting(64, 28, 4, (Try(64, 1, False), Try(28, 1, True), Try(64, 4, True)))

    def start(recipe: Recipe):
        assert recipe.loader.batch_size == 64
        return home / "cache" / "fitting_batch_1"

    monkeypatch.setattr(fitting_batch, "start", start)
    monkeypatch.setattr(fitting_batch, "look", lambda place: looks[-1])
    monkeypatch.setattr(
        supervisor, "resume", lambda run, **given: resumed.append((run.id, given))
    )
    at = opened()
    at.session_state["person.watched_run"] = run.id
    at.run()
    assert [one.value for one in at.error] and "batches of 64" in at.error[0].value
    widget(at, "button", "Find the batch size that fits").click().run()
    assert not at.exception
    assert widget(at, "button", "Stop searching")
    looks.append(Search("done", answer=found))
    at.run()
    assert "**Batches of 28 fit**" in words(at) and "28 fits" in words(at)
    widget(at, "button", label).click().run()
    assert not at.exception and resumed == [(run.id, asked)]


def test_a_run_that_failed_otherwise_is_offered_no_batch_size(home) -> None:
    run = out_of_memory()
    state = {**run.state(), "error": {"id": "training.not_finite", "values": {"step": 3}}}
    portable.write_json(run.path / "state.json", state)
    at = opened()
    at.session_state["person.watched_run"] = run.id
    at.run()
    assert "Find the batch size that fits" not in [one.label for one in at.button]
    assert "Resume" in [one.label for one in at.button]
