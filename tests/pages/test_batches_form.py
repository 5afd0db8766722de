"""The form of the Batches page: every argument is on it, and nothing that was typed is lost."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.data.exploration import LoaderArguments
from pages.widgets.batches import form_words

pytestmark = pytest.mark.usefixtures("ended_children")

ROOT = Path(__file__).parents[2]


@pytest.fixture
def at() -> AppTest:
    found = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    found.switch_page("pages/batches.py").run()
    assert not found.exception and not found.error
    return found


def widget(at: AppTest, kind: str, label: str):
    return next(one for one in getattr(at, kind) if one.label == label)


def labels(at: AppTest, kind: str) -> list[str]:
    return [one.label for one in getattr(at, kind)]


def loader(at: AppTest) -> LoaderArguments:
    return at.session_state["exploration.valid"].loader


def words(at: AppTest) -> str:
    return "\n".join(one.value for one in at.markdown)


# --- every argument, twice ---------------------------------------------------------------

CHOICES = {
    "sampler": form_words.SAMPLERS,
    "batch_sampler": form_words.BATCH_SAMPLERS,
    "worker_init_fn": form_words.WORKER_INITS,
    "multiprocessing_context": form_words.CONTEXTS,
    "pin_memory_device": form_words.DEVICES,
}


@pytest.mark.parametrize("name, known", CHOICES.items(), ids=list(CHOICES))
def test_every_choice_has_its_words_and_can_be_made(at, name, known):
    annotation = LoaderArguments.model_fields[name].annotation
    assert set(known) == set(annotation.__args__)
    for value in [*list(known)[1:3], "default"]:
        widget(at, "selectbox", name).set_value(value).run()
        assert not at.exception
        assert getattr(loader(at), name) == value
        assert widget(at, "selectbox", name).value == value


OPTIONS = [
    ("sampler", "with_replacement", "num_samples", "num_samples", ("20", 20), ("", None)),
    ("sampler", "subset", "indices", "subset", ("3, 5-8", "3, 5-8"), ("1", "1")),
    ("sampler", "distributed", "rank", "rank", ("1", 1), ("0", 0)),
    ("sampler", "distributed", "num_replicas", "world_size", ("3", 3), ("4", 4)),
    ("batch_sampler", "plain", "its batch_size", "batch_sampler_size", ("5", 5), ("7", 7)),
]


@pytest.mark.parametrize("argument, chosen, label, name, first, second", OPTIONS,
                         ids=[one[2] for one in OPTIONS])
def test_options_are_there_where_they_count(at, argument, chosen, label, name, first, second):
    assert label not in labels(at, "text_input")
    widget(at, "selectbox", argument).set_value(chosen).run()
    for typed, meant in (first, second):
        widget(at, "text_input", label).set_value(typed).run()
        assert getattr(loader(at), name) == meant
        assert widget(at, "text_input", label).value == typed
    assert not at.exception


def test_options_of_collate_functions(at):
    widget(at, "selectbox", "Data set").set_value("sentences").run()
    widget(at, "toggle", "shuffle").set_value(False).run()
    for collate, label, typed, wide in (
        ("pad_multiple", "multiple", "5", 25), ("pad_length", "length", "9", 9),
    ):
        widget(at, "selectbox", "collate_fn").set_value(collate).run()
        widget(at, "text_input", label).set_value(typed).run()
        assert f"shape `[8, {wide}]`" in words(at)
    assert "multiple" not in labels(at, "text_input")
    assert not at.error and not at.exception


def test_set_epoch(at):
    widget(at, "selectbox", "sampler").set_value("distributed").run()
    widget(at, "text_input", "epochs").set_value("3").run()
    for on in (True, False):
        widget(at, "toggle", "set_epoch before every epoch").set_value(on).run()
        assert loader(at).set_epoch is on
    assert at.session_state["exploration.valid"].epochs == 3


# --- what can not be ---------------------------------------------------------------------


def test_a_wrong_option_says_so_and_is_no_trouble_once_it_is_gone(at):
    widget(at, "toggle", "shuffle").set_value(False).run()
    widget(at, "selectbox", "sampler").set_value("subset").run()
    widget(at, "text_input", "indices").set_value("one to nine").run()
    assert "“one” is no index" in words(at)
    assert widget(at, "text_input", "indices").value == "one to nine"
    widget(at, "selectbox", "sampler").set_value("sequential").run()
    assert "is no index" not in words(at) and loader(at).sampler == "sequential"
    widget(at, "selectbox", "sampler").set_value("subset").run()
    assert widget(at, "text_input", "indices").value == "one to nine"
    widget(at, "text_input", "indices").set_value("2000").run()
    assert "index 2000" in at.error[0].value and "0 to 1796" in at.error[0].value
    widget(at, "text_input", "indices").set_value("0-3").run()
    assert not at.error


@pytest.mark.parametrize(
    "argument, chosen, said, button",
    [
        ("sampler", "random", "mutually exclusive with shuffle", "Switch shuffle off"),
        ("batch_sampler", "plain", "mutually exclusive with batch_size", "Leave the rest to it"),
        ("multiprocessing_context", "fork", "num_workers=0", "Leave out what needs workers"),
    ],
)
def test_what_pytorch_refuses_is_one_click_from_what_it_takes(at, argument, chosen, said, button):
    widget(at, "selectbox", argument).set_value(chosen).run()
    assert said in at.error[0].value
    widget(at, "button", button).click().run()
    assert not at.error and not at.exception
    assert button not in labels(at, "button")
