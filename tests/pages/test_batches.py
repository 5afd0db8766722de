"""The Batches page: every input twice, what comes out, and what can't be."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.data.exploration import Exploration
from core.data.loader_code import code_of
from core.models.catalogue import find_weights
from core.recipe import Recipe
from pages.widgets.batches.examples import EXAMPLES

pytestmark = pytest.mark.usefixtures("ended_children")

ROOT = Path(__file__).parents[2]


def opened() -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    at.switch_page("pages/batches.py").run()
    assert not at.exception and not at.error
    return at


def widget(at: AppTest, kind: str, label: str):
    return next(one for one in getattr(at, kind) if one.label == label)


def wanted(at: AppTest) -> Exploration:
    return at.session_state["exploration.valid"]


def words(at: AppTest) -> str:
    return "\n".join(one.value for one in at.markdown)


def recipe(at: AppTest) -> Recipe:
    return at.session_state["draft.recipe"] if "draft.recipe" in at.session_state else Recipe()


# --- every input, twice ------------------------------------------------------------------

TEXTS = [
    ("batch_size", "loader.batch_size", "4", 4, "16", 16),
    ("batches shown", "batches", "2", 2, "3", 3),
    ("num_workers", "loader.num_workers", "1", 1, "2", 2),
    ("seed", "loader.seed", "7", 7, "9", 9),
    ("image size in pixels", "size", "16", 16, "24", 24),
]


@pytest.mark.parametrize("label, field, first, one, second, other", TEXTS, ids=lambda x: str(x))
def test_texts(label, field, first, one, second, other):
    at = opened()
    for typed, meant in ((first, one), (second, other)):
        widget(at, "text_input", label).set_value(typed).run()
        assert not at.error
        found = wanted(at)
        for name in field.split("."):
            found = getattr(found, name)
        assert found == meant
        assert widget(at, "text_input", label).value == typed


@pytest.mark.parametrize("label", ["shuffle", "drop_last", "pin_memory", "in_order"])
def test_switches(label):
    at = opened()
    before = getattr(wanted(at).loader, label)
    widget(at, "toggle", label).set_value(not before).run()
    assert getattr(wanted(at).loader, label) is not before
    widget(at, "toggle", label).set_value(before).run()
    assert getattr(wanted(at).loader, label) is before
    assert not at.error


def test_arguments_of_workers():
    at = opened()
    widget(at, "text_input", "num_workers").set_value("1").run()
    for typed, meant in (("2", 2), ("", None), ("4", 4)):
        widget(at, "text_input", "prefetch_factor").set_value(typed).run()
        assert wanted(at).loader.prefetch_factor == meant
    for typed, meant in (("5", 5.0), ("2.5", 2.5)):
        widget(at, "text_input", "timeout").set_value(typed).run()
        assert wanted(at).loader.timeout == meant
    for choice in ("fork", "default"):
        widget(at, "selectbox", "multiprocessing_context").set_value(choice).run()
        assert wanted(at).loader.multiprocessing_context == choice
    for on in (True, False):
        widget(at, "toggle", "persistent_workers").set_value(on).run()
        assert wanted(at).loader.persistent_workers is on
    assert not at.error


def test_samplers_and_collate_functions():
    at = opened()
    widget(at, "toggle", "shuffle").set_value(False).run()
    for name in ("weighted", "with_replacement"):
        widget(at, "selectbox", "sampler").set_value(name).run()
        assert wanted(at).loader.sampler == name
    for name in ("list", "pad_images"):
        widget(at, "selectbox", "collate_fn").set_value(name).run()
        assert wanted(at).loader.collate == name
    assert not at.error


def test_data_sets():
    at = opened()
    for name, samples in (("wine", "178"), ("iris", "150"), ("example", "10")):
        widget(at, "selectbox", "Data set").set_value(name).run()
        assert wanted(at).data == name
        assert f"**{samples}** samples" in words(at)
    assert not at.error


def test_a_new_data_set_takes_a_collate_function_that_fits():
    at = opened()
    widget(at, "button", "Zero padding").click().run()
    assert wanted(at).loader.collate == "pad_zero"
    widget(at, "selectbox", "Data set").set_value("digits").run()
    assert wanted(at).loader.collate == "default"
    assert not at.error
    assert widget(at, "selectbox", "collate_fn").value == "default"


# --- what comes out ----------------------------------------------------------------------


@pytest.mark.parametrize("title", EXAMPLES)
def test_every_example_shows_batches_or_why_not(title):
    at = opened()
    widget(at, "button", title).click().run()
    assert not at.error and not at.exception
    if title == "Sequences that don't stack":
        assert "these differ" in at.warning[0].value
    else:
        assert "**Batch 0**" in words(at)
        for number in (1, 2, 3):
            widget(at, "button", "Next").click().run()
            assert f"**Batch {number}**" in words(at) and not at.error
    assert any("DataLoader(dataset" in one.value for one in at.code)


def test_shapes_and_dtypes():
    at = opened()
    assert "`float32` · shape `[8, 3, 8, 8]`" in words(at)
    assert "`int64` · shape `[8]`" in words(at)
    widget(at, "button", "Zero padding").click().run()
    assert "padding: 1 of the values (25%)" in words(at)
    assert any("def pad_zero(" in one.value for one in at.code)


def test_values_survive_another_page():
    at = opened()
    widget(at, "text_input", "batch_size").set_value("5").run()
    at.switch_page("pages/start.py").run()
    at.switch_page("pages/batches.py").run()
    assert widget(at, "text_input", "batch_size").value == "5"
    assert "shape `[5, 3, 8, 8]`" in words(at)


def open_view(at: AppTest, name: str) -> AppTest:
    at.session_state["batches.view"] = name
    at.run()
    assert not at.exception and not at.error
    return at


def test_back_and_on_and_the_last():
    at = opened()
    widget(at, "button", "Iris by four").click().run()
    assert widget(at, "button", "Previous").disabled
    for label, number in (("Next", 1), ("Next", 2), ("Previous", 1)):
        widget(at, "button", label).click().run()
        assert f"**Batch {number}** of 38" in words(at)
    widget(at, "button", "Last").click().run()
    assert "**Batch 37** of 38" in words(at) and "shape `[2, 4]`" in words(at)
    assert widget(at, "text_input", "batches shown").value == "38"
    assert any("2 of 4 samples: 148, 149" in one.value for one in at.caption)
    widget(at, "toggle", "drop_last").set_value(True).run()
    assert "**Batch 36** of 37" in words(at)
    assert any("leaves out 2 samples of this epoch: 148, 149" in one.value for one in at.caption)


def test_an_epoch_of_too_many_batches_says_why_its_last_is_not_shown():
    at = opened()
    widget(at, "text_input", "batch_size").set_value("8").run()
    last = widget(at, "button", "Last")
    assert last.disabled and "200 are kept at most; this epoch has 225" in last.help


def test_normalised_as_the_weights_of_the_recipe_ask_for_it():
    at = opened()
    assert "values 0 to 1" in words(at)
    weights = find_weights(recipe(at).model.name, recipe(at).model.weights)
    for chosen, low, high in (
        ("normalised", -weights.mean[0] / weights.std[0], (1 - weights.mean[0]) / weights.std[0]),
        ("original", 0, 1),
    ):
        widget(at, "segmented_control", "Colours").set_value(chosen).run()
        said = re.search(r"values (\S+) to (\S+)", words(at))
        assert (float(said[1]), float(said[2])) == pytest.approx((low, high), abs=1e-4)


def test_the_order_of_epochs_and_two_configurations():
    at = opened()
    widget(at, "button", "Iris by four").click().run()
    open_view(at, "Order")
    assert any("Each exactly once" in one.value for one in at.caption)
    widget(at, "button", "Compare with …").click().run()
    assert any("A is kept" in one.value for one in at.info)
    widget(at, "text_input", "batch_size").set_value("5").run()
    assert "| `batch_size` | 4 | 5 |" in words(at)
    assert "differ from batch **0** on" in words(at)
    widget(at, "selectbox", "sampler").set_value("with_replacement").run()
    assert "| `sampler` | default | with_replacement |" in words(at)
    assert any("samples never came" in one.value for one in at.caption)
    assert sum("DataLoader(dataset" in one.value for one in at.code) == 2
    widget(at, "button", "Exchange A and B").click().run()
    assert widget(at, "text_input", "batch_size").value == "4"
    assert "| `batch_size` | 5 | 4 |" in words(at)
    widget(at, "button", "End the comparison").click().run()
    assert "| `batch_size`" not in words(at) and not at.error


def test_the_code_is_that_of_the_form():
    at = open_view(opened(), "Code")
    for typed in ("5", "6"):
        widget(at, "text_input", "batch_size").set_value(typed).run()
        assert at.code[0].value == code_of(wanted(at)).strip()
        assert f"    batch_size={typed},\n" in at.code[0].value


# --- what can not be ---------------------------------------------------------------------


def test_half_typed_keeps_the_last_batches_and_says_why():
    at = opened()
    for typed, said in (("abc", "must be a whole number"), ("0", "at least 1")):
        widget(at, "text_input", "batch_size").set_value(typed).run()
        assert said in words(at)
        assert widget(at, "text_input", "batch_size").value == typed
        assert "shape `[8, 3, 8, 8]`" in words(at)
        assert widget(at, "button", "Use in training").disabled
    widget(at, "text_input", "batch_size").set_value("6").run()
    assert "shape `[6, 3, 8, 8]`" in words(at)


def test_what_does_not_go_together_is_said():
    at = opened()
    widget(at, "selectbox", "sampler").set_value("random").run()
    assert "sampler option is mutually exclusive with shuffle" in at.error[0].value
    widget(at, "toggle", "shuffle").set_value(False).run()
    assert not at.error


def test_a_folder_that_is_not_there():
    at = opened()
    widget(at, "selectbox", "Data set").set_value("folder").run()
    assert "needs the path" in words(at)
    widget(at, "text_input", "Folder on this computer").set_value("/no/such/folder").run()
    assert "/no/such/folder" in at.error[0].value
    assert not at.exception


# --- into the recipe ---------------------------------------------------------------------


def test_use_in_training():
    at = opened()
    widget(at, "text_input", "batch_size").set_value("24").run()
    widget(at, "toggle", "drop_last").set_value(True).run()
    widget(at, "button", "Use in training").click().run()
    assert not at.error
    assert (recipe(at).loader.batch_size, recipe(at).loader.drop_last) == (24, True)
    at.switch_page("pages/train.py").run()
    assert widget(at, "text_input", "batch_size").value == "24"


def test_iris_can_not_be_trained_on():
    at = opened()
    widget(at, "button", "Iris by four").click().run()
    widget(at, "button", "Use in training").click().run()
    assert "can't be trained on" in at.error[0].value
    assert recipe(at).data.name == "digits"


def test_a_sampler_stays_behind():
    at = opened()
    widget(at, "toggle", "shuffle").set_value(False).run()
    widget(at, "selectbox", "sampler").set_value("weighted").run()
    widget(at, "button", "Use in training").click().run()
    assert any("sampler stayed behind" in one.value for one in at.info)
