"""The Collate view of the Batches page: every input twice, the batches, and why one fails."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.data import datasets
from core.data.collate_table import COLLATES, source_of
from pages.widgets.batches import views

pytestmark = pytest.mark.usefixtures("ended_children")

ROOT = Path(__file__).parents[2]


def opened() -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    at.switch_page("pages/batches.py").run()
    at.session_state[views.KEY] = "Collate"
    at.run()
    assert not at.exception
    return at


def widget(at: AppTest, kind: str, label: str):
    return next(one for one in getattr(at, kind) if one.label == label)


def change(at: AppTest, kind: str, label: str, value: object) -> str:
    widget(at, kind, label).set_value(value).run()
    assert not at.exception and widget(at, kind, label).value == value
    return drawn(at)


def click(at: AppTest, label: str) -> str:
    widget(at, "button", label).click().run()
    assert not at.exception
    return drawn(at)


def drawn(at: AppTest) -> str:
    parts = [*at.markdown, *at.get("html"), *at.code, *at.error, *at.caption]
    return "\n".join(getattr(one, "value", None) or one.proto.body for one in parts)


def test_every_function_is_there_with_its_code():
    said = drawn(opened())
    for entry in COLLATES:
        assert (f"**{entry.title}**" in said) == ("sequence" in entry.kinds)
        if "sequence" in entry.kinds and entry.function:
            assert source_of(entry.name) in said
    assert "collate_fn=partial(pad_to_multiple, multiple=8)" in said


def test_the_naive_function_is_right_for_two_and_says_why_it_is_not_for_three():
    at = opened()
    said = click(at, "Two in order")
    assert said.count("RuntimeError") == 1  # default_collate's
    said = click(at, "Three in order")
    assert "stack expects each tensor to be equal size, but got [2] at entry 0" in said
    assert "added 1 to the first sample" in said and "What it would stack" in said
    said = click(at, "Two, shuffled")
    assert "= -" in said and "class='none'" in said
    assert "tensor int64 · shape [4, " in click(at, "Sentences")
    assert "works on a stacked batch" in click(at, "Pictures of different sizes")
    said = click(at, "Digits, mixed")
    assert "% 3" in said and "MixUp" in said and "data:image/png" in said


@pytest.mark.parametrize(("kind", "label", "values", "words"), [
    ("number_input", "batch_size", (2, 5), ("shape [2, 2]", "shape [5, 5]")),
    ("number_input", "multiple of", (5, 7), ("shape [3, 5]", "shape [3, 7]")),
    ("number_input", "fixed length", (2, 11), ("shape [3, 2]", "shape [3, 11]")),
    ("button_group", "Order", ("shuffled", "in order"), ("sample 7", "sample 2")),
    ("selectbox", "Data set", ("digits", "iris"), ("MixUp", "setosa")),
])
def test_every_input_twice(kind, label, values, words):
    at = opened()
    for value, word in zip(values, words, strict=True):
        assert word in change(at, kind, label, value)


def test_the_seed_and_the_size_of_pictures_twice():
    at = opened()
    change(at, "button_group", "Order", "shuffled")
    orders = {change(at, "number_input", "seed", seed) for seed in (3, 4, 3)}
    assert len(orders) == 2
    change(at, "selectbox", "Data set", "digits")
    assert "shape [3, 3, 16, 16]" in change(at, "number_input", "image size", 16)
    assert "shape [3, 3, 24, 24]" in change(at, "number_input", "image size", 24)


def test_batches_are_turned_over_and_all_stays_over_a_page_switch():
    at = opened()
    assert "**Batch 1** of 4" in drawn(at)
    assert "sample 3" in click(at, "Next")
    click(at, "Next")
    said = click(at, "Next")
    assert "**Batch 4** of 4" in said and "one sample, of length 10" in said
    assert widget(at, "button", "Next").disabled
    change(at, "number_input", "batch_size", 4)  # there are three now: the last one stays open
    assert "**Batch 3** of 3" in drawn(at)
    assert "**Batch 2** of 3" in click(at, "Previous")
    at.switch_page("pages/start.py").run()
    at.switch_page("pages/batches.py").run()
    assert "**Batch 2** of 3" in drawn(at)
    assert widget(at, "number_input", "batch_size").value == 4
    change(at, "selectbox", "Data set", "digits")
    change(at, "number_input", "image size", 9)
    at.switch_page("pages/start.py").run()
    at.switch_page("pages/batches.py").run()
    assert widget(at, "number_input", "image size").value == 9


def test_every_data_set_that_needs_no_network():
    at = opened()
    for entry in datasets.DATASETS:
        if not entry.needs_path and not entry.download_mb:
            said = change(at, "selectbox", "Data set", entry.name)
            assert "**default_collate**" in said, entry.name
