"""Images through a run's checkpoints: each as `judge` has it, and planted stories by hand."""

import shutil

import numpy as np
import pytest
import torch

from core.evaluation import epochs
from core.evaluation.epochs import EpochAnswers, Story
from core.evaluation.evaluate import evaluate
from core.evaluation.judged import judge
from core.evaluation.start_of_run import load_start
from core.messages import ThawError
from core.runs.folder import Run


@pytest.fixture(scope="module")
def story(trained_run: Run) -> Story:
    return epochs.through_epochs(trained_run)


@pytest.fixture
def copied(trained_run: Run, tmp_path) -> Run:
    return Run(shutil.copytree(trained_run.path, tmp_path / "copy"))


def checkpoint(run: Run, epoch: int):
    return next(run.path.glob(f"checkpoints/checkpoint_model_{epoch:03d}_*.pt"))


def planted(targets: list[int], *said: list[int]) -> Story:
    """A story of these answers; a row an epoch."""
    truth = np.array(targets)
    count = len(targets)
    return Story(
        ("a", "b", "c"), np.arange(count) + 50, truth,
        tuple(
            EpochAnswers(epoch, np.array(row), np.ones(count), np.ones(count), 0.0, 0.0)
            for epoch, row in enumerate(said)
        ),
    )


def test_every_epoch_is_as_judged(trained_run, story):
    assert story.epochs == (0, 1, 2, 3, 4, 5, 6) and story.left_out == ()
    for answers in story.answers[1:]:
        judged = judge(trained_run, answers.epoch)
        assert (answers.said == judged.said).all()
        assert (answers.confidence == judged.confidence).all()
        rows = np.arange(len(judged))
        assert (answers.of_truth == judged.probabilities[rows, judged.targets]).all()
        assert answers.loss == judged.loss
        assert (story.places == judged.places).all() and (story.targets == judged.targets).all()
    assert len({one.loss for one in story.answers}) == 7  # no checkpoint stands in for another
    assert story.answers[0].accuracy < 0.3 < 0.6 < story.answers[-1].accuracy


def test_the_start_is_the_model_before_the_first_step(trained_run, story):
    loaded = load_start(trained_run)
    data = epochs.held_out_images(loaded, "test")[0]
    image = loaded.transforms.eval(data.image(int(story.places[0])))[None]
    with torch.no_grad():
        found = loaded.model(image).softmax(1)[0]
    assert story.answers[0].said[0] == found.argmax()
    assert story.answers[0].confidence[0] == pytest.approx(float(found.max()), abs=1e-5)


def test_the_confusion_of_an_epoch(trained_run, story):
    found = evaluate(trained_run, 3)
    assert epochs.confusion(story, 3).tolist() == [list(row) for row in found.confusion]
    assert story.answers[3].accuracy == found.accuracy


def test_planted_answers_are_found_in_their_order(copied, story):
    """A head that can say one class alone is put into epoch 2."""
    path = checkpoint(copied, 2)
    content = torch.load(path, weights_only=True)
    content["model_state_dict"]["fc.weight"].zero_()
    content["model_state_dict"]["fc.bias"].zero_()[7] = 9
    path.unlink()
    torch.save(content, path)
    found = epochs.through_epochs(copied)
    assert (found.answers[2].said == 7).all()
    assert found.answers[2].accuracy == (found.targets == 7).mean()
    for at in (0, 1, 3, 4, 5, 6):
        assert (found.answers[at].said == story.answers[at].said).all()
    steady = (story.said[1] == story.said[3]) & (story.said[1] != 7)
    assert (epochs.turns(found)[steady] >= 2).all() and steady.any()


def test_what_can_not_be_asked_is_left_out(copied, story):
    checkpoint(copied, 3).write_bytes(b"half a file")
    path = checkpoint(copied, 4)
    content = torch.load(path, weights_only=True)
    content["model_state_dict"]["fc.bias"][0] = float("nan")
    path.unlink()
    torch.save(content, path)
    checkpoint(copied, 5).unlink()
    told = []
    found = epochs.through_epochs(copied, tell=lambda done, all: told.append((done, all)))
    assert found.epochs == (0, 1, 2, 6)
    assert [epoch for epoch, _ in found.left_out] == [3, 4]
    assert found.left_out[1][1].id.endswith("not_finite")
    assert told == [(done, 6) for done in range(7)]
    for file in copied.path.glob("checkpoints/*"):
        file.unlink()
    with pytest.raises(ThawError):
        epochs.through_epochs(copied)


def test_of_many_images_and_epochs_some_are_asked(trained_run, story, monkeypatch):
    found = epochs.through_epochs(trained_run, most_images=50)
    assert len(found.places) == 50
    assert (found.places[0], found.places[-1]) == (story.places[0], story.places[-1])
    rows = [story.places.tolist().index(place) for place in found.places]
    assert np.abs(found.answers[6].of_truth - story.answers[6].of_truth[rows]).max() < 1e-5
    monkeypatch.setattr(epochs, "kept_epochs", lambda run: tuple(range(1, 201)))
    asked = epochs.asked_epochs(trained_run)
    assert len(asked) == 60 and asked[:2] == (0, 1) and asked[-1] == 200


def test_turns_and_since_by_hand():
    found = planted(
        [0, 1, 2, 0],
        [0, 2, 0, 1],
        [0, 1, 1, 1],
        [0, 0, 0, 1],
        [0, 1, 2, 1],
    )
    assert epochs.turns(found).tolist() == [0, 3, 3, 0]
    assert epochs.right_since(found).tolist() == [0, 3, 3, -1]
    assert epochs.telling_rows(found, 3) == [1, 2, 0]
    assert epochs.confusion(found, 1).tolist() == [[1, 1, 0], [0, 1, 0], [0, 1, 0]]


def test_a_run_of_one_epoch_has_no_turns():
    found = planted([0, 1], [0, 0])
    assert epochs.turns(found).tolist() == [0, 0]
    assert epochs.right_since(found).tolist() == [0, -1]
    assert sorted(epochs.telling_rows(found, 8)) == [0, 1]
