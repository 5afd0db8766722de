"""Rates by depth before a run, and stages that are opened in the middle of one."""

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core import recipe as recipes
from core.models.heads import head_paths
from core.models.summary import summarize
from core.runs import device_use, folder
from core.runs.folder import Run
from core.runs.status import status
from core.training.schedule import factor
from core.training.stage_plan import plan_stages
from pages.widgets.train import group_table, stage_charts
from tests.core.training.in_process import new_run, worked
from tests.pages.test_train import opened, quiet, wait, watching, widget, words

RESNET = {"model": {"name": "resnet18", "weights": "none"}, "freeze": {"preset": "linear_probe"}}


def table(at: AppTest, column: str) -> pd.DataFrame:
    """The table on the page that has this column."""
    return next(one.value for one in at.dataframe if column in one.value.columns)


# --- before a run --------------------------------------------------------------------------


def test_the_rate_of_every_stage_follows_what_is_typed() -> None:
    at = opened(recipes.parse(RESNET))
    assert "One learning rate for all that trains" in words(at)
    assert not [one for one in at.dataframe if "lr" in one.value.columns]
    for typed, stem in (("0.5", 1e-3 * 0.5**6), ("0.1", 1e-9)):
        quiet(widget(at, "text_input", "Rate factor a stage").set_value(typed).run())
        found = table(at, "lr")
        assert list(found["stage"])[-2:] == ["layer4", "fc"]
        assert found["lr"].iloc[0] == pytest.approx(stem) and found["lr"].iloc[-1] == 1e-3
    quiet(widget(at, "text_input", "Epochs between openings").set_value("4").run())
    for typed, expected in (("3", "from epoch 3"), ("5", "from epoch 5")):
        quiet(widget(at, "text_input", "First opening").set_value(typed).run())
        assert list(table(at, "lr")["begins"])[-2:] == [expected, "from the start"]
    for typed, expected in (("layer4 9", "from epoch 9"), ("layer4 2, fc 3", "from epoch 2")):
        quiet(widget(at, "text_input", "Openings by name").set_value(typed).run())
        assert list(table(at, "lr")["begins"])[-2] == expected
    assert "fc: open from the start already" in words(at)
    quiet(widget(at, "text_input", "Epochs").set_value("8").run())
    assert "layer1, bn1, conv1" in words(at) or "conv1, bn1, layer1" in words(at)


def test_a_stage_that_the_model_does_not_have_is_said() -> None:
    at = opened(recipes.parse(RESNET))
    widget(at, "text_input", "Openings by name").set_value("conv5 2").run()
    assert "no stage “conv5” in resnet18" in at.error[0].value
    widget(at, "text_input", "Openings by name").set_value("layer3 2").run()
    quiet(at)


def test_with_nothing_frozen_there_is_nothing_to_open() -> None:
    at = opened(recipes.parse({**RESNET, "freeze": {"preset": "all"}, "unfreezing": {"every": 1}}))
    assert "nothing to open" in words(quiet(at))


def test_the_drawn_rates_are_those_of_the_run() -> None:
    recipe = recipes.parse({
        **RESNET, "optimizer": {"lr": 0.1, "stage_factor": 0.5}, "train": {"epochs": 10},
        "schedule": {"name": "step", "step_epochs": 4}, "unfreezing": {"every": 5, "start": 3},
    })
    stages = plan_stages(
        summarize("resnet18", "none").rows, recipe, head_paths("resnet18", "none")
    )
    frame = stage_charts.rates_frame(recipe, stages)
    assert list(frame["stage"].unique()) == ["layer3", "layer4", "fc"]
    for stage, lr, first in (("fc", 0.1, 0), ("layer4", 0.05, 2), ("layer3", 0.025, 7)):
        part = frame[frame["stage"] == stage]
        assert part["epoch"].min() == first  # blank while it is frozen
        for point in part.itertuples():
            step = round(point.epoch * 12)
            assert point.rate == pytest.approx(lr * factor(recipe.schedule, step, 12, 10))


# --- in the middle of one --------------------------------------------------------------------


@pytest.fixture
def stopped(home: Path) -> Run:
    """A linear probe that was stopped after the first of three epochs."""
    run = new_run()
    assert worked(run, stop_after=1) == "stopped"
    return run


def test_open_a_stage_and_go_on_with_it(stopped: Run) -> None:
    at = quiet(watching(stopped))
    assert not [one for one in at.multiselect if one.label.startswith("Stages to open")]
    quiet(widget(at, "button", "Open a stage").click().run())
    choice = at.multiselect[0]
    assert choice.options == ["conv5", "stage4", "stage3", "stage2", "conv1"]
    assert choice.value == ["conv5"]
    for chosen in ([], ["stage3", "conv5"]):
        quiet(at.multiselect[0].set_value(chosen).run())
        assert widget(at, "button", "Open and resume").disabled is (chosen == [])
    found = table(at, "before")
    assert list(found["group"]) == ["fc", "conv5", "stage3", "together"]
    assert [len(one) for one in found["what"]] == [0, 1, 1, 0]
    assert found["lr"].iloc[1] == pytest.approx(1.5e-3)
    quiet(widget(at, "button", "Open and resume").click().run())
    wait(lambda: status(stopped).status == "finished")
    quiet(at.run())
    assert stopped.present_recipe().unfreezing.at == (("conv5", 2), ("stage3", 2))
    assert "**conv5, stage3 open**, epoch 2, after step 5" in words(at)
    assert list(table(at, "before")["after"]) == list(found["after"])
    assert not [one for one in at.multiselect if one.label.startswith("Stages to open")]


def test_the_panel_closes_again_and_the_runs_page_has_it_too(stopped: Run) -> None:
    at = quiet(watching(stopped))
    for label in ("Open a stage", "Leave the stages closed", "Open a stage"):
        quiet(widget(at, "button", label).click().run())
    at.switch_page("pages/runs.py").run()
    quiet(at)
    assert at.multiselect(key=f"stages to open {stopped.id} 2").value == ["conv5"]


def test_a_run_that_goes_on_elsewhere_is_refused_in_a_sentence(
    stopped: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = quiet(watching(stopped))
    quiet(widget(at, "button", "Open a stage").click().run())
    other = folder.create_run(stopped.recipe(), name="other")
    monkeypatch.setattr(device_use, "running_runs", lambda root: [other])
    widget(at, "button", "Open and resume").click().run()
    assert "Another run is training right now (other)" in at.error[0].value


def test_groups_are_added_at_the_end() -> None:
    before = [{"name": "fc", "params": 10, "lr": 0.1}]
    found = group_table.frame(before, [*before, {"name": "fc", "params": 5, "lr": 0.1}])
    assert list(found["before"])[:1] + list(found["after"]) == [10, 10, 5, 15]
    assert list(found["what"]) == [[], ["new"], []]
