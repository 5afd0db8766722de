"""The Transforms view: every control twice, and the code that is shown is what was done."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_sample_image
from streamlit.testing.v1 import AppTest
from torchvision import models

from core.data.pipeline_outcome import DRAWS
from core.data.pipeline_table import TRANSFORMS
from core.recipe import parse
from tests.pages.app_page import open_page, quiet

pytestmark = pytest.mark.usefixtures("ended_children")

RESNET = parse({"model": {"name": "resnet18", "weights": "IMAGENET1K_V1"},
                "transform": {"size": 64}})


@pytest.fixture
def at(home, monkeypatch) -> AppTest:
    at = open_page(home, monkeypatch, "batches", RESNET)
    return quiet(by_label(at.segmented_control, "View").set_value("Transforms").run())


def by_label(widgets, label: str):
    return next(one for one in widgets if one.label == label)


def by_key(widgets, *parts: str):
    return next(one for one in widgets if one.key and all(part in one.key for part in parts))


def click(at: AppTest, *parts: str) -> AppTest:
    return quiet(by_key(at.button, *parts).click().run())


def strip(at: AppTest) -> str:
    return next(one.proto.body for one in at.get("html") if "pipeline'>" in one.proto.body)


def draws(at: AppTest) -> str:
    return next(one.proto.body for one in at.get("html") if "draws'>" in one.proto.body)


def names(at: AppTest) -> list[str]:
    return [one.label.split("**")[1] for one in at.toggle if " · **" in one.label]


def made(at: AppTest) -> torch.Tensor:
    """What the code makes that is on the page."""
    found: dict = {}
    exec(at.code[-1].value, found)
    return found["x"]


def begun(at: AppTest, *wanted: str) -> AppTest:
    """A pipeline of these alone."""
    click(at, "pipeline.begin.empty")
    for name in wanted:
        quiet(by_label(at.selectbox, "Another step").set_value(name).run())
        click(at, "pipeline.add now")
    assert names(at) == list(wanted)
    return at


def test_it_begins_as_the_presets_own_and_follows_the_draft(at):
    for recipe in (RESNET, parse({"model": {"name": "swin_t", "weights": "IMAGENET1K_V1"}})):
        at.session_state["draft.recipe"] = recipe
        quiet(at.run())
        own = models.get_model_weights(recipe.model.name)["IMAGENET1K_V1"].transforms()
        picture = Image.fromarray(load_sample_image("china.jpg"))
        assert torch.equal(made(at), own(picture))
    assert "float32, −2.1" in strip(at) and "normalisation undone" in strip(at)


def test_beginnings(at):
    click(at, "pipeline.begin.recipe")
    assert names(at) == ["ToImage", "Resize", "RandomAffine", "ToDtype", "Normalize"]
    assert made(at).shape == (3, 64, 64)
    click(at, "pipeline.begin.empty")
    assert names(at) == [] and strip(at).count("<figure") == 1
    click(at, "pipeline.begin.preset")
    assert names(at)[0] == "Resize"


def test_steps_are_switched_off_moved_and_removed(at):
    for on in (False, True):
        quiet(by_key(at.toggle, "pipeline.step").set_value(on).run())
        assert ("1 · Resize" in strip(at)) is on
        assert ("v2.Resize" in at.code[-1].value) is on
    first = names(at)
    for button in ("down", "up"):
        place = 0 if button == "down" else 1
        keys = [one.key for one in at.button if one.key and one.key.endswith(button)]
        click(at, keys[place])
        assert (names(at) == first) is (button == "up")
    for left in (4, 3):
        click(at, "remove")
        assert len(names(at)) == left


@pytest.mark.parametrize("name", [one.name for one in TRANSFORMS if one.parameters])
def test_every_parameter_changes_the_code_twice(at, name):
    transform = next(one for one in TRANSFORMS if one.name == name)
    quiet(by_label(at.selectbox, "Sample").set_value("digits").run())  # small, so fast
    begun(at, "ToImage", name)
    for parameter in transform.parameters:
        seen = {at.code[-1].value}
        for value in (0, 1):
            kind, new = changed(parameter, value)
            widget = by_key(getattr(at, kind), "pipeline.step", f" {parameter.name}")
            widget.set_value(new).run()
            assert not at.exception and not at.error
            seen.add(at.code[-1].value)
        assert len(seen) > 1, parameter.name


def changed(parameter, turn: int) -> tuple[str, object]:
    default = parameter.default
    if isinstance(default, bool):
        return "toggle", (not default) if turn == 0 else default
    if isinstance(default, str):
        return "selectbox", parameter.choices[turn]
    if isinstance(default, int):
        return "number_input", max(int(parameter.low), 1) + 2 * turn
    if isinstance(default, float):
        return "number_input", float(parameter.high) / (2 + turn)
    if len(default) == 2:
        middle = (parameter.low + parameter.high) / 2
        return "slider", (parameter.low, middle) if turn else (middle, parameter.high)
    return "text_input", ("0.5", "0.4, 0.5, 0.6")[turn]


def test_half_typed_numbers_change_nothing_and_say_why(at):
    before = at.code[-1].value
    for typed in ("0.5, x", ""):
        by_key(at.text_input, " mean").set_value(typed).run()
        assert not at.exception and at.code[-1].value == before
        assert "is not one number" in "".join(one.value for one in at.markdown)
    quiet(by_key(at.text_input, " mean").set_value("0.5").run())
    assert "mean=(0.5,)" in at.code[-1].value


def test_an_error_stands_at_its_step_and_the_pictures_before_it_stay(at):
    begun(at, "Pad", "Normalize", "ToImage")
    assert strip(at).count("<figure") == 2
    assert "does not support PIL images" in strip(at) and "one after it was not" in strip(at)


def test_draws_are_those_of_their_seeds_and_are_drawn_again(at):
    begun(at, "ToImage", "RandomAffine")
    first = draws(at)
    assert first.count("<figure") == DRAWS
    click(at, "pipeline.again")
    assert draws(at) != first and f"seed {DRAWS}<" in draws(at)
    for seed in (3, 0):
        quiet(by_label(at.number_input, "Seed of the first").set_value(seed).run())
        assert f"torch.manual_seed({seed})" in at.code[-1].value
    assert draws(at) == first


def test_pictures(at):
    for name, shape in (("flower", "640 × 427"), ("digits", "8 × 8")):
        quiet(by_label(at.selectbox, "Sample").set_value(name).run())
        assert f"PIL, {shape}" in strip(at)
    for number in (3, 4):
        quiet(by_label(at.number_input, "Number").set_value(number).run())
        made(at)
    quiet(by_label(at.segmented_control, "Picture").set_value("The recipe's data").run())
    for number in (1, 2):
        quiet(by_label(at.number_input, "Number in Digits").set_value(number).run())
        assert "PIL, 8 × 8" in strip(at)
    by_label(at.number_input, "Number in Digits").set_value(1797).run()
    assert "1797 pictures" in at.error[0].value and not at.exception
    by_label(at.segmented_control, "Picture").set_value("Your own").run()
    file = io.BytesIO()
    Image.fromarray(np.zeros((30, 40, 3), np.uint8)).save(file, "PNG")
    for _ in range(2):
        at.file_uploader[0].set_value(("mine.png", file.getvalue(), "image/png")).run()
        assert "PIL, 40 × 30" in strip(quiet(at))
    at.file_uploader[0].set_value(("x.png", b"no picture", "image/png")).run()
    assert "“x.png” is no picture" in at.error[0].value and not at.exception


def test_the_pipeline_stays_over_a_page_switch(at):
    begun(at, "Grayscale", "Pad")
    quiet(by_key(at.number_input, " padding").set_value(5).run())
    at.switch_page("pages/start.py").run()
    quiet(at.switch_page("pages/batches.py").run())
    assert names(at) == ["Grayscale", "Pad"] and "padding=5" in at.code[-1].value
