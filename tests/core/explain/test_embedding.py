"""Embeddings of runs that were really trained."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from core.evaluation.judged import judge
from core.explain import embedding
from core.explain.embedding import drawn, embed_checkpoint, embed_start
from core.explain.same_images import have_same_images
from core.explain.separation import nearest
from core.messages import ThawError
from core.recipe import parse
from core.runs.folder import Run
from tests.core.conftest import SMALL, train_small


def through(*_: int) -> None:
    """Nobody is told."""


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One epoch in which only the head trains."""
    return train_small(
        tmp_path_factory.mktemp("probe"),
        model={"name": "shufflenet_v2_x1_0", "weights": "LETTERS"},
        freeze={"preset": "linear_probe"}, train={"epochs": 1, "threads": 1},
    )


def test_the_answers_are_those_of_the_evaluation(trained_run: Run) -> None:
    found = embed_checkpoint(trained_run, "best", "test", 2000, through)
    judged = judge(trained_run, "best", "test")
    assert np.array_equal(found.places, judged.places)
    assert np.array_equal(found.targets, judged.targets)
    assert np.array_equal(found.said, judged.said)
    assert found.confidence == pytest.approx(judged.confidence, abs=1e-6)
    assert found.classes == tuple("0123456789")
    assert found.epoch == judged.epoch and found.dimensions == 1024


def test_training_drew_the_classes_apart(trained_run: Run) -> None:
    told: list[tuple[int, int]] = []
    before = embed_start(trained_run, "last", "val", 1000, lambda *how_far: told.append(how_far))
    after = embed_checkpoint(trained_run, "last", "val", 1000, through)
    assert before.epoch == 0 and after.epoch == 6
    assert told[-1] == (len(before), len(before)) and told == sorted(set(told))
    assert len(told) == -(-len(before) // 16)
    assert after.separation.neighbours > before.separation.neighbours
    assert after.separation.silhouette > before.separation.silhouette
    assert not after.is_same_as(before)
    assert after.near.shape == (len(after), 5)


def test_features_before_a_trained_head_are_the_same_to_the_last_bit(probe: Run) -> None:
    before = embed_start(probe, "best", "val", 1000, through)
    after = embed_checkpoint(probe, "best", "val", 1000, through)
    assert after.is_same_as(before)
    assert after.separation == before.separation
    assert not np.array_equal(after.confidence, before.confidence)  # the head did learn


def test_another_size_is_another_embedding(probe: Run) -> None:
    some = embed_start(probe, "best", "test", 100, through)
    assert len(some) == 100
    assert np.bincount(some.targets).tolist() == [10] * 10
    assert not some.is_same_as(embed_start(probe, "best", "test", 101, through))


def test_every_class_has_its_share_and_the_draw_is_the_same() -> None:
    targets = np.repeat([0, 1, 2], [80, 40, 1])
    places = np.arange(121) * 2
    found = drawn(places, targets, 31)
    assert np.bincount(targets[found // 2]).tolist() == [20, 10, 1]
    assert np.array_equal(found, drawn(places, targets, 31))
    assert (np.diff(found) > 0).all()
    assert drawn(places, targets, 121) is places


def test_neighbours_are_of_the_full_space(trained_run: Run) -> None:
    """Against the features that the last layer is given, taken by hand."""
    from core.data import loader
    from core.evaluation.held_out import held_out_images
    from core.evaluation.model_of import load_run_model

    loaded = load_run_model(trained_run, "best")
    data, places = held_out_images(loaded, "val")
    images = loader.PreparedImages(data, places, loaded.transforms)
    model, loaded.model.fc = loaded.model, torch.nn.Identity()
    batches = loader.evaluation_loader(images, loaded.transforms, batch_size=16)
    with torch.no_grad():
        rows = torch.cat([model(pictures) for pictures, _ in batches]).numpy()
    found = embed_checkpoint(trained_run, "best", "val", 1000, through)
    assert np.array_equal(found.near, nearest(rows))


def test_what_tell_raises_ends_the_pass(trained_run: Run) -> None:
    def stop(*_: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        embed_checkpoint(trained_run, "best", "val", 1000, stop)


def test_too_few_images_have_a_sentence(
    trained_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "LEAST", 1000)
    with pytest.raises(ThawError, match="an embedding of fewer than 1000 shows nothing"):
        embed_checkpoint(trained_run, "best", "val", 1000, through)


def test_weights_that_are_not_finite_have_a_sentence(trained_run: Run, tmp_path: Path) -> None:
    copy = Run(Path(shutil.copytree(trained_run.path, tmp_path / "copy")))
    path = copy.path / "checkpoints" / "best.pt"
    content = torch.load(path, weights_only=True)
    path.unlink()
    content["model_state_dict"]["conv1.1.weight"] *= 1e30
    content["model_state_dict"]["conv5.1.weight"] *= 1e30
    torch.save(content, path)
    with pytest.raises(ThawError, match="give no finite numbers"):
        embed_checkpoint(copy, "best", "val", 1000, through)


def test_which_runs_can_lie_side_by_side() -> None:
    one = parse(SMALL)
    assert have_same_images(one, parse({**SMALL, "freeze": {"preset": "linear_probe"}}))
    assert have_same_images(one, parse({**SMALL, "split": {"val": 0.05, "train_per_class": 5}}))
    assert not have_same_images(one, parse({**SMALL, "split": {"val": 0.05, "seed": 1}}))
    assert not have_same_images(one, parse({**SMALL, "data": {"only": ["1", "2"]}}))
