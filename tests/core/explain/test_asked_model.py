"""A run's model asked where it looks: the same answers as everywhere else, one asker at a time."""

import threading

import numpy as np
import pytest
import torch

from core.evaluation.held_out import held_out_images
from core.evaluation.model_of import load_run_model
from core.evaluation.predict import predict_pixels
from core.evaluation.start_of_run import load_start
from core.explain import ablation_cam
from core.explain.asked_model import AskedModel, asked
from core.explain.cam import grad_cam
from core.runs.folder import Run


@pytest.fixture(scope="module")
def model(trained_run: Run) -> AskedModel:
    return asked(load_run_model(trained_run))


@pytest.fixture(scope="module")
def picture(model: AskedModel) -> np.ndarray:
    data, places = held_out_images(model.loaded, "test")
    return data.image(int(places[0])).permute(1, 2, 0).numpy()


def test_it_answers_as_the_prediction_does(model: AskedModel, picture: np.ndarray) -> None:
    pixels = torch.from_numpy(picture).permute(2, 0, 1)
    said = predict_pixels(model.loaded, pixels, top=1)
    seen = model.seen(picture)
    answer = model.answer(seen)
    assert np.array_equal(seen, said.seen)
    assert model.loaded.classes[answer.argmax()] == said.classes[0]
    assert answer.max() == pytest.approx(said.probabilities[0])


def test_its_maps_are_those_of_its_first_layer(model: AskedModel, picture: np.ndarray) -> None:
    seen = model.seen(picture)
    first = next(layer for layer in model.layers if layer.name == model.default)
    assert (model.default, first.size) == ("stage2", (4, 4))
    maps = model.maps(seen, model.default)
    assert (len(maps.maps), maps.map_size) == (first.maps, first.size)
    heat, done, count = model.ablation_cam(seen, model.default, 3, lambda _done, _count: True)
    assert (heat.shape, done, count) == (first.size, first.maps, first.maps)


def test_many_may_ask_at_once(model: AskedModel, picture: np.ndarray) -> None:
    seen, found = model.seen(picture), {}
    names = [layer.name for layer in model.layers if layer.reaches][-8:]
    single = {
        name: grad_cam(model.loaded.model, model._input(seen), name, 3).numpy() for name in names
    }
    threads = [
        threading.Thread(target=lambda one=one: found.update({one: model.grad_cam(seen, one, 3)}))
        for one in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == set(names)
    assert all(np.array_equal(found[one], single[one]) for one in names)


def test_a_long_ablation_lets_others_ask_and_is_not_disturbed(
    model: AskedModel, picture: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ablation_cam, "_ROWS", 20)  # so that there are several batches
    seen = model.seen(picture)
    alone = model.ablation_cam(seen, model.default, 3, lambda done, count: True)[0]
    heat, answer = model.grad_cam(seen, model.default, 3), model.answer(seen)
    answers: list[bool] = []

    def go_on(done: int, count: int) -> bool:
        asking = threading.Thread(target=lambda: answers.extend([
            np.array_equal(model.answer(seen), answer),
            np.array_equal(model.grad_cam(seen, model.default, 3), heat),
        ]))
        asking.start()
        asking.join(60)  # for ever, if the model were not let go
        return True

    assert np.array_equal(model.ablation_cam(seen, model.default, 3, go_on)[0], alone)
    assert len(answers) >= 4 and all(answers)


def test_the_model_that_the_run_began_with_is_asked_too(
    trained_run: Run, model: AskedModel, picture: np.ndarray
) -> None:
    began = asked(load_start(trained_run))
    assert began.loaded.epoch == 0 and began.default == model.default
    assert [one.name for one in began.layers] == [one.name for one in model.layers]
    seen = began.seen(picture)
    before, after = (one.grad_cam(seen, one.default, 0) for one in (began, model))
    assert before.shape == after.shape and not np.array_equal(before, after)
