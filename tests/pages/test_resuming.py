"""Going on with a run while its device is busy: it waits in the queue, and is taken out again."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import portable
from core.recipe import Recipe
from core.runs import device_slots, device_use, folder, going_on, queue
from core.runs.changes import Changes
from core.runs.expected import Expected
from core.runs.folder import Run
from core.runs.status import status
from pages.state import person
from pages.widgets.runs import reading, runs_table
from pages.widgets.train import fit_batch_panel, open_stages_panel, resuming
from tests.pages.app_page import ROOT, quiet

STOPPED = {
    "status": "stopped", "attempt": 1, "epoch": 1, "epochs": 3, "step": 5, "steps": 15,
    "seconds": 2.0,
}


@pytest.fixture
def runs(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """A run that was stopped after an epoch, and another one that holds the device."""
    monkeypatch.setenv(device_slots.SETTING, "cpu")
    stopped, other = (folder.create_run(Recipe(name=name)) for name in ("stopped", "other"))
    portable.write_json(stopped.path / "state.json", STOPPED)
    monkeypatch.setattr(device_use, "running_runs", lambda root: [other])
    monkeypatch.setattr(queue, "_spawn", lambda root: None)
    return [stopped, other]


def page(name: str, run: Run) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    at.session_state["person.watched_run"] = at.session_state["person.chosen_run"] = run.id
    return quiet(at.switch_page(f"pages/{name}.py").run())


def labels(at: AppTest) -> list[str]:
    return [one.label for one in at.button]


def press(at: AppTest, label: str) -> None:
    quiet(next(one for one in at.button if one.label == label).click().run())


def words(at: AppTest) -> str:
    return "\n".join(one.value for one in [*at.markdown, *at.caption])


def said(at: AppTest) -> str:
    return "\n".join(one.value for one in [*at.success, *at.warning])


def test_it_is_queued_told_so_and_taken_out_again_with_all_it_has(runs: list[Run]) -> None:
    run = runs[0]
    at = page("train", run)
    assert "Resume" not in labels(at)
    assert "**other** is training on its device. In the queue it waits" in words(at)
    press(at, "Queue to resume")
    assert status(run).status == "queued" and queue.waiting() == [run]
    assert "waits in the queue: it is expected to start in under a minute." in said(at)
    assert "Waits in the queue, to go on from epoch 1: it is expected to" in words(at)
    assert not {"Resume", "Queue to resume"} & set(labels(at))
    press(at, "Take out of the queue")
    assert status(run).status == "stopped" and run.path.exists()
    assert "Queue to resume" in labels(at) and "Take out of the queue" not in labels(at)


def test_the_runs_page_follows_a_run_that_was_queued_elsewhere(runs: list[Run]) -> None:
    at = page("runs", runs[0])
    assert "Queue to resume" in labels(at)
    before = runs_table._standing(reading.all_runs())
    queue.add([queue.GoOn(runs[0], Changes())])
    assert runs_table._standing(reading.all_runs()) != before  # so its part draws the whole page
    quiet(at.run())
    assert "Queue to resume" not in labels(at) and "Take out of the queue" in labels(at)


def test_the_runs_page_queues_it_too_and_stays(runs: list[Run]) -> None:
    at = page("runs", runs[0])
    press(at, "Queue to resume")
    assert queue.waiting() == [runs[0]] and "waits in the queue" in said(at)
    assert any(one.value == "Runs" for one in at.title)
    assert "Waits in the queue, to go on from epoch 1" in words(at)
    press(at, "Take out of the queue")
    assert queue.waiting() == [] and "Queue to resume" in labels(at)


def test_what_was_to_be_opened_or_fits_is_kept_for_its_turn(
    runs: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (person, resuming.acted.person):
        monkeypatch.setattr(module.st, "session_state", {})
    open_stages_panel._resume(runs[0], ["conv5"], True)
    assert going_on.changes_of(runs[0]) == Changes(("conv5",))
    queue.remove(runs[0])
    fit_batch_panel._go_on(runs[0], True, 28, None)
    assert going_on.changes_of(runs[0]) == Changes(batch_size=28)
    assert person.watched_run() == runs[0].id


def test_a_paused_queue_says_what_to_do(runs: list[Run]) -> None:
    queue.pause()
    at = page("train", runs[0])
    assert "press" in words(at)
    press(at, "Queue to resume")
    assert [one.value for one in at.success] == []
    assert "the queue is paused, until somebody presses “Continue”" in said(at)


def test_a_device_that_became_busy_after_the_page_was_drawn_refuses_and_then_offers_the_queue(
    runs: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = device_use.running_runs
    monkeypatch.setattr(device_use, "running_runs", lambda root: [])
    at = page("train", runs[0])
    assert "Resume" in labels(at) and "Queue to resume" not in labels(at)
    monkeypatch.setattr(device_use, "running_runs", busy)
    next(one for one in at.button if one.label == "Resume").click().run()
    assert [one.value for one in at.error] == [
        "Another run is training right now (other): queue this one, wait until it "
        "ends, or stop it first."
    ]
    assert "Queue to resume" in labels(at) and queue.waiting() == []


def test_when_it_starts_is_told_as_far_as_it_is_known(
    runs: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resuming.time, "time", lambda: 1000.0)
    monkeypatch.setattr(resuming.expected, "of_queue", lambda waiting: [Expected(1300.0)])
    assert resuming._start_words(runs[:1]) == "it is expected to start in about 5 min."
    assert resuming._start_words([]) == "it starts now."


def test_a_run_that_waits_can_be_resumed_by_nobody_twice(runs: list[Run]) -> None:
    run = runs[0]
    first, second = page("train", run), page("train", run)
    press(first, "Queue to resume")
    next(one for one in second.button if one.label == "Queue to resume").click().run()
    assert not second.exception and queue.waiting() == [run]
    assert "waits" in second.error[0].value
