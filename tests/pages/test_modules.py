"""The Modules page: every input of every exercise changed twice, and what follows it."""

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.models.exercises import extra_repr, forward_hook, registration
from pages.widgets.modules import (
    exercises,
    exercises_hook,
    exercises_registration,
    exercises_repr,
    repr_diff,
)
from tests.pages.app_page import open_page, quiet


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return open_page(tmp_path, monkeypatch, "modules")


def open_tab(at: AppTest, number: int) -> None:
    at.session_state[exercises.KEY] = list(exercises.EXERCISES)[number]
    quiet(at.run())


def change(at: AppTest, widgets: object, label: str, value: object) -> str:
    """Sets the input and returns all that the page then says."""
    next(one for one in widgets if one.label == label).set_value(value).run()
    return shown(quiet(at))


def shown(at: AppTest) -> str:
    texts = [*at.code, *at.markdown, *at.warning, *at.success, *at.caption]
    htmls = [one.proto.body for one in at.get("html")]
    tables = [one.value.to_string() for one in [*at.table, *at.dataframe]]
    return "\n".join([*(one.value for one in texts), *htmls, *tables])


def table(at: AppTest, number: int) -> pd.DataFrame:
    return at.table[number].value


def test_the_choices_are_those_of_core() -> None:
    assert list(exercises_repr.TEXTS) == list(extra_repr.TEXTS)
    assert list(exercises_repr.WAYS) == list(extra_repr.Way.__args__)
    assert list(exercises_hook.HOOKS) == list(forward_hook.HOOKS)
    assert list(exercises_registration.HOLDERS) == list(registration.HOLDERS)


def test_what_a_module_says(at: AppTest) -> None:
    assert "<mark>, 15,690 own parameters</mark>" in shown(at)
    for value, words in (("shape", "output (1, 10)"), ("name", "features.4")):
        assert f"{words}</mark>" in change(at, at.selectbox, "Each module says", value)
    for value, words in (("mlp", "hidden"), ("vgg16", "classifier.6")):
        assert f"{words}</mark>" in change(at, at.selectbox, "Model", value)
    for value, words in ((["ReLU"], "types=nn.ReLU"), ([], "types=nn.Module")):
        said = change(at, at.multiselect, "Applied to", value)
        assert words in said
    assert "the whole model" in said
    for value, words in ((False, "Linear(<mark>classifier.6</mark>)"),
                         (True, "<mark>, classifier.6</mark>")):
        said = change(at, at.toggle, "Keep what its class says", value)
        assert words in said
        assert ("partial(after_own" in said) is value
    way = "How the module gets into the text"
    for value, words in (("loop", "late binding"), ("unbound", "TypeError: after_own() missing")):
        assert words in change(at, at.segmented_control, way, value)
    assert "nothing changed" in change(at, at.multiselect, "Applied to", ["LayerNorm"])


def test_forward_hooks(at: AppTest) -> None:
    open_tab(at, 1)
    assert table(at, 0).shape == (10, 4)  # five moments of two samples; three outputs
    for value, words in (("tuple", "unsupported operand"), ("then_double", "first.remove()")):
        assert words in change(at, at.selectbox, "The hook", value)
    for value in (7, 8):
        assert f"torch.manual_seed({value})" in change(at, at.number_input, "Seed", value)
    for value in (2, 6):
        assert f"nn.Linear({value}, 3)" in change(at, at.slider, "Inputs", value)
    for value in (1, 5):
        assert f"nn.Linear(6, {value})" in change(at, at.slider, "Outputs", value)
        assert table(at, 0).shape == (10, 1 + value)
    for value in (0.0, 2.5):
        change(at, at.slider, "Scale of W", value)
        hooked = table(at, 0).iloc[2:4, 1:].to_numpy()
        assert (hooked == 0).all() == (value == 0.0)
    for value, mark in (("plain tensors", "–"), ("nn.Parameter", "✓")):
        said = change(at, at.segmented_control, "W and b are", value)
        assert table(at, 1).set_index("tensor").loc["`layer.W`", "parameters()"] == mark
        assert ("does not require grad" in said) == (mark == "–")


def test_layers_that_nothing_uses(at: AppTest) -> None:
    open_tab(at, 2)
    assert "1,001 parameters more" in shown(at)
    assert ":red[:material/block: unused]" in shown(at)
    guess = "The last layer is called"
    for value in (3, 5):
        said = change(at, at.slider, "Outputs wanted", value)
        assert f"vgg.fc = nn.Linear(1000, {value})" in said
        assert table(at, 0)["output"].tolist() == ["(1000,)"] * 2 + [f"({value},)"] * 2
    for value, trains in (("trainable", "138,357,544"), ("frozen", "0")):
        said = change(at, at.segmented_control, "The model itself is", value)
        assert table(at, 0)[":orange[trainable]"][0] == trains
        assert ("does not require grad" in said) == (value == "frozen")
    for value, words in (("head", "vgg.head = "), ("output", "vgg.output = ")):
        assert words in change(at, at.segmented_control, guess, value)
    for value, words in (("squeezenet1_1", "nn.Conv2d(512, 5, kernel_size=1)"),
                         ("resnet18", "resnet.output = ")):
        assert words in change(at, at.selectbox, "Model", value)
    next(one for one in at.segmented_control if one.label == guess).set_value("fc").run()
    assert not at.exception
    assert "The name was right" in at.error[0].value
    assert "shapes cannot be multiplied (1x512 and 1000x5)" in shown(at)


def test_what_belongs_to_a_module(at: AppTest) -> None:
    open_tab(at, 3)
    assert table(at, 0).iloc[0].tolist() == ["`parameters()`", "0", "216", "0"]
    for value in (2, 4):
        change(at, at.slider, "Width", value)
        assert table(at, 0).iloc[0, 2] == str(3 * (value * value + value))
    for value in (1, 8):
        change(at, at.slider, "Layers", value)
        assert table(at, 0).iloc[0, 2] == str(value * 20)
    for value, words in (("module_list", "class InModuleList"), ("in_forward", "class MadeIn")):
        assert words in change(at, at.segmented_control, "The layers are in", value)
    kinds = table(at, 1).set_index("tensor")
    assert kinds.loc["`weight`"].tolist() == ["nn.Parameter", "✓", "✓", "✓", "✓"]
    assert kinds.loc["`plain`"].tolist() == ["plain attribute", "–", "–", "–", "–"]


def test_choices_are_kept_over_a_page_switch(at: AppTest) -> None:
    change(at, at.selectbox, "Each module says", "name")
    open_tab(at, 1)
    change(at, at.slider, "Outputs", 5)
    at.switch_page("pages/start.py").run()
    quiet(at.switch_page("pages/modules.py").run())
    assert "nn.Linear(4, 5)" in shown(at)
    open_tab(at, 0)
    assert "features.4</mark>" in shown(at)


def test_what_a_model_says_is_shown_as_it_is() -> None:
    assert repr_diff._marked("a <b>", "a <b> & <i>") == "a &lt;b&gt;<mark> &amp; &lt;i&gt;</mark>"
    assert repr_diff._marked("Linear(x)", "Linear(x, y)") == "Linear(x<mark>, y</mark>)"


def test_the_last_tab_is_a_user_s_own_architecture(at: AppTest) -> None:
    open_tab(at, len(exercises.EXERCISES) - 1)
    assert [one.label for one in at.text_area] == ["Code"]
