"""The Runs page on runs that were really trained: table, one run, several, own images."""

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core import portable
from core.evaluation import kept_figures
from core.recipe import Recipe
from core.runs import folder, meta, supervisor
from core.runs.folder import Run
from pages.widgets.runs import (
    confusion_chart,
    curve_data,
    curves,
    reading,
    runs_frame,
    settings_words,
    verdict,
)
from pages.widgets.runs.runs_frame import Filter
from tests.core.runs.holder import HOLDER
from tests.pages.app_page import waited

ROOT = Path(__file__).parents[2]


@pytest.fixture
def runs(home: Path, trained_runs: Path) -> list[Run]:
    """Copies of the fine-tune and the probe, the newest first, as before they were evaluated."""
    shutil.copytree(
        trained_runs, home / "runs", copy_function=_copy,
        ignore=shutil.ignore_patterns(kept_figures.FOLDER),
    )
    return folder.list_runs()


def _copy(source: str, target: str) -> None:
    """Checkpoints are never written again: a second name is enough."""
    (os.link if source.endswith(".pt") else shutil.copy2)(source, target)


@pytest.fixture
def at(runs: list[Run]) -> AppTest:
    return opened()


def opened(error: str = "") -> AppTest:
    """The page; what it says first is wrong with the newest run contains the text."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    at.switch_page("pages/runs.py").run()
    if not error:
        return quiet(at)
    assert not at.exception
    assert error in at.error[0].value
    return at


def quiet(at: AppTest) -> AppTest:
    assert not at.exception
    assert [one.value for one in at.error] == []
    return at


def tick(at: AppTest, *rows: int) -> AppTest:
    """Ticks rows of the table: AppTest has no call for it, so its state is set."""
    keys = [key for key in at.session_state["person.choices"] if key.startswith("runs.table")]
    at.session_state[keys[-1]] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return at.run()


def by_label(widgets: object, label: str) -> object:
    return next(widget for widget in widgets if widget.label == label)


def click(at: AppTest, label: str) -> AppTest:
    return by_label(at.button, label).click().run()


def words(at: AppTest) -> str:
    return "\n".join(one.value for one in [*at.markdown, *at.caption, *at.header])


def metric(at: AppTest, label: str) -> str:
    return by_label(at.metric, label).value


def change(file: Path, **values: object) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


# --- the table ----------------------------------------------------------------------------


def test_without_a_run_there_is_the_way_to_the_first(home: Path) -> None:
    at = opened()
    assert "No run yet" in words(at)
    assert not at.dataframe


def test_every_run_is_a_row(at: AppTest, runs: list[Run]) -> None:
    rows = at.dataframe[0].value
    assert rows["name"].tolist() == ["small all", "small linear_probe"]
    for run, (_, row) in zip(runs, rows.iterrows(), strict=True):
        best = run.state()["best"]
        assert row["status"] == ["finished"]
        assert row["accuracy"] == pytest.approx(100 * best["val_accuracy"])
        assert row["loss"] == best["val_loss"]
        assert row["best_epoch"] == best["epoch"]
        assert row["epochs"] == "3 of 3"
        assert row["data"] == "Digits"
        assert row["per_class"] == "40"
    assert rows["plan"].tolist() == [["All (fine-tune)"], ["Linear probe"]]
    newest = max(runs[1].attempts())  # as `resume RUN --unfreeze conv5` leaves it
    attempt = runs[1].path / "attempts" / f"{newest}.json"
    told = portable.read_json(attempt)
    told["recipe"]["unfreezing"]["at"] = [["conv5", 2]]
    portable.write_json(attempt, told)
    assert runs_frame.frame(reading.all_runs())["plan"].tolist() == [
        ["All (fine-tune)"], ["Linear probe", "opens stages"]
    ]
    assert rows["started"].is_monotonic_decreasing


def test_the_newest_is_shown_until_another_is_ticked(at: AppTest) -> None:
    assert at.header[0].value == "small all"
    for row, name in ((1, "small linear_probe"), (0, "small all")):
        quiet(tick(at, row))
        assert [header.value for header in at.header] == [name]
    tick(at)
    assert not at.header


def test_another_page_chooses_a_run(at: AppTest, runs: list[Run]) -> None:
    for run in (runs[1], runs[0], runs[1]):
        at.switch_page("pages/start.py").run()
        at.session_state["person.chosen_run"] = run.id
        at.switch_page("pages/runs.py").run()
        assert at.header[0].value == run.name


def test_search_and_data_change_the_rows_twice(at: AppTest) -> None:
    search = "Search"
    for text, names in (("PROBE small", ["small linear_probe"]), ("fine", ["small all"])):
        by_label(at.text_input, search).set_value(text).run()
        assert at.dataframe[0].value["name"].tolist() == names
    by_label(at.text_input, search).set_value("nothing like it").run()
    assert "No run matches" in at.info[0].value
    assert at.header[0].value == "small all"  # what was chosen stays in sight
    by_label(at.text_input, search).set_value("").run()
    for chosen, count in ((["Digits"], 2), ([], 2)):
        at.multiselect[0].set_value(chosen).run()
        assert len(at.dataframe[0].value) == count


def test_what_the_filter_hides_stays_chosen(at: AppTest) -> None:
    tick(at, 1)
    by_label(at.text_input, "Search").set_value("fine").run()
    assert "1 that you chose is hidden" in words(at)
    quiet(tick(at, 0))
    assert at.header[0].value == "Side by side"


def test_filtering_is_pure(runs: list[Run]) -> None:
    rows = runs_frame.frame(reading.all_runs())
    assert list(rows.columns) == list(runs_frame.COLUMNS)
    assert len(runs_frame.filtered(rows, Filter())) == 2
    assert runs_frame.filtered(rows, Filter(data=("CIFAR-10",))).empty
    found = runs_frame.filtered(rows, Filter(search="finished Linear"))
    assert found["name"].tolist() == ["small linear_probe"]
    assert list(found.index) == [0]
    assert runs_frame.frame([]).empty


# --- one run ------------------------------------------------------------------------------


def test_figures_and_settings_of_one_run(at: AppTest, runs: list[Run]) -> None:
    best = runs[0].state()["best"]
    assert metric(at, "Validation accuracy, best epoch") == f"{100 * best['val_accuracy']:.2f} %"
    assert metric(at, "Epochs") == "3 of 3"
    changed = next(d.value for d in at.dataframe if "default" in d.value.columns)
    rows = changed.set_index("setting")["this run"]
    assert rows["Training images a class"] == "40"
    assert rows["Epochs"] == "3"
    assert "What trains" not in rows  # fine-tuning is the default
    assert "everything trains" in words(at)


def test_name_and_note_change_twice_and_are_kept(at: AppTest, runs: list[Run]) -> None:
    for name in ("first", "*second* $x$"):
        by_label(at.text_input, "Name").set_value(name).run()
        assert runs[0].meta()["name"] == name
        assert at.dataframe[0].value["name"][0] == name
    assert at.header[0].value == r"\*second\* \$x\$"
    for note in ("looked good", "  looked better "):
        at.text_area[0].set_value(note).run()
        assert runs[0].meta()["note"] == note.strip()
    by_label(at.text_input, "Name").set_value("").run()
    assert at.header[0].value == runs[0].id
    assert runs[0].meta()["note"] == "looked better"


def test_what_is_typed_does_not_undo_what_others_wrote(at: AppTest, runs: list[Run]) -> None:
    by_label(at.text_input, "Name").set_value("mine").run()
    meta.set_meta(runs[0], name="theirs")
    quiet(at.run())
    assert runs[0].name == "theirs"
    by_label(at.text_input, "Name").set_value("mine again").run()
    assert runs[0].name == "mine again"


def test_its_settings_go_into_the_draft(at: AppTest, runs: list[Run]) -> None:
    for row in (1, 0):
        at.switch_page("pages/runs.py").run()
        tick(at, row)
        click(at, "Use these settings")
        assert at.session_state["draft.recipe"] == runs[row].recipe()
        assert "Everything is set as in" in at.success[0].value
    quiet(at)


def test_checkpoints_are_listed_with_the_best_marked(at: AppTest, runs: list[Run]) -> None:
    best = runs[0].state()["best"]
    lines = [one.value for one in at.markdown if one.value.startswith("**Epoch ")]
    assert len(lines) == 3
    marked = [line for line in lines if "best" in line]
    assert len(marked) == 1
    assert marked[0].startswith(f"**Epoch {best['epoch']}**")
    assert f"{100 * best['val_accuracy']:.2f} %" in marked[0]
    assert f"loss {best['val_loss']:.4g}" in marked[0]
    downloads = [one.label for one in at.get("download_button")]
    assert "Download as zip" in downloads
    assert "Save recipe" in downloads
    assert sum(label.endswith("B") for label in downloads) == 3
    assert str(runs[0].path) in [code.value for code in at.code]


def test_axis_and_training_curves_change_twice(at: AppTest) -> None:
    for axis in ("Step", "Seconds", "Epoch"):
        at.segmented_control(key="runs.axis").set_value(axis).run()
        quiet(at)
    for on in (True, False):
        at.toggle(key="runs.training").set_value(on).run()
        assert ("Dashed" in words(at)) is on
    assert "the best epoch, by the lowest validation loss" in words(at)


def test_the_log_is_there(at: AppTest) -> None:
    assert any("Log of the training process" in one.label for one in at.expander)


def test_delete_takes_two_clicks_and_the_rest_stays(at: AppTest, runs: list[Run]) -> None:
    assert "with 3 checkpoints" in words(at)
    click(at, "Delete for good")
    assert "small all was deleted" in at.success[0].value
    assert [run.id for run in folder.list_runs()] == [runs[1].id]
    tick(at, 0)
    click(at, "Delete for good")
    assert "No run yet" in words(quiet(at))


@pytest.fixture
def live(runs: list[Run]) -> Iterator[Run]:
    """The newest run, held by a process as a worker holds it."""
    change(runs[0].path / "state.json", status="running", epoch=2)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(runs[0].path / "lock")], cwd=ROOT,
        stdout=subprocess.PIPE, text=True,
    )
    assert holder.stdout.readline() == "held\n"
    yield runs[0]
    holder.kill()
    holder.wait()
    holder.stdout.close()


def test_a_living_run_is_watched_and_not_deleted(live: Run) -> None:
    at = opened()
    assert at.dataframe[0].value["status"][0] == ["running"]
    assert at.dataframe[0].value["epochs"][0] == "2 of 3"
    click(at, "Delete for good")
    assert "is running: stop it before you delete it" in at.error[0].value
    assert live.path.exists()
    click(at, "Watch it")
    assert at.session_state["person.watched_run"] == live.id


def test_the_best_epoch_of_a_living_run_is_the_newest(live: Run, runs: list[Run]) -> None:
    before, ended = reading.look_at(live), reading.look_at(runs[1])
    best = {**before.best, "epoch": before.best["epoch"] + 1}
    change(live.path / "state.json", best=best)
    assert reading.as_now(before).best == best != before.best
    assert reading.as_now(ended) is ended


def test_a_crashed_run_says_so_and_is_resumed(
    runs: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    change(runs[0].path / "state.json", status="running", epoch=2)
    at = opened("ended without a word in epoch 2")
    asked = []
    monkeypatch.setattr(supervisor, "resume", asked.append)
    click(at, "Resume")
    assert asked == [runs[0]]
    assert at.session_state["person.watched_run"] == runs[0].id


# --- damaged and foreign folders ----------------------------------------------------------

DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "recipe": (lambda run: (run / "recipe.json").write_text("x"), "settings can't be read"),
    "newer": (lambda run: change(run / "recipe.json", format=2), "format must be one of 1"),
    "no state": (lambda run: (run / "state.json").unlink(), "ended before it began"),
    "best": (lambda run: change(run / "state.json", best="x"), "changed by hand"),
    "numbers": (lambda run: change(run / "state.json", epoch="two"), "changed by hand"),
    "reason": (
        lambda run: change(run / "state.json", status="failed", error={"id": "x", "values": {}}),
        "a reason that this version of Thaw does not know",
    ),
    "metrics": (lambda run: (run / "metrics.jsonl").write_text('{"kind":1}\nx\n'), ""),
    "no metrics": (lambda run: (run / "metrics.jsonl").unlink(), ""),
    "meta": (lambda run: (run / "meta.json").write_text("[1]"), ""),
    "no checkpoints": (lambda run: shutil.rmtree(run / "checkpoints"), ""),
    "checkpoint": (lambda run: (run / "checkpoints/checkpoint_model_001_a_b.pt").touch(), ""),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_run_is_shown_compared_and_deleted(runs: list[Run], kind: str) -> None:
    damage, sentence = DAMAGE[kind]
    damage(runs[0].path)
    at = opened(sentence)
    tick(at, 0, 1)
    assert not at.exception
    assert "went wrong" not in "".join(one.value for one in at.error)
    assert at.header[0].value == "Side by side"
    tick(at, 0)
    click(at, "Delete for good")
    assert [run.id for run in folder.list_runs()] == [runs[1].id]
    assert not at.exception


# --- side by side -------------------------------------------------------------------------


def test_two_runs_side_by_side(at: AppTest, runs: list[Run]) -> None:
    quiet(tick(at, 0, 1))
    table = compared(at)
    assert set(table.columns) == {"small all", "small linear_probe"}
    assert table.loc["What trains"].tolist() == ["All (fine-tune)", "Linear probe"]
    assert "Learning rate" not in table.index
    for run in runs:
        best = run.state()["best"]
        column = table[run.name]
        assert column["Validation accuracy"] == f"{100 * best['val_accuracy']:.2f} %"
        assert column["Best epoch"] == f"{best['epoch']} of 3"
        assert column["Held-out accuracy"] == "not evaluated"
    for every in (True, False):
        at.toggle(key="runs.all_settings").set_value(every).run()
        assert ("Learning rate" in compared(at).index) is every
    best = sorted(run.state()["best"]["val_accuracy"] for run in runs)
    assert " against " in verdict_line(at)
    assert all(f"{100 * accuracy:.1f} %" in verdict_line(at) for accuracy in best)


def compared(at: AppTest):
    table = at.dataframe[1].value
    return table.set_index(table.columns[0])


def verdict_line(at: AppTest) -> str:
    return next(one.value for one in at.markdown if one.value.startswith("##### "))


def test_held_out_accuracies_come_on_a_button(at: AppTest, runs: list[Run]) -> None:
    tick(at, 0, 1)
    waited(click(at, "Evaluate on held-out images"))
    quiet(at)
    row = compared(at).loc["Held-out accuracy"]
    assert all(text.endswith(" %") for text in row)
    assert "On held-out images:" in words(at)
    assert "Evaluate on held-out images" not in [button.label for button in at.button]


def test_what_the_command_line_evaluated_is_shown(at: AppTest, runs: list[Run]) -> None:
    found = kept_figures.measure(runs[0])
    quiet(at.run())
    assert metric(at, "Held-out accuracy") == f"{100 * found.accuracy:.2f} %"
    tick(at, 0, 1)
    told = compared(quiet(at)).loc["Held-out accuracy"]
    assert sorted(told) == [f"{100 * found.accuracy:.2f} %", "not evaluated"]


def test_a_run_that_stopped_in_its_first_epoch_keeps_no_other_from_being_evaluated(
    at: AppTest, runs: list[Run]
) -> None:
    for file in (runs[1].path / "checkpoints").glob("*.pt"):
        if file.name != "last.pt":
            file.unlink()
    tick(at, 0, 1)
    waited(click(at, "Evaluate on held-out images"))
    told = sorted(compared(quiet(at)).loc["Held-out accuracy"])
    assert told[0].endswith(" %") and told[1] == "not evaluated"


def test_more_than_three_have_a_row_each(runs: list[Run]) -> None:
    for copy in range(3):
        shutil.copytree(runs[0].path, runs[0].path.with_name(f"{runs[0].id}{copy}"))
    at = opened()
    quiet(tick(at, 0, 1, 2, 3))
    names = at.dataframe[1].value["Run"]
    assert len(names) == 4
    assert names.str.contains(r"\(").all()  # of one name: told apart by id


def test_the_verdict_is_for_plans_alone(runs: list[Run]) -> None:
    fine, probe = reading.all_runs()
    assert len(verdict.words({"a": fine, "b": probe})) == 1
    assert "on the same" in verdict.words({"a": fine, "b": probe})[0]
    assert verdict.words({"a": fine}) == []
    assert verdict.words({"a": fine, "b": fine}) == []
    raw = json.loads((runs[1].path / "recipe.json").read_text())
    raw["optimizer"]["lr"] = 0.5
    raw["split"]["seed"] = 3
    (runs[1].path / "recipe.json").write_text(json.dumps(raw))
    fine, probe = reading.all_runs()
    line, also = verdict.words({"a": fine, "b": probe})
    assert "on the same" not in line
    assert also == "Not the plan alone: they also differ in split seed, learning rate."


def test_curves_have_every_epoch_and_its_best(runs: list[Run]) -> None:
    for seen in reading.all_runs():
        frame = curve_data.frame(seen.run, seen.best["epoch"])
        assert sorted(set(frame["epoch"])) == [1, 2, 3]
        val = frame[(frame["split"] == "val") & (frame["metric"] == "accuracy") & frame["best"]]
        assert val["value"].tolist() == pytest.approx([100 * seen.best["val_accuracy"]])
        drawn = curves.chart(frame, "seconds", "accuracy").to_dict()
        assert {one["encoding"]["x"]["field"] for one in drawn["layer"]} == {"seconds"}


def test_settings_read_as_words() -> None:
    assert settings_words.value("split.train_per_class", None) == "all"
    assert settings_words.value("loader.shuffle", False) == "off"
    assert settings_words.value("optimizer.lr", 1e-3) == "0.001"
    assert settings_words.value("freeze.exceptions", (("conv1", True),)) == "conv1 trains"
    assert settings_words.value("freeze.preset", "all") == "All (fine-tune)"
    assert settings_words.lines(Recipe())


# --- held-out images and own ones ----------------------------------------------------------


def test_a_checkpoint_is_evaluated_on_both_splits(at: AppTest, runs: list[Run]) -> None:
    assert metric(at, "Held-out accuracy") == "–"
    waited(click(at, "Evaluate"))
    quiet(at)
    assert metric(at, "Held-out accuracy") == metric(at, "Accuracy")
    scores = next(d.value for d in at.dataframe if "recall" in d.value.columns)
    assert scores["class"].tolist() == [str(digit) for digit in range(10)]
    assert scores["support"].sum() == 898
    at.segmented_control(key="runs.split").set_value("val").run()
    waited(click(at, "Evaluate"))
    best = runs[0].state()["best"]["val_accuracy"]
    assert metric(at, "Accuracy") == f"{100 * best:.2f} %"
    at.segmented_control(key="runs.split").set_value("test").run()
    assert "Evaluate" not in [button.label for button in at.button]  # it is known
    for which in ("1", "last"):
        at.selectbox(key=f"runs.evaluated {runs[0].id}").set_value(which).run()
        quiet(at)


def test_what_moved_since_the_start(at: AppTest, runs: list[Run]) -> None:
    quiet(click(at, "Compare with the start"))
    assert "Nothing was frozen" in at.info[0].value  # the fine-tune
    layers = next(d.value for d in at.dataframe if "statistics" in d.value.columns)
    assert layers["layer"].iloc[-1] == "fc" and (layers["change"] > 0).all()
    quiet(tick(at, 1))
    quiet(click(at, "Compare with the start"))
    assert "Frozen means frozen" in at.success[0].value  # the probe
    layers = next(d.value for d in at.dataframe if "statistics" in d.value.columns)
    assert layers["same"].sum() == len(layers) - 1
    for which in ("1", "last"):
        at.selectbox(key=f"runs.moved_checkpoint {runs[1].id}").set_value(which).run()
        quiet(at)


def test_a_checkpoint_that_is_no_checkpoint_gets_a_sentence(at: AppTest, runs: list[Run]) -> None:
    file = next(runs[0].path.glob("checkpoints/checkpoint_model_001_*.pt"))
    file.unlink()
    file.write_bytes(b"x")
    at.run()
    at.selectbox(key=f"runs.evaluated {runs[0].id}").set_value("1").run()
    waited(click(at, "Evaluate"))
    assert "is damaged or no PyTorch checkpoint" in at.error[0].value
    assert not at.exception


def test_the_heat_map_has_a_cell_a_pair() -> None:
    drawn = confusion_chart.chart(["a", "b"], [[3, 1], [0, 5]]).to_dict()
    cells = next(iter(drawn["datasets"].values()))
    assert [(one["true"], one["predicted"], one["images"]) for one in cells] == [
        ("a", "a", 3), ("a", "b", 1), ("b", "b", 5),
    ]
    many = [[1] * 30 for _ in range(30)]
    assert len(confusion_chart.chart([str(i) for i in range(30)], many).to_dict()["layer"]) == 1


def picture(seed: int = 0) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 255, (40, 30, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_own_pictures_are_told_and_odd_ones_get_a_sentence(at: AppTest, runs: list[Run]) -> None:
    at.file_uploader[0].upload("mine.png", picture(), "image/png").run()
    quiet(at)
    assert " %" in answer(at)
    at.file_uploader[0].upload("no_picture.png", b"text", "image/png").run()
    assert any("no_picture.png" in one.value for one in at.warning)
    quiet(at)
    for on in (True, False):
        at.toggle(key=f"runs.invert {runs[0].id}").set_value(on).run()
        quiet(at)
    for which in ("1", "last"):
        at.selectbox(key=f"runs.asked_checkpoint {runs[0].id}").set_value(which).run()
        quiet(at)


def answer(at: AppTest) -> str:
    return next(one.value for one in at.markdown
                if one.value.startswith("**") and one.value.endswith(" %"))


def test_held_out_examples_show_the_truth_and_change(at: AppTest) -> None:
    seen = []
    for _ in range(2):
        click(at, "Try held-out images")
        quiet(at)
        assert "of 6** right" in words(at)
        seen.append([one.value for one in at.caption if one.value.startswith("truth: ")])
        assert len(seen[-1]) == 6
    assert seen[0] != seen[1]
