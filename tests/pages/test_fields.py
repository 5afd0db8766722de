"""The inputs that are bound to the draft, driven on a page of their own."""

import pytest
from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from pages.state import draft
    from pages.widgets import fields

    fields.number("optimizer.lr")
    fields.number("split.train_per_class")
    fields.number("train.epochs")
    fields.choice("optimizer.name")
    fields.switch("early_stopping.enabled")
    fields.text("name")
    st.code(draft.get().to_json())


@pytest.fixture
def at() -> AppTest:
    return AppTest.from_function(page, default_timeout=30).run()


def recipe(at: AppTest) -> dict:
    import json

    return json.loads(at.code[0].value)


def problems(at: AppTest) -> list[str]:
    return [one.value for one in at.markdown if ":material/error:" in one.value]


def by_label(widgets: object, label: str) -> object:
    return next(widget for widget in widgets if widget.label == label)


def test_a_number_changes_the_recipe_each_time(at: AppTest) -> None:
    for text, value in (("1e-4", 1e-4), ("0.5", 0.5), ("3E-3", 3e-3)):
        by_label(at.text_input, "Learning rate").set_value(text).run()
        assert recipe(at)["optimizer"]["lr"] == value
        assert by_label(at.text_input, "Learning rate").value == text
        assert not problems(at)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("-1", "The learning rate must be greater than 0"),
        ("abc", "The learning rate must be a number; “abc” is not one."),
        ("", "Type a number for the learning rate"),
        ("nan", "number"),
    ],
)
def test_a_wrong_number_gets_a_sentence_and_loses_nothing(
    at: AppTest, typed: str, sentence: str
) -> None:
    by_label(at.text_input, "Learning rate").set_value("0.02").run()
    by_label(at.text_input, "Learning rate").set_value(typed).run()
    by_label(at.text_input, "Epochs").set_value("7").run()
    assert by_label(at.text_input, "Learning rate").value == typed
    assert sentence in problems(at)[0]
    assert recipe(at)["optimizer"]["lr"] == 0.02
    assert recipe(at)["train"]["epochs"] == 7
    by_label(at.text_input, "Learning rate").set_value("0.03").run()
    assert recipe(at)["optimizer"]["lr"] == 0.03
    assert not problems(at)


def test_an_empty_number_is_none_where_the_field_allows_it(at: AppTest) -> None:
    for text, value in (("", None), ("50", 50), (" ", None)):
        by_label(at.text_input, "Training images a class").set_value(text).run()
        assert recipe(at)["split"]["train_per_class"] == value
    assert not problems(at)


def test_choice_switch_and_text_change_twice(at: AppTest) -> None:
    for name in ("sgd", "rmsprop"):
        at.selectbox[0].set_value(name).run()
        assert recipe(at)["optimizer"]["name"] == name
    for on in (True, False):
        at.toggle[0].set_value(on).run()
        assert recipe(at)["early_stopping"]["enabled"] is on
    for name in ("first", "second"):
        by_label(at.text_input, "Name").set_value(name).run()
        assert recipe(at)["name"] == name


def test_reset_brings_the_default_back_and_keeps_the_rest(at: AppTest) -> None:
    by_label(at.text_input, "Learning rate").set_value("abc").run()
    by_label(at.text_input, "Epochs").set_value("x").run()
    assert len(problems(at)) == 2
    reset = next(b for b in at.button if "optimizer.lr" in b.key)
    reset.click().run()
    assert by_label(at.text_input, "Learning rate").value == "0.001"
    assert by_label(at.text_input, "Epochs").value == "x"
    assert len(problems(at)) == 1
    assert not [b for b in at.button if "optimizer.lr" in b.key]


def test_every_field_of_the_recipe_has_a_sentence_of_help() -> None:
    from core.recipe import Recipe
    from pages.widgets import field_words

    fields = [
        f"{part}.{name}"
        for part, info in Recipe.model_fields.items()
        if hasattr(info.annotation, "model_fields")
        for name in info.annotation.model_fields
        if (part, name) != ("freeze", "exceptions")
    ]
    assert len(fields) > 30
    assert [field for field in fields if field not in field_words.HELP] == []
    for field in fields:
        assert field_words.label(field)
