"""Held-out metrics, against the worker's own and against counting by hand."""

import dataclasses
import shutil

import numpy as np
import pytest
import torch
from torch.nn import functional

from core import portable
from core.data import load, split
from core.evaluation.evaluate import evaluate
from core.evaluation.model_of import load_run_model
from core.messages import ThawError
from core.runs.folder import Run


def test_validation_is_what_the_worker_measured(trained_run):
    best = trained_run.state()["best"]
    found = evaluate(trained_run, "best", "val")
    assert found.accuracy == best["val_accuracy"]
    assert found.loss == pytest.approx(best["val_loss"], rel=1e-5)
    assert found.epoch == best["epoch"]


def test_the_test_split_image_by_image_gives_the_same(trained_run):
    found = evaluate(trained_run)
    loaded, data = load_run_model(trained_run), load.load_images("digits")
    spec = loaded.recipe.split
    parts = split.split(data.targets, val=spec.val, test=spec.test, seed=spec.seed,
                        train_per_class=spec.train_per_class)
    images = torch.stack([loaded.transforms.eval(data.image(int(i))) for i in parts.test])
    with torch.no_grad():
        logits = torch.cat([loaded.model(images[start : start + 50])
                            for start in range(0, len(images), 50)])
    targets = torch.as_tensor(data.targets[parts.test])
    assert found.samples == len(parts.test) == 898
    assert found.accuracy == pytest.approx((logits.argmax(1) == targets).float().mean().item())
    assert found.loss == pytest.approx(functional.cross_entropy(logits, targets).item(), rel=1e-4)
    assert found.accuracy > 0.6  # it learned: ten classes


def test_every_score_follows_from_the_confusion_matrix(trained_run):
    found = evaluate(trained_run)
    confusion = np.array(found.confusion)
    assert confusion.shape == (10, 10)
    assert confusion.sum() == found.samples
    assert confusion.trace() / found.samples == pytest.approx(found.accuracy)
    for index, score in enumerate(found.per_class):
        right = confusion[index, index]
        assert score.support == confusion[index].sum()
        assert score.recall == pytest.approx(right / confusion[index].sum())
        assert score.precision == pytest.approx(right / max(confusion[:, index].sum(), 1))
        assert score.f1 == pytest.approx(
            2 * right / (confusion[index].sum() + confusion[:, index].sum())
        )


def test_the_interval_is_where_the_accuracy_is_within_its_error(trained_run):
    found = evaluate(trained_run)
    for bound in found.interval:  # Wilson's own definition
        error = (bound * (1 - bound) / found.samples) ** 0.5
        assert abs(found.accuracy - bound) == pytest.approx(1.959964 * error, rel=1e-4)
    whole = dataclasses.replace(found, accuracy=1.0, samples=10)
    assert whole.interval == pytest.approx((1 / (1 + 1.959964**2 / 10), 1.0))


def test_other_data_than_the_run_had_is_refused(trained_run, tmp_path):
    copy = Run(shutil.copytree(trained_run.path, tmp_path / "copy"))
    path = copy.path / "checkpoints" / "best.pt"
    content = torch.load(path, weights_only=True)
    path.unlink()
    torch.save({**content, "data_fingerprint": "another"}, path)
    listed = copy.path / "data.json"
    portable.write_json(listed, {**portable.read_json(listed), "fingerprint": "another"})
    with pytest.raises(ThawError, match="bring the old ones back"):
        evaluate(copy)


def test_weights_that_are_not_finite_are_said(trained_run, tmp_path):
    copy = Run(shutil.copytree(trained_run.path, tmp_path / "copy"))
    path = copy.path / "checkpoints" / "best.pt"
    content = torch.load(path, weights_only=True)
    content["model_state_dict"]["fc.bias"][0] = float("nan")
    path.unlink()
    torch.save(content, path)
    with pytest.raises(ThawError, match="NaN or infinity"):
        evaluate(copy)
