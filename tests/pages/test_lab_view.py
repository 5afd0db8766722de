"""The lab on the Batches page: every classic runs by a click, and every input twice."""

import pytest
from streamlit.testing.v1 import AppTest

from core.data.lab.table import CLASSICS, find_classic
from tests.pages.app_page import open_page, quiet

pytestmark = pytest.mark.usefixtures("ended_children")


@pytest.fixture
def at(home, monkeypatch) -> AppTest:
    at = open_page(home, monkeypatch, "batches")
    return quiet(by_label(at.segmented_control, "View").set_value("Broken loaders").run())


def by_label(widgets, label: str):
    return next(one for one in widgets if one.label == label)


def choose(at: AppTest, name: str) -> AppTest:
    return quiet(by_label(at.pills, "What goes wrong").set_value(name).run())


def texts(at: AppTest) -> list[str]:
    return [one.value for one in at.code]


# What spawned workers do is tested without a page.
@pytest.mark.parametrize("name", [one.name for one in CLASSICS if one.name != "pickling"])
def test_a_click_shows_both_runs_and_both_programs(at, name):
    classic = find_classic(name)
    choose(at, name)
    assert [one.value for one in at.subheader] == [classic.title]
    assert "nothing is raised" in at.warning[0].value if classic.silent else (
        "is raised" in at.warning[0].value)
    assert "what came is what was meant" in at.success[0].value
    broken, repaired = texts(at)[-2:]
    assert "def broken(" in broken and "def repaired(" in repaired


def test_numbers_change_twice_and_are_in_the_program(at):
    for batch_size, raised in ((1, False), (3, True)):
        quiet(by_label(at.number_input, "batch_size").set_value(batch_size).run())
        assert bool(at.warning) is raised
        assert f"broken(batch_size={batch_size}, num_workers=0)" in texts(at)[-2]
    for workers in (1, 2):
        quiet(by_label(at.number_input, "num_workers").set_value(workers).run())
        assert "DataLoader worker process 0" in texts(at)[0]
        assert "Original Traceback" in "".join(texts(at))


def test_choices_change_twice_and_values_stay_over_a_switch(at):
    choose(at, "augmentation")
    for drawn_by, silent in (("np.random", False), ("self.rng", True)):
        quiet(by_label(at.selectbox, "drawn_by").set_value(drawn_by).run())
        assert bool(at.warning) is silent
    quiet(by_label(at.number_input, "seed").set_value(7).run())
    at.switch_page("pages/start.py").run()
    quiet(at.switch_page("pages/batches.py").run())
    assert [one.value for one in at.subheader] == [find_classic("augmentation").title]
    assert by_label(at.number_input, "seed").value == 7


def test_run_again_runs_again(at):
    choose(at, "file_handle")
    seen = {(at.warning[0].value, texts(at)[0])}
    for _ in range(3):
        quiet(by_label(at.button, "Run again").click().run())
        seen.add((at.warning[0].value, texts(at)[0]))
    assert len(seen) > 1  # what is garbled differs, and how long it takes
