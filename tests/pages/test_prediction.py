"""Predict first: the panel before the start, what a run takes along, the scores at its end."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.messages import ThawError
from core.recipe import Recipe, parse
from core.runs import folder, prediction
from core.runs.folder import Run
from core.runs.prediction import Prediction
from pages.widgets.train import starter
from tests.core.conftest import SMALL
from tests.pages.app_page import open_page, quiet

RECIPE = parse({**SMALL, "train": {"epochs": 3, "threads": 1}})


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr(starter.supervisor, "start", lambda run: None)  # nothing trains here
    return open_page(tmp_path, monkeypatch, "train", RECIPE)


def button(at: AppTest, label: str):
    return next(one for one in at.button if one.label == label)


def press(at: AppTest, label: str) -> AppTest:
    return quiet(button(at, label).click().run())


def words(at: AppTest) -> str:
    return "\n".join(one.value for one in [*at.markdown, *at.caption])


def choose(at: AppTest, way: str) -> AppTest:
    radio = next(one for one in at.radio if one.key == "predict.next.way")
    return quiet(radio.set_value(way).run())


def name(at: AppTest, text: str) -> AppTest:
    return quiet(next(o for o in at.text_input if o.label == "Who predicts").set_value(text).run())


def draw(at: AppTest, *values: float) -> AppTest:
    """As the board sends a stroke."""
    hand = at.session_state["person.choices"]["predict.next.hand"]
    at.session_state["predict.next.board"] = {
        "drawn": {"revision": hand.revision, "count": hand.taken + 1, "values": list(values)}
    }
    return quiet(at.run())


def only_run() -> Run:
    [run] = folder.list_runs()
    return run


def test_who_does_not_want_it_sees_a_button_and_the_run_has_no_file(at: AppTest) -> None:
    assert "What will the validation accuracy be?" not in words(at)
    press(at, "Start training")
    assert not (only_run().path / "predictions.jsonl").exists()


def test_a_drawn_curve_goes_with_the_start(at: AppTest) -> None:
    press(at, "Predict first")
    assert "Nothing is predicted yet" in words(at) and button(at, "Next person").disabled
    draw(at, 0.2, 0.5, 0.7)
    draw(at, 0.2, 0.5, 0.8)
    assert "The start takes it along" in words(at)
    press(at, "Start training")
    assert prediction.read(only_run()) == [
        Prediction(name="Prediction", points=((1, 0.2), (2, 0.5), (3, 0.8)))
    ]
    assert "What will the validation accuracy be?" not in words(at)


def test_a_shape_with_its_figures_bent_by_hand(at: AppTest) -> None:
    press(at, "Predict first")
    choose(at, "steady")
    final, reached = at.slider
    quiet(final.set_value(70).run())
    quiet(at.slider[1].set_value(3).run())
    draw(at, 0.25, 0.5, 0.7)
    press(at, "Start training")
    [one] = prediction.read(only_run())
    assert one.points == ((1, 0.25), (2, 0.5), (3, 0.7))


def test_a_run_that_is_queued_takes_it_along_too(
    at: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = folder.create_run(RECIPE, name="busy")
    monkeypatch.setattr(starter.device_use, "in_the_way", lambda recipe: [busy])
    monkeypatch.setattr(starter.queue, "keep_going", lambda: None)
    press(at, "Predict first")
    draw(at, 0.2, 0.5, 0.8)
    press(at, "Add to the queue")
    [queued] = [run for run in folder.list_runs() if run.id != busy.id]
    assert [one.points[-1] for one in prediction.read(queued)] == [(3, 0.8)]
    assert prediction.is_open(queued) and prediction.read(busy) == []
    assert "What will the validation accuracy be?" not in words(at)
    at.session_state["person.chosen_run"] = queued.id
    at.switch_page("pages/runs.py")
    assert "Predicted by Prediction: dashed" in words(quiet(at.run()))


def test_a_run_whose_prediction_can_t_be_kept_is_not_queued(
    at: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(run: Run, predictions: object) -> None:
        raise ThawError("prediction.unwritable", path=str(run.path), why="no space left")

    busy = folder.create_run(RECIPE, name="busy")
    monkeypatch.setattr(starter.device_use, "in_the_way", lambda recipe: [busy])
    monkeypatch.setattr(starter.queue, "keep_going", lambda: pytest.fail("it was let go"))
    monkeypatch.setattr(prediction, "add", full)
    press(at, "Predict first")
    draw(at, 0.2, 0.5, 0.8)
    button(at, "Add to the queue").click().run()
    assert "no space left" in at.error[0].value
    assert [run.id for run in folder.list_runs()] == [busy.id]


def test_a_start_that_fails_keeps_what_was_drawn(
    at: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(run: Run) -> None:
        raise ThawError("runs.device_busy", run="another")

    monkeypatch.setattr(starter.supervisor, "start", refused)
    press(at, "Predict first")
    draw(at, 0.2, 0.5, 0.8)
    button(at, "Start training").click().run()
    assert "another" in at.error[0].value and folder.list_runs() == []
    quiet(at.run())
    assert at.session_state["person.choices"]["predict.next.hand"].values == (0.2, 0.5, 0.8)
    assert "The start takes it along" in words(at)


@pytest.mark.parametrize("epochs", [1, 10_000])
def test_the_shortest_and_the_longest_run(
    epochs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = parse({**SMALL, "train": {"epochs": epochs, "threads": 1}})
    at = open_page(tmp_path, monkeypatch, "train", recipe)
    monkeypatch.setattr(starter.supervisor, "start", lambda run: None)
    press(at, "Predict first")
    choose(at, "overfits")
    press(at, "Start training")
    [one] = prediction.read(only_run())
    assert one.points[0][0] == 1 and one.points[-1] == (epochs, 0.9)


def test_each_shape_can_be_started_with_as_it_is(at: AppTest) -> None:
    press(at, "Predict first")
    ends = {}
    for way in ("fast", "steady", "overfits", "chance"):
        choose(at, way)
        hand = at.session_state["person.choices"]["predict.next.hand"]
        assert len(hand.values) == 3
        ends[way] = hand.values[-1]
    assert ends == {"fast": 0.9, "steady": 0.9, "overfits": 0.9, "chance": 0.1}


def test_several_people_one_after_another(at: AppTest) -> None:
    press(at, "Predict first")
    name(at, "Ada")
    draw(at, 0.1, 0.2, 0.3)
    press(at, "Next person")
    assert next(o for o in at.text_input if o.label == "Who predicts").value == ""
    assert at.session_state["person.choices"]["predict.next.hand"].values is None
    name(at, "ada")  # another one of the same name
    choose(at, "final")
    draw(at, 0.9, 0.9, 0.9)
    press(at, "Next person")
    name(at, "Eve")
    choose(at, "fast")
    press(at, "Next person")
    press(at, "Eve")  # takes it away again
    press(at, "Start training")
    found = prediction.read(only_run())
    assert [(one.name, one.kind) for one in found] == [("Ada", "curve"), ("ada 2", "final")]
    assert found[1].points == ((3, 0.9),)


def test_giving_up_throws_all_of_it_away(at: AppTest) -> None:
    press(at, "Predict first")
    draw(at, 0.1, 0.2, 0.3)
    press(at, "Next person")
    press(at, "Don't predict")
    press(at, "Predict first")
    assert "Ready:" not in words(at) and "Nothing is predicted yet" in words(at)


def test_a_run_of_another_length_stretches_the_curve(at: AppTest) -> None:
    press(at, "Predict first")
    draw(at, 0.2, 0.4, 0.8)
    epochs = next(one for one in at.text_input if one.label == "Epochs")
    quiet(epochs.set_value("5").run())
    hand = at.session_state["person.choices"]["predict.next.hand"]
    assert hand.values == (0.2, 0.3, 0.4, 0.6, 0.8)
    choose(at, "fast")
    quiet(at.slider[1].set_value(5).run())
    quiet(next(one for one in at.text_input if one.label == "Epochs").set_value("2").run())
    assert len(at.session_state["person.choices"]["predict.next.hand"].values) == 2


def test_a_page_switch_keeps_what_was_drawn(at: AppTest) -> None:
    press(at, "Predict first")
    name(at, "Ada")
    draw(at, 0.2, 0.4, 0.8)
    quiet(at.switch_page("pages/runs.py").run())
    quiet(at.switch_page("pages/train.py").run())
    press(at, "Start training")
    [one] = prediction.read(only_run())
    assert (one.name, one.points) == ("Ada", ((1, 0.2), (2, 0.4), (3, 0.8)))


@pytest.mark.parametrize("sent", [
    None, 3, {"drawn": []}, {"drawn": {"revision": "x", "count": 1, "values": [0.1, 0.2, 0.3]}},
    {"drawn": {"revision": "", "count": 9, "values": [0.1, 0.2]}},
    {"drawn": {"revision": "", "count": 9, "values": [0.1, 0.2, 7]}},
    {"drawn": {"revision": "", "count": 9, "values": ["a", "b", "c"]}},
])
def test_what_no_board_sends_counts_for_nothing(at: AppTest, sent: object) -> None:
    press(at, "Predict first")
    hand = at.session_state["person.choices"]["predict.next.hand"]
    if isinstance(sent, dict) and isinstance(sent["drawn"], dict) and not sent["drawn"]["revision"]:
        sent = {"drawn": {**sent["drawn"], "revision": hand.revision}}
    at.session_state["predict.next.board"] = sent
    quiet(at.run())
    assert "Nothing is predicted yet" in words(at)


# --- a run that has ended ----------------------------------------------------------------


@pytest.fixture
def scored(trained_runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The Train page that watches a really trained run of three epochs, with predictions."""
    import shutil

    def watch(*said: Prediction, recipe: Recipe = RECIPE) -> tuple[AppTest, Run]:
        shutil.copytree(trained_runs, tmp_path / "runs")
        at = open_page(tmp_path, monkeypatch, "train", recipe)
        run = folder.list_runs()[0]
        lines = [json.dumps(one.model_dump(mode="json")) for one in said]
        (run.path / "predictions.jsonl").write_text("".join(f"{line}\n" for line in lines))
        at.session_state["person.watched_run"] = run.id
        return quiet(at.run()), run

    return watch


def accuracies(run: Run) -> list[float]:
    from core.evaluation.curves import RunCurve

    return [one.val_accuracy for one in RunCurve(run).points()]


def test_one_prediction_is_scored_at_the_end(scored) -> None:
    at, run = scored(Prediction(name="Ada", points=((1, 0.0), (3, 0.0))))
    first, second, last = accuracies(run)[1:]
    [card] = [one for one in at.metric if one.label == "Ada"]
    assert card.value == f"{100 * ((first + second) / 2 + (second + last) / 2) / 2:.1f} points off"
    assert card.delta == f"said 0 % at the end, {100 * last:.1f} % came"
    assert "Scored from epoch 1 to epoch 3." in words(at)


def test_a_class_is_ranked_by_the_end_or_by_the_curve(scored) -> None:
    at, run = scored(
        Prediction(name="Low", points=((1, 0.0), (3, 0.0))),
        Prediction(name="Bend", points=((1, 0.0), (2, 0.0), (3, 1.0))),
        Prediction(name="*Only*", kind="final", points=((3, 1.0),)),
    )
    last = accuracies(run)[-1]
    assert [one.label for one in at.metric if "." in one.label][0].startswith(
        ":material/emoji_events: 1. "
    )
    labels = " ".join(one.label for one in at.metric)
    assert "\\*Only\\*" in labels
    assert f"{100 * (1 - last):.1f} points off" in [one.value for one in at.metric]
    ranked_by = next(one for one in at.button_group if "predictions by" in one.key)
    quiet(ranked_by.set_value("curve").run())
    assert "–" in [one.value for one in at.metric]  # a level has no curve, and comes last


def test_damaged_predictions_leave_the_page_whole(scored) -> None:
    at, run = scored(Prediction(name="Ada", points=((1, 0.5),)))
    (run.path / "predictions.jsonl").write_bytes(b"\xff\xfe{]\n[]\n")
    quiet(at.run())
    assert "predicted" not in words(at)
