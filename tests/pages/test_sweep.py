"""The Sweep page: setting one up, its map, its best cell, its levers."""

import csv
import io
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.evaluation.sweep import METRICS, best_of, outcomes_of, places_of, shown_axes
from core.recipe import Recipe, parse
from core.runs import folder, queue, sweep, sweep_fields
from core.runs.sweep_spec import axis_of
from core.runs.sweep_spec import parse as parse_spec
from pages.widgets import palette
from pages.widgets.experiment import keeper
from pages.widgets.sweep import choice, heat_map, map_data, one_field, starter, values
from tests.pages.app_page import open_page, quiet, send_labels
from tests.pages.test_experiment import end, labels, widget, words


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch):
    """The queue is looked at, but no process is started."""
    monkeypatch.setattr(queue, "_spawn", lambda root: None)
    keeper._look.clear()


def opened(home: Path, monkeypatch: pytest.MonkeyPatch, recipe: Recipe | None = None) -> AppTest:
    return open_page(home, monkeypatch, "sweep", recipe)


def begun(name="Mine", recipe=None, **grid):
    axes = [axis_of(field.replace("__", "."), given) for field, given in grid.items()]
    return sweep.begin(parse_spec({"name": name, "axes": axes}),
                       recipe or parse({"train": {"epochs": 2}}))


def finished(accuracies, **grid):
    """A sweep whose runs have ended with these accuracies, in the order of its cells."""
    new = begun(**grid)
    for one, accuracy in zip(new.members, accuracies, strict=True):
        end(one.run, accuracy, samples={"train": 100, "val": 400, "test": 500})
    return sweep.find(new.id)


def choose(at: AppTest, which) -> AppTest:
    widget(at.run(), "selectbox", "Sweep").set_value(which.id).run()
    return quiet(at)


def said(at: AppTest) -> str:
    return words(at).replace("\u00a0", " ")


RATES = {"optimizer__lr": "0.1, 0.01", "freeze__preset": "linear_probe, all"}


# --- setting one up -----------------------------------------------------------------------


def test_what_is_set_is_what_is_queued(home, monkeypatch):
    at = opened(home, monkeypatch)
    assert "**6 runs**: Learning rate (3) × Freeze preset (2), 30 epochs each" in said(at)
    assert "not known yet" in said(at)
    at.text_input(key="sweep.values optimizer.lr").set_value("0.0001…0.1 log 4").run()
    assert "4 values: 0.0001 · 0.001 · 0.01 · 0.1" in said(at)
    at.selectbox(key="sweep.field 3").set_value("train.seed").run()
    assert "**24 runs**: Learning rate (4) × Freeze preset (2) × Seed (3)" in said(at)
    assert "mean over the seeds" in said(at)
    at.text_input(key="sweep.values train.seed").set_value("1, 2").run()
    at.text_input(key="sweep.epochs").set_value("3").run()
    at.text_input(key="sweep.name").set_value("Of *mine*").run()
    assert "**16 runs**" in said(at) and "3 epochs each" in said(at)
    quiet(widget(at, "button", "Start the 16 runs").click().run())
    (new,) = sweep.list_all()
    assert new.name == "Of *mine*" and new.recipe.train.epochs == 3
    assert new.spec.fields == ("optimizer.lr", "freeze.preset", "train.seed")
    assert [one.cell for one in new.members[:3]] == [
        (0.0001, "linear_probe", 1), (0.0001, "all", 1), (0.001, "linear_probe", 1),
    ]
    assert "0 of 16 runs have finished" in at.get("progress")[0].proto.text
    assert "The queue: 16 runs wait" in [one.label for one in at.expander]
    assert any("… waiting" in one.value for one in at.caption)


def test_names_are_picked_and_a_choice_stays_over_a_page_switch(home, monkeypatch):
    at = opened(home, monkeypatch)
    at.selectbox(key="sweep.field 1").set_value("model.name").run()
    assert "at least two values" in said(at) and not any("Start" in one for one in labels(at))
    at.multiselect(key="sweep.values model.name").set_value(["resnet18", "resnet34"]).run()
    at.selectbox(key="sweep.field 2").set_value("loader.shuffle").run()
    assert "**4 runs**: Model (2) × shuffle (2)" in said(at)
    assert "IMAGENET1K_V1 of resnet18, IMAGENET1K_V1 of resnet34" in said(at)
    at.switch_page("pages/runs.py").run()
    quiet(at.switch_page("pages/sweep.py").run())
    assert "**4 runs**: Model (2) × shuffle (2)" in said(at)
    assert at.multiselect(key="sweep.values model.name").value == ["resnet18", "resnet34"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("0.1", "at least two values"),
        ("", "at least two values"),
        ("0.1, fast", "“fast” is not one"),
        ("0, 0.1", "must be greater than 0"),
        ("0.1…0.2", "Say how many values"),
        ("0.1, 0.1", "the value 0.1 twice"),
    ],
)
def test_what_is_wrong_gets_a_sentence_and_starts_nothing(home, monkeypatch, typed, told):
    at = opened(home, monkeypatch)
    at.text_input(key="sweep.values optimizer.lr").set_value(typed).run()
    assert told in said(quiet(at))
    assert not any(one.startswith("Start the") for one in labels(at))
    assert folder.list_runs() == []


def test_a_field_twice_too_many_runs_and_bad_epochs(home, monkeypatch):
    at = opened(home, monkeypatch)
    at.selectbox(key="sweep.field 2").set_value("optimizer.lr").run()
    assert "varied already" in said(quiet(at))
    at.selectbox(key="sweep.field 2").set_value("train.seed").run()
    at.text_input(key="sweep.values train.seed").set_value("1…20").run()
    at.text_input(key="sweep.values optimizer.lr").set_value("0.1…0.2 6").run()
    assert "120 runs, and 100 are the most" in said(quiet(at))
    at.text_input(key="sweep.values train.seed").set_value("1…2").run()
    at.text_input(key="sweep.epochs").set_value("0").run()
    assert "epochs must be at least 1" in said(quiet(at))
    assert not any(one.startswith("Start the") for one in labels(at))


def test_a_combination_that_can_t_be_trained_is_named_before_the_start(home, monkeypatch):
    at = opened(home, monkeypatch)
    at.selectbox(key="sweep.field 2").set_value("").run()
    at.selectbox(key="sweep.field 1").set_value("head.outputs").run()
    assert "combination head outputs one_logit can't be trained. One logit" in said(quiet(at))
    assert widget(at, "button", "Start the 2 runs").disabled


def test_earlier_runs_tell_how_long_it_takes(home, monkeypatch):
    recipe = parse({"train": {"epochs": 2}})
    known = folder.create_run(recipe)
    end(known, 0.9, seconds=100.0)
    (known.path / "attempts" / "1.json").write_text('{"first_step": 0}')
    at = opened(home, monkeypatch, recipe)
    # 50 s an epoch and 10 around them; a linear probe takes no longer than all of the model.
    assert "they take **at most about 11 min**" in said(at)
    at.selectbox(key="sweep.field 2").set_value("loader.batch_size").run()
    assert "3 of them take **about 6 min**" in said(at)


def test_fields_of_every_kind_can_be_chosen(home, monkeypatch):
    at = opened(home, monkeypatch)
    at.selectbox(key="sweep.field 2").set_value("").run()
    every = values.labels()
    names = [name for name in every if sweep_fields.find(name).kind == "name"]
    assert len(every) > 50 and len(names) == 4
    for field in [*names, "train.compile", "schedule.name", "train.ema", "freeze.stages"]:
        quiet(at.selectbox(key="sweep.field 1").set_value(field).run())


def test_a_second_click_starts_no_second_sweep(home, monkeypatch):
    """It comes with what the first one's page had drawn, after the first has made the runs."""
    late = {}
    drawn = starter._start
    monkeypatch.setattr(starter, "_start", lambda *args: (late.update(args=args), drawn(*args)))
    at = opened(home, monkeypatch)
    widget(at, "button", "Start the 6 runs").click().run()

    def second_click():
        from pages.widgets.sweep import starter as again

        again._start(*late["args"])

    monkeypatch.setattr(keeper, "look", second_click)
    quiet(at.run())
    assert len(sweep.list_all()) == 1


# --- looking at one -----------------------------------------------------------------------


def test_the_best_its_noise_and_the_table(home, monkeypatch):
    at = opened(home, monkeypatch)
    choose(at, finished([0.80, 0.90, 0.5, 0.89], **RATES))
    text = said(at)
    assert "★ Learning rate 0.1, Freeze preset All (fine-tune)" in text
    assert "The best of 4, by validation accuracy: **90.0 %**" in text
    assert "On the 500 held-out images, by which nothing was chosen: **90.0 %**" in text
    assert "On 400 images one accuracy is known to about ± 1.5 points" in text
    assert "can't tell 1 of the 3 others" in text
    rows = at.dataframe[0].value
    assert rows["optimizer.lr"].tolist() == ["0.1", "0.1", "0.01", "0.01"]
    assert rows["val_accuracy"].tolist() == pytest.approx([80.0, 90.0, 50.0, 89.0])
    for metric, title in (
        ("val_loss", "validation loss: **0.5**"), ("seconds", "seconds: **3.0 s**"),
        ("accuracy", "validation accuracy: **90.0 %**"),
    ):
        at.segmented_control(key="sweep.metric").set_value(metric).run()
        assert title in said(quiet(at))


def test_the_recipe_of_the_best_goes_into_the_draft(home, monkeypatch):
    at = opened(home, monkeypatch)
    choose(at, finished([0.80, 0.90, 0.5, 0.6], **RATES))
    widget(at, "button", "Use this recipe").click().run()
    draft = at.session_state["draft.recipe"]
    assert (draft.optimizer.lr, draft.freeze.preset) == (0.1, "all")
    assert "Everything is set as in" in at.success[0].value
    assert at.title[0].value == "Train"


def test_stopped_it_goes_on_and_one_like_it_is_set_up(home, monkeypatch):
    at = opened(home, monkeypatch)
    models = "resnet18, alexnet"
    new = begun(split__train_per_class="5, none", train__seed="0…1", model__name=models)
    choose(at, new)
    quiet(widget(at, "button", "Stop the sweep").click().run())
    assert folder.list_runs() == [] and "0 of 8 runs have finished." in said(at)
    quiet(widget(at, "button", "Go on: 8 runs missing").click().run())
    assert len(queue.waiting()) == 8 and "8 runs queued" in at.success[0].value
    quiet(widget(at, "button", "Set up one like it").click().run())
    assert not at.warning
    assert at.text_input(key="sweep.values split.train_per_class").value == "5, none"
    assert at.multiselect(key="sweep.values model.name").value == ["resnet18", "alexnet"]
    assert "**8 runs**" in said(at) and "2 epochs each" in said(at)
    choose(at, new)
    quiet(widget(at, "button", "Delete for good").click().run())
    assert sweep.list_all() == [] and folder.list_runs() == []
    assert "was deleted with its runs" in at.success[0].value


def test_of_two_alike_each_can_be_chosen(home, monkeypatch):
    send_labels(monkeypatch)
    first, second = (begun(optimizer__lr="0.1, 0.01") for _ in range(2))
    monkeypatch.setattr(choice, "_title", lambda one: "the same")  # begun within a minute
    at = opened(home, monkeypatch)
    for one in (first, second, first):
        choose(at, one)
        assert at.session_state["person.choices"]["sweep.shown"] == one.id


def test_a_failed_run_says_why_and_is_repeated(home, monkeypatch):
    at = opened(home, monkeypatch)
    new = finished([0.8, 0.9, 0.5, 0.6], **RATES)
    failed = new.members[1].run
    error = {"id": "training.not_finite", "values": {"step": 7}}
    end(failed, 0.99, status_="failed", error=error)
    choose(at, new)
    assert "Learning rate 0.1, Freeze preset All (fine-tune) failed: The loss" in said(at)
    assert "★ Learning rate 0.1, Freeze preset Linear probe" in said(at)  # a failed one is no best
    quiet(widget(at, "button", "Go on: 1 run missing").click().run())
    assert [run.recipe().freeze.preset for run in queue.waiting()] == ["all"]
    assert failed.path.exists()


def test_one_that_another_browser_deleted_is_let_go(home, monkeypatch):
    at = opened(home, monkeypatch)
    one = finished([0.5, 0.6], optimizer__lr="1, 2")
    choose(at, one)
    sweep.delete(one)
    quiet(at.run())
    assert any(label.startswith("Start the") for label in labels(at))


@pytest.mark.parametrize(
    "grid",
    [
        {"optimizer__lr": "0.1, 0.01, 0.001"},
        {"freeze__preset": "all, last_stage"},
        {"train__seed": "0, 1, 2"},
        {"optimizer__lr": "0.1, 0.01", "train__seed": "0, 1"},
        {**RATES, "train__seed": "0, 1"},
        {**RATES, "loader__shuffle": "on, off"},
    ],
)
def test_every_shape_of_grid_is_drawn(home, monkeypatch, grid):
    at = opened(home, monkeypatch)
    count = len(begun(**grid).members)
    sweep.delete(sweep.list_all()[0])
    new = finished([0.5 + one / 100 for one in range(count)], **grid)
    choose(at, new)
    for metric in METRICS:
        quiet(at.segmented_control(key="sweep.metric").set_value(metric).run())
    if len(shown_axes(new.spec)) == 3:
        quiet(at.segmented_control(key=f"sweep.third {new.id}").set_value(1).run())


# --- what the map shows -------------------------------------------------------------------


def frame_of(new, metric="val_accuracy"):
    axes, places = shown_axes(new.spec), places_of(new.spec, outcomes_of(new))
    return map_data.frame(axes, places, metric, best_of(places, metric)).set_index("where")


def test_cells_have_their_number_their_colour_and_their_standing(monkeypatch):
    monkeypatch.setattr(palette, "is_dark", lambda: False)
    new = finished([0.8, 0.9, 0.5, 0.6], **RATES)
    (new.members[2].run.path / "state.json").unlink()
    (new.members[2].run.path / "launch.json").unlink()
    error = {"id": "training.not_finite", "values": {"step": 7}}
    end(new.members[3].run, 0.6, status_="failed", error=error)
    cells = frame_of(sweep.find(new.id))
    assert cells["text"].tolist() == ["80.0", "★ 90.0", "…", "✕"]
    assert cells["x"].tolist() == ["0.1", "0.1", "0.01", "0.01"]
    assert cells["fill"].iloc[1] == palette.ACCENT.light  # the best
    assert cells["fill"].iloc[2] == cells["fill"].iloc[3] == palette.LINE.light
    assert cells["ink"].tolist()[:2] == [palette.TEXT.light, palette.GROUND.light]
    assert cells["told_accuracy"].iloc[0] == "80.0\u00a0%"
    seconds = frame_of(sweep.find(new.id), "seconds")
    assert set(seconds["text"]) == {"★ 3.0", "3.0", "…", "✕"}


def test_seeds_are_told_with_their_spread(monkeypatch):
    monkeypatch.setattr(palette, "is_dark", lambda: True)
    new = finished([0.8, 0.5, 0.9, 0.7], optimizer__lr="0.1, 0.01", train__seed="0, 1")
    cells = frame_of(new)
    assert cells["text"].tolist() == ["★ 85.0", "60.0"]
    assert cells["told_val_accuracy"].iloc[0] == "85.0\u00a0% ± 7.1 (80.0 to 90.0)"
    assert cells["standing"].iloc[0] == "2 of 2 seeds finished"
    axis = shown_axes(new.spec)[0]
    drawn = one_field.line(frame_of(new).reset_index(), axis, "val_accuracy").to_dict()
    (data,) = drawn["datasets"].values()
    assert [(row["value"], row["low"], row["high"]) for row in data] == [
        pytest.approx((85.0, 80.0, 90.0)), pytest.approx((60.0, 50.0, 70.0)),
    ]


def test_the_longer_field_goes_down():
    long, short = axis_of("optimizer.lr", "1, 2, 3"), axis_of("freeze.preset", "all, last_stage")
    assert heat_map._turned([long, short])[0] == short
    assert heat_map._turned([short, long])[0] == short


def test_the_csv_has_every_run():
    from core.evaluation.sweep_csv import csv_of

    new = finished([0.8, 0.9, 0.5, 0.6], **RATES)
    rows = list(csv.DictReader(io.StringIO(csv_of(new.spec, outcomes_of(new)))))
    assert [row["val_accuracy"] for row in rows] == ["0.8", "0.9", "0.5", "0.6"]
