"""The Workers view: every control twice, and a race from the button to its answer."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from core.data.race_spec import most_workers
from tests.pages.app_page import open_page, quiet

pytestmark = pytest.mark.usefixtures("ended_children")


@pytest.fixture
def at(home, monkeypatch) -> AppTest:
    at = open_page(home, monkeypatch, "batches")
    by_label(at.selectbox, "Data set").set_value("iris").run()
    return quiet(by_label(at.segmented_control, "View").set_value("Workers").run())


def by_label(widgets, label: str):
    return next(one for one in widgets if one.label == label)


def words(at: AppTest) -> str:
    return "\n".join(one.value for one in (*at.subheader, *at.markdown, *at.caption))


def set_to(at: AppTest, kind: str, label: str, value: object) -> AppTest:
    return quiet(by_label(getattr(at, kind), label).set_value(value).run())


def quick(at: AppTest) -> AppTest:
    set_to(at, "number_input", "Seconds of each loader in a round", 0.1)
    return set_to(at, "number_input", "Rounds", 1)


def measured(at: AppTest) -> AppTest:
    next(one for one in at.button if one.label.startswith("Measure")).click().run()
    until = time.monotonic() + 90
    while any(one.label == "Stop measuring" for one in at.button) and time.monotonic() < until:
        time.sleep(0.1)
        at.run()
    return quiet(at)


def test_a_race_ends_in_an_answer_and_is_stale_after_a_change(at):
    quick(at)
    set_to(at, "button_group", "num_workers", [0, 1])
    measured(at)
    assert "fastest here" in words(at) or "clear winner" in words(at) or "enough" in words(at)
    assert "1 round, 0.1 s each" in words(at)
    assert "| **0** |" in words(at) and "| **1** |" in words(at)
    assert len(at.get("vega_lite_chart")) == 4
    assert not at.warning
    for label, changed, before in (("batch_size", "5", "8"), ("batches shown", "2", "4")):
        set_to(at, "text_input", label, changed)
        # How many batches another view shows does not matter here.
        assert bool(at.warning) is (label == "batch_size")
        set_to(at, "text_input", label, before)
        assert not at.warning
    # It is there again after another page, and is measured anew with a step to feed.
    at.switch_page("pages/start.py").run()
    quiet(at.switch_page("pages/batches.py").run())
    assert "1 round, 0.1 s each" in words(at)
    set_to(at, "selectbox", "Training step", "sleep")
    set_to(at, "number_input", "ms of a step", 2.0)
    assert at.warning
    measured(at)
    assert "a step that waits 2 ms" in words(at) and "Training waits for data" in words(at)


def test_lanes_of_every_loader_and_window(at):
    quick(at)
    set_to(at, "button_group", "num_workers", [0, 1])
    measured(at)
    lanes = next(one for one in at.segmented_control if one.label == "num_workers")
    for name in ("1", "0"):
        lanes.set_value(name).run()
        quiet(at)
        for window in ((0, 3), (5, 9)):
            set_to(at, "slider", "Batches", window)
            spec = at.get("vega_lite_chart")[2].proto.spec
            assert '"main"' in spec and ('"worker 0"' in spec) is (name == "1")


@pytest.mark.parametrize("vary", ["persistent_workers", "in_order"])
def test_other_arguments_race_too(at, vary):
    quick(at)
    set_to(at, "selectbox", "What varies", vary)
    measured(at)
    assert "| **True** |" in words(at) and "| **False** |" in words(at)
    said = {"persistent_workers": "second epoch", "in_order": "overtook"}[vary]
    assert said in words(at)


def test_presets_set_the_form(at):
    for title, data in (("A slow data set", "slow"), ("5,000 random samples", "random_5000")):
        quiet(by_label(at.button, title).click().run())
        assert by_label(at.selectbox, "Data set").value == data


def test_what_can_not_be_is_said_and_keeps_the_page(at):
    set_to(at, "button_group", "num_workers", [])
    assert f"from 0 to {most_workers()}" in at.warning[0].value
    assert by_label(at.button, "Measure").disabled
    set_to(at, "button_group", "num_workers", [0])
    assert not at.warning and not by_label(at.button, "Measure").disabled


def test_a_race_can_be_stopped(at):
    quiet(by_label(at.button, "A slow data set").click().run())
    set_to(at, "number_input", "Rounds", 9)
    by_label(at.button, "Measure").click().run()
    by_label(at.button, "Stop measuring").click().run()
    until = time.monotonic() + 30
    while any(one.label == "Stop measuring" for one in at.button) and time.monotonic() < until:
        time.sleep(0.1)
        at.run()
    assert "cancelled" in at.info[0].value and not at.error
