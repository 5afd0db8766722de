"""Pipelines of transforms: equal to torchvision's own presets and to the code that is shown."""

import io
import json

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_sample_image
from torchvision import models
from torchvision import transforms as older
from torchvision.transforms import v2

from core.data import pipeline, pipeline_outcome, pipeline_run, pipeline_starts, transforms
from core.data.pipeline import Step, step
from core.data.pipeline_table import TRANSFORMS
from core.messages import ThawError
from core.models.catalogue import CATALOGUE
from core.recipe import parse
from core.training.preparing import transforms_of

PICTURE = Image.fromarray(load_sample_image("china.jpg"))
SMALL = PICTURE.resize((96, 64))
LINES = ("from PIL import Image", "image = PICTURE")


def made(steps, picture=SMALL, seed=0):
    torch.manual_seed(seed)
    for one in steps:
        picture = pipeline_run.build(one)(picture)
    return picture


def run_code(steps, picture=SMALL, seed=0):
    names = {"PICTURE": picture}
    exec(pipeline.code_of(steps, seed, LINES), names)
    return names["x"]


def distinct_presets() -> list[tuple[str, str]]:
    """One model of each family for each preset that the family has."""
    found = {}
    for entry in CATALOGUE:
        for one in entry.weights:
            if not one.bundled:
                key = (entry.family, one.resize_size, one.crop_size, one.interpolation, one.mean)
                found.setdefault(key, (entry.name, one.name))
    return list(found.values())


@pytest.mark.parametrize(("model", "weights"), distinct_presets())
def test_the_preset_is_torchvisions_own_tensor_for_tensor(model, weights):
    found = made(pipeline_starts.preset(model, weights), PICTURE)
    own = models.get_model_weights(model)[weights].transforms()(PICTURE)
    assert found.dtype == own.dtype and torch.equal(found, own)


@pytest.mark.parametrize("resize", ["squash", "crop"])
@pytest.mark.parametrize("augment", transforms.AUGMENTS)
def test_the_recipes_way_is_that_of_training(resize, augment):
    recipe = parse({"transform": {"resize": resize, "augment": augment, "size": 48}})
    image = torch.from_numpy(np.array(SMALL)).permute(2, 0, 1)
    for seed in range(3):
        found = made(pipeline_starts.of_recipe(recipe), seed=seed)
        torch.manual_seed(seed)
        assert torch.equal(found, transforms_of(recipe).train(image))


def fitting(name: str) -> tuple[Step, ...]:
    """The transform with its defaults, where it can be."""
    smaller = {"size": 32} if name in ("Resize", "CenterCrop", "RandomCrop",
                                       "RandomResizedCrop") else {}
    one = step(name, **smaller)
    if name in ("ToImage", "ToDtype"):
        return (step("ToImage"), one)
    if name in ("Normalize", "GaussianNoise"):
        return (step("ToImage"), step("ToDtype"), one)
    return (one,) if name == "ToPureTensor" else (step("ToImage"), one)


@pytest.mark.parametrize("name", [one.name for one in TRANSFORMS])
def test_code_of_every_transform_runs_and_gives_the_same(name):
    steps = fitting(name)
    for seed in (0, 3):
        found, other = made(steps, seed=seed), run_code(steps, seed=seed)
        assert type(found) is type(other)
        assert (found == other) if isinstance(found, Image.Image) else torch.equal(found, other)
    where = older if name == "ConvertImageDtype" else v2
    assert isinstance(pipeline_run.build(steps[-1]), getattr(where, name))
    assert pipeline.from_json(pipeline.to_json(steps)) == steps


def test_random_is_what_draws_anew():
    for one in TRANSFORMS:
        tensors = [made(fitting(one.name), seed=seed) for seed in range(12)]
        same = all(
            tensors[0] == other if isinstance(other, Image.Image)
            else torch.equal(tensors[0], other) for other in tensors
        )
        assert same is not one.random, one.name


def test_steps_that_are_off_are_not_in_the_code_and_none_is_identity():
    steps = (step("ToImage"), Step("Grayscale", {"num_output_channels": 3}, on=False))
    assert "Grayscale" not in pipeline.code_of(steps, 0, LINES)
    assert run_code(()) is SMALL


@pytest.mark.parametrize(
    ("name", "values", "id"),
    [("Nothing", {}, "pipeline.unknown"), ("Resize", {"size": 0}, "pipeline.value"),
     ("Resize", {"size": 2.5}, "pipeline.value"), ("Resize", {"to": "me"}, "pipeline.value"),
     ("Resize", {"more": 1}, "pipeline.value"), ("Pad", {"padding": True}, "pipeline.value"),
     ("Normalize", {"mean": (0.5, float("nan"), 0.5)}, "pipeline.value"),
     ("ToDtype", {"scale": 1}, "pipeline.value"), ("ColorJitter", {"hue": 0.6}, "pipeline.value")],
)
def test_what_can_not_be_is_refused(name, values, id):
    with pytest.raises(ThawError) as caught:
        step(name, **values)
    assert caught.value.problem.id == id
    with pytest.raises(ThawError):
        pipeline.from_json(json.dumps([{"name": name, "values": values, "on": True}]))


@pytest.mark.parametrize("text", ["", "a", "1,2", "1,2,3,4", "nan", "1,,2"])
def test_numbers_are_one_or_three(text):
    with pytest.raises(ThawError, match="is not one number"):
        pipeline.numbers(text)
    assert pipeline.numbers("0.5") == (0.5,) and pipeline.numbers(" 1, 2,3 ") == (1, 2, 3)


# --- in the other process ----------------------------------------------------------------------


def outcome(children, steps, picture=SMALL, seed=0) -> pipeline_outcome.Outcome:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return pipeline_outcome.run(children, steps, file.getvalue(), seed)


def test_every_step_is_seen_and_a_normalised_picture_undone(children):
    steps = (step("Resize", size=48), step("CenterCrop", size=40), step("ToImage"),
             step("ToDtype"), step("Normalize"))
    found = outcome(children, steps)
    assert [one.step for one in found.steps] == [None, 0, 1, 2, 3, 4]
    assert [one.kind for one in found.steps] == ["PIL picture"] * 3 + ["Image"] * 3
    assert [one.shape for one in found.steps[1:4]] == [(48, 72, 3), (40, 40, 3), (3, 40, 40)]
    x = run_code(steps)
    last = found.steps[-1]
    assert (last.low, last.high, last.dtype) == (x.min().item(), x.max().item(), "float32")
    assert last.stretched and not found.steps[-2].stretched
    assert np.array_equal(found.steps[3].picture, np.asarray(made(steps[:2])))
    assert np.abs(last.undone.astype(int) - found.steps[-2].picture).max() <= 1
    stretched = ((x - x.min()) / (x.max() - x.min()) * 255).permute(1, 2, 0).numpy()
    assert np.abs(last.picture - stretched).max() <= 0.51
    assert found.draws == ()


def test_draws_are_those_of_the_following_seeds(children):
    steps = (step("ToImage"), step("RandomAffine"), step("ColorJitter"))
    found = outcome(children, steps, seed=5)
    assert len(found.draws) == pipeline_outcome.DRAWS
    for number, drawn in enumerate(found.draws):
        assert np.array_equal(drawn, run_code(steps, seed=5 + number).permute(1, 2, 0).numpy())
    assert np.array_equal(found.draws[0], found.steps[-1].picture)


@pytest.mark.parametrize(
    "steps",
    [
        (step("Resize", size=40), step("Normalize"), step("ToImage")),
        (step("ToImage"), step("Normalize")),
        (step("ToImage"), step("Grayscale", num_output_channels=2)),
        (step("ToImage"), step("RandomCrop", size=500)),
        (step("ToImage"), step("GaussianBlur", kernel_size=4)),
    ],
    ids=lambda steps: steps[1].name,
)
def test_an_error_is_torchvisions_own_at_its_step_and_what_was_before_stays(children, steps):
    found = outcome(children, steps)
    with pytest.raises(Exception) as caught:
        made(steps)
    *before, failed = found.steps
    assert failed.error == f"{type(caught.value).__name__}: {caught.value}"
    assert failed.step == 1 and len(before) == 2
    assert all(one.picture is not None for one in before)


def test_a_step_that_is_passed_by_says_that_nothing_changed(children):
    # Scaling passes a PIL picture by without a word: the classic wrong order.
    found = outcome(children, (step("ToDtype"), step("ToImage"), step("Pad")))
    assert [one.changed for one in found.steps[1:]] == [False, True, True]
    assert found.steps[-1].dtype == "uint8"


def test_a_stored_picture_is_the_data_sets_and_a_number_too_large_is_a_sentence(children):
    from core.data.load import load_images

    stored = Image.open(io.BytesIO(pipeline_outcome.stored_picture(children, "digits", "", 7)))
    assert np.array_equal(np.asarray(stored), load_images("digits").image(7).permute(1, 2, 0))
    with pytest.raises(ThawError, match="1797 pictures"):
        pipeline_outcome.stored_picture(children, "digits", "", 1797)
    with pytest.raises(ThawError, match="not on this computer"):
        pipeline_outcome.stored_picture(children, "cifar10", "", 0)
