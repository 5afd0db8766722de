"""Comparing runs on the Runs page: any number, any metric, seeds, cost, link, downloads."""

import io
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.evaluation.compare_lines import Line
from core.evaluation.compare_view import CompareView, to_query
from core.evaluation.run_series import Series
from core.runs import folder, meta
from core.runs.folder import Run
from pages.widgets.runs import (
    compare,
    compare_cost,
    compare_payload,
    compare_runs_table,
    compare_table,
    compared_runs,
    labels,
    reading,
    run_records,
    verdict,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def runs(home: Path, trained_runs: Path) -> list[Run]:
    """The fine-tune and the probe that were really trained, each with three seeds by name."""
    (home / "runs").mkdir(parents=True)
    for source in sorted(trained_runs.iterdir()):
        for seed in range(3):
            target = home / "runs" / f"{source.name[:-1]}{seed}"
            shutil.copytree(source, target, copy_function=_copy)
            if seed:
                recipe = json.loads((target / "recipe.json").read_text())
                recipe["train"]["seed"] += seed
                (target / "recipe.json").write_text(json.dumps(recipe))
            name = Run(target).recipe().name
            meta.set_meta(Run(target), name=f"{name} seed {seed}")
    return folder.list_runs()


def _copy(source: str, target: str) -> None:
    """Checkpoints are never written again: a second name is enough."""
    (os.link if source.endswith(".pt") else shutil.copy2)(source, target)


def opened(**query: str) -> AppTest:
    """The Runs page by a link."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    for name, value in query.items():
        at.query_params[name] = value
    at.switch_page("pages/runs.py").run()
    return quiet(at)


def compared(runs: list[Run], **settings: object) -> AppTest:
    view = CompareView(runs=tuple(run.id for run in runs), **settings)
    return opened(**to_query(view))


def quiet(at: AppTest) -> AppTest:
    assert not at.exception
    assert [one.value for one in at.error] == []
    return at


def words(at: AppTest) -> str:
    return "\n".join(one.value for one in [*at.markdown, *at.caption, *at.header, *at.warning])


def link(at: AppTest) -> str:
    return next(one.value for one in at.code if "?runs=" in one.value)


def seen(runs: list[Run]) -> dict[str, reading.SeenRun]:
    return labels.of([reading.look_at(run) for run in runs])


def recorded(named: dict[str, reading.SeenRun]) -> dict:
    return run_records.of({label: one.run for label, one in named.items()})


# --- the link -----------------------------------------------------------------------------


def test_a_link_opens_the_view_that_it_is_of(runs: list[Run]) -> None:
    at = compared(
        runs[:4], x="seconds", y=("step.loss", "accuracy"), smooth=0.5, log=("step.loss",),
        outliers=False, training=True, seeds=True, cost="params",
    )
    assert at.header[0].value == "Side by side"
    assert at.segmented_control(key="compare.x").value == "seconds"
    assert at.multiselect(key="compare.y").value == ["step.loss", "accuracy"]
    assert at.slider(key="compare.smooth").value == 0.5
    assert at.toggle(key="compare.outliers").value is False
    assert at.segmented_control(key="compare.cost").value == "params"
    query = link(at).split("?")[1]
    assert query == (
        f"runs={','.join(run.id for run in runs[:4])}&x=seconds&y=step.loss,accuracy&smooth=0.5&"
        "log=step.loss&outliers=0&training=1&seeds=1&cost=params"
    )


def test_what_is_changed_is_in_the_link_and_stays_over_a_page_switch(runs: list[Run]) -> None:
    at = compared(runs[:2])
    assert link(at).endswith(f"?runs={runs[0].id},{runs[1].id}")
    for axis in ("step", "samples"):
        at.segmented_control(key="compare.x").set_value(axis).run()
        assert f"&x={axis}" in link(quiet(at))
    for panels in (["loss"], ["step.lr", "loss"]):
        at.multiselect(key="compare.y").set_value(panels).run()
        assert f"&y={','.join(panels)}" in link(quiet(at))
    for weight in (0.25, 0.75):
        at.slider(key="compare.smooth").set_value(weight).run()
        assert f"&smooth={weight}" in link(quiet(at))
    at.switch_page("pages/start.py").run()
    at.switch_page("pages/runs.py").run()
    assert "&x=samples&y=step.lr,loss&smooth=0.75" in link(quiet(at))


def test_a_run_that_is_gone_is_named_until_another_is_chosen(runs: list[Run]) -> None:
    at = opened(runs=f"{runs[0].id},gone_run_x,{runs[3].id}")
    assert "names a run that is not here (any more): gone_run_x" in words(at)
    assert at.header[0].value == "Side by side"
    at.run()
    assert len(at.warning) == 1
    keys = [key for key in at.session_state["person.choices"] if key.startswith("runs.table")]
    at.session_state[keys[-1]] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    at.run()
    assert not quiet(at).warning
    assert "2 runs that are not here" in words(opened(runs="x,y"))


def test_a_bad_link_gets_a_sentence_and_the_page_goes_on(runs: list[Run]) -> None:
    at = opened(runs=runs[0].id, smooth="much")
    assert "The link's smooth can't be read" in words(at)
    assert at.dataframe
    assert "None of these runs" not in words(opened(runs=f"{runs[0].id},{runs[1].id}", y="f1"))


# --- the chart ----------------------------------------------------------------------------


def test_nothing_chosen_and_a_metric_that_nobody_has(runs: list[Run]) -> None:
    at = compared(runs[:2])
    at.multiselect(key="compare.y").set_value([]).run()
    assert "Choose what to draw." in words(quiet(at))
    named = seen(runs[:2])
    panel = compare_payload.of("f1", list(named), [], None, CompareView())
    assert panel["none"] == "None of these runs recorded it."


def test_outliers_and_what_a_log_scale_leaves_out_are_counted(runs: list[Run]) -> None:
    loss = compared(runs[:2], y=("step.loss",), outliers=False)
    assert "values are outside the axis" in words(loss)
    accuracy = compared(runs[:2], y=("step.accuracy",), log=("step.accuracy",))
    lowest = min(
        series.value.min() for one in recorded(seen(runs[:2])).values()
        for metric, series in one.items() if metric[0] == "step" and metric[2] == "accuracy"
    )
    assert ("not above 0" in words(accuracy)) is bool(lowest <= 0)


def test_what_is_looked_at_closely_has_all_its_points(runs: list[Run]) -> None:
    count = 20_000
    step = np.arange(count)
    value = np.random.default_rng(0).normal(size=count)
    line = Line("a", "train", Series(step, step, step, step, value), step * 1.0)
    view = CompareView(x="step")
    span = compare_payload.span([line], "step.loss", view)
    whole = compare_payload.of("step.loss", ["a"], [line], span, view)["lines"][0]
    close = compare_payload.of("step.loss", ["a"], [line], span, view, (1000.0, 1100.0))["lines"][0]
    assert len(whole["x"]) <= 800
    assert set(whole["x"]) <= set(close["x"])
    assert [x for x in close["x"] if 1000 <= x < 1100] == list(range(1000, 1100))
    beyond = compare_payload.of("step.loss", ["a"], [line], span, view, (9e9, 1e10))["lines"][0]
    assert beyond["x"] == whole["x"]


def test_training_curves_twice(runs: list[Run]) -> None:
    at = compared(runs[:2])
    for on in (True, False):
        at.toggle(key="compare.training").set_value(on).run()
        assert ("Dashed" in words(quiet(at))) is on


def test_seeds_are_one_line_where_there_are_some(runs: list[Run]) -> None:
    at = compared(runs)
    assert "mean" not in words(at)
    at.toggle(key="compare.seeds").set_value(True).run()
    assert "A line of several seeds is their mean" in words(quiet(at))
    plans = [run for run in runs if run.name.endswith("seed 0")]
    assert "compare.seeds" not in [toggle.key for toggle in compared(plans).toggle]


def test_lines_are_named_by_what_they_share_and_what_differs(runs: list[Run]) -> None:
    named = seen(runs)
    apart = compared_runs.of(named, recorded(named), together=False)
    assert list(apart.members) == list(named)
    assert apart.notes["small all seed 1"].startswith("All (fine-tune) · seed of the training ")
    one = compared_runs.of(named, recorded(named), together=True)
    assert {name: len(members) for name, members in one.members.items()} == {
        "small all · 3 seeds": 3, "small linear_probe · 3 seeds": 3
    }
    assert one.notes["small linear_probe · 3 seeds"] == "Linear probe"
    assert compared_runs.has_seeds(named)


def test_a_run_that_goes_on_is_read_again(runs: list[Run]) -> None:
    named = seen(runs[:1])
    (before,) = recorded(named).values()
    assert recorded(named)[next(iter(named))] is before
    with (runs[0].path / "metrics.jsonl").open("a") as file:
        file.write(json.dumps({"attempt": 1, "kind": "step", "step": 10**6, "epoch": 9,
                               "split": "train", "values": {"f1": 0.5}}) + "\n")
    (after,) = recorded(named).values()
    assert len(after) == len(before) + 1


def test_more_than_a_chart_holds_are_left_out_in_a_sentence(
    runs: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "MOST_RUNS", 4)
    at = compared(runs)
    assert at.info[0].value == "You chose 6 runs: the first 4 are compared here."
    assert len(at.dataframe[1].value) == 4
    assert len(link(at).split("runs=")[1].split("&")[0].split(",")) == 4


# --- tables -------------------------------------------------------------------------------


def test_many_runs_have_a_row_each_with_what_differs(runs: list[Run]) -> None:
    at = compared(runs)
    table = at.dataframe[1].value
    assert table["Run"].tolist() == [run.name for run in runs]
    assert {"What trains", "Seed of the training"} < set(table.columns)
    assert "Learning rate" not in table.columns
    state = runs[0].state()
    row = table.iloc[0]
    assert row["Val. acc. %"] == pytest.approx(100 * state["best"]["val_accuracy"])
    assert row["Peak memory, MB"] == pytest.approx(state["peak_memory_bytes"] / 1e6)
    assert row["Trainable"] == state["trainable"]
    assert row["Time, s"] == pytest.approx(state["seconds"])
    at.toggle(key="runs.all_settings").set_value(True).run()
    assert "Learning rate" in quiet(at).dataframe[1].value.columns


def test_the_table_as_csv_and_what_is_not_recorded(runs: list[Run]) -> None:
    state = json.loads((runs[0].path / "state.json").read_text())
    state.pop("peak_memory_bytes")
    (runs[0].path / "state.json").write_text(json.dumps(state))
    named = seen(runs)
    table = pd.read_csv(io.StringIO(compare_runs_table.csv(named, recorded(named))))
    assert table["Id"].tolist() == [run.id for run in runs]
    assert table["Peak memory, MB"].isna().tolist() == [True] + [False] * 5
    two = seen(runs[:2])
    columns = compare_table.frame(two, recorded(two)).set_index("\u200b")
    assert columns.loc["Peak memory"].iloc[0] == "–"
    assert columns.loc["Peak memory"].iloc[1].endswith("B")
    last = recorded(two)[runs[1].name][("epoch", "val", "accuracy")].value[-1]
    assert columns.loc["Accuracy, last epoch"].iloc[1] == f"{100 * last:.2f} %"


def test_a_run_whose_settings_are_lost_is_compared_too(runs: list[Run]) -> None:
    (runs[0].path / "recipe.json").write_text("x")
    at = compared(runs, seeds=True)
    table = at.dataframe[1].value
    assert len(table) == 6
    assert table["What trains"].isna().tolist() == [True] + [False] * 5


# --- accuracy for its cost ----------------------------------------------------------------


def test_cost_over_seconds_and_parameters(runs: list[Run]) -> None:
    at = compared(runs)
    for over in ("params", "seconds"):
        at.segmented_control(key="compare.cost").set_value(over).run()
        assert "The line joins the runs that no other beats" in words(quiet(at))
    named = seen(runs)
    rows = compare_cost.frame(named, recorded(named), "params")
    assert set(rows["cost"]) == {run.state()["trainable"] for run in runs}
    assert rows["front"].any()
    drawn = compare_cost.chart(rows, "Trainable parameters").to_dict()
    assert drawn["layer"][1]["mark"]["opacity"] < 0.5
    assert "1 run is missing" in compare_cost.said(rows, 7, "seconds")


def test_no_cost_before_the_first_epoch(runs: list[Run]) -> None:
    for run in runs[:4]:
        (run.path / "metrics.jsonl").write_text("")
        state = json.loads((run.path / "state.json").read_text())
        (run.path / "state.json").write_text(json.dumps({**state, "best": None}))
    at = compared(runs[:4])
    assert "Nothing was recorded yet" in words(at)
    assert "No run has ended an epoch yet." in words(at)


def test_the_sentence_says_which_run_still_trains(runs: list[Run]) -> None:
    first, other = (reading.look_at(runs[place]) for place in (0, -1))
    assert "still" not in verdict.words({"a": first, "b": other})[0]
    living = replace(first, now=replace(first.now, status="running"))
    said = verdict.words({"a": living, "b": other})[0]
    assert said.count("% (still training)") == 1
