"""A few held-out images with their answers."""

import numpy as np
import pytest

from core.data import load
from core.evaluation.examples import draw_examples
from core.evaluation.held_out import held_out_images
from core.evaluation.model_of import load_run_model
from core.evaluation.predict import predict_pixels
from core.messages import ThawError


def test_they_are_of_the_test_split_and_the_same_for_the_same_seed(trained_run):
    loaded = load_run_model(trained_run)
    data, indices = held_out_images(loaded, "test")
    _, validating = held_out_images(loaded, "val")
    assert len(indices) == 898
    assert not set(indices) & set(validating)
    found = draw_examples(loaded, 6, seed=3)
    again = draw_examples(loaded, 6, seed=3)
    other = draw_examples(loaded, 6, seed=4)
    held = [data.image(int(index)).permute(1, 2, 0).numpy() for index in indices]
    assert len(found) == 6
    for one, same in zip(found, again, strict=True):
        assert np.array_equal(one.picture, same.picture)
        at = next(i for i, picture in enumerate(held) if np.array_equal(picture, one.picture))
        assert one.truth == data.classes[data.targets[indices[at]]]
    assert any(not np.array_equal(a.picture, b.picture)
               for a, b in zip(found, other, strict=True))


def test_the_answer_is_the_model_s_own(trained_run):
    loaded = load_run_model(trained_run)
    image = load.load_images("digits").image(0)
    said = predict_pixels(loaded, image, top=3)
    logits = loaded.model(loaded.transforms.eval(image)[None])[0]
    assert said.classes[0] == loaded.classes[logits.argmax()]
    assert len(said.probabilities) == 3
    assert said.probabilities[0] == pytest.approx(logits.softmax(0).max().item(), rel=1e-5)
    assert said.seen.shape == (32, 32, 3)


def test_weights_that_are_not_finite_are_said(trained_run):
    loaded = load_run_model(trained_run)
    loaded.model.fc.bias.data[0] = float("nan")
    with pytest.raises(ThawError, match="no finite numbers"):
        predict_pixels(loaded, load.load_images("digits").image(0))
