"""Predictions of a run: what is one, until when, and that none changes."""

import json
import threading
from pathlib import Path

import pytest
from pydantic import ValidationError

from core.messages import ThawError
from core.recipe import Recipe
from core.runs import folder, prediction
from core.runs.folder import Run
from core.runs.prediction import Prediction


def said(name: str = "Ada", *points: tuple[float, float], kind: str = "curve") -> Prediction:
    return Prediction(name=name, kind=kind, points=points or ((1, 0.2), (5, 0.8)))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return folder.create_run(Recipe(), root=tmp_path)


def ended(run: Run, epoch: int) -> None:
    with open(run.path / "metrics.jsonl", "a") as file:
        file.write(json.dumps({
            "attempt": 1, "kind": "epoch", "step": 7 * epoch, "epoch": epoch, "split": "val",
            "values": {"loss": 1.0, "accuracy": 0.5},
        }) + "\n")


def test_between_points_it_is_a_line_and_beyond_them_flat() -> None:
    one = said("Ada", (2, 0.2), (4, 0.6), (5, 0.5))
    assert [one.at(epoch) for epoch in (0, 2, 3, 4, 4.5, 5, 9)] == pytest.approx(
        [0.2, 0.2, 0.4, 0.6, 0.55, 0.5, 0.5]
    )
    assert said("Ada", (3, 0.7)).at(1) == said("Ada", (3, 0.7)).at(8) == 0.7


@pytest.mark.parametrize("raw", [
    {"name": "  ", "points": [[1, 0.5]]}, {"name": "A", "points": []},
    {"name": "A", "points": [[1, 1.5]]}, {"name": "A", "points": [[1, float("nan")]]},
    {"name": "A", "points": [[2, 0.5], [2, 0.6]]}, {"name": "A", "points": [[3, 0.5], [2, 0.6]]},
    {"name": "A", "points": [[1, 0.5]], "kind": "guess"}, {"name": "A" * 41, "points": [[1, 0.5]]},
])
def test_what_is_no_prediction_is_refused(raw: dict) -> None:
    with pytest.raises(ValidationError):
        Prediction.model_validate(raw)


def test_several_are_kept_in_their_order_and_read_back_as_they_were(run: Run) -> None:
    first, second = said("Ada"), said(" Grace ", (7, 0.9), kind="final")
    prediction.add(run, [first])
    prediction.add(run, [second])
    assert prediction.read(run) == [first, second]
    assert second.name == "Grace"
    lines = (run.path / "predictions.jsonl").read_text().splitlines()
    assert all(json.loads(line)["made"] > 1.7e9 for line in lines)


def test_nobody_predicts_twice_and_nothing_of_a_refused_list_is_kept(run: Run) -> None:
    prediction.add(run, [said("Ada")])
    with pytest.raises(ThawError) as refused:
        prediction.add(run, [said("Grace"), said("ADA", (1, 0.9))])
    assert refused.value.problem.id == "prediction.name_taken"
    assert prediction.read(run) == [said("Ada")]


def test_until_the_first_epoch_has_ended_and_no_longer(run: Run) -> None:
    ended(run, 0)  # the model before its first step
    assert prediction.is_open(run)
    prediction.add(run, [said("Ada")])
    ended(run, 1)
    assert not prediction.is_open(run)
    with pytest.raises(ThawError) as refused:
        prediction.add(run, [said("Grace")])
    assert refused.value.problem.id == "prediction.too_late"
    assert [one.name for one in prediction.read(run)] == ["Ada"]


def test_a_finished_run_is_predicted_by_nobody(trained_run: Run) -> None:
    assert not prediction.is_open(trained_run) and prediction.read(trained_run) == []


def test_torn_and_damaged_lines_and_a_second_line_of_a_name_do_not_count(run: Run) -> None:
    prediction.add(run, [said("Ada")])
    with open(run.path / "predictions.jsonl", "ab") as file:
        file.write(b'[1]\n\xff\n{"name": "Eve", "points": [[1, 7]]}\n')
        file.write(json.dumps({"name": "ada", "points": [[1, 0.9]]}).encode() + b"\n")
        file.write(b'{"name": "Tor')
    assert prediction.read(run) == [said("Ada")]
    prediction.add(run, [said("Grace")])
    assert prediction.read(run) == [said("Ada"), said("Grace")]


def test_thirty_browsers_at_once_lose_nothing(run: Run) -> None:
    threads = [
        threading.Thread(target=prediction.add, args=(run, [said(f"Student {number}")]))
        for number in range(30)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(prediction.read(run)) == 30


def test_there_is_a_bound(run: Run) -> None:
    prediction.add(run, [said(f"Student {number}") for number in range(prediction.MOST)])
    with pytest.raises(ThawError) as refused:
        prediction.add(run, [said("one more")])
    assert refused.value.problem.id == "prediction.too_many"


def test_a_name_is_always_free() -> None:
    assert prediction.free_name(" Ada ", ["Grace"]) == "Ada"
    assert prediction.free_name("ada", ["Ada", "ADA 2"]) == "ada 3"
    assert prediction.free_name("", []) == "Prediction"
    assert len(prediction.free_name("x" * 60, ["x" * 36])) <= 40
