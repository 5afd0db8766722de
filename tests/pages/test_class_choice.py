"""The class that is looked for, as a browser chooses it: it holds the label that it was sent."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.app_page import send_labels


def page() -> None:
    import numpy as np
    import streamlit as st

    from pages.widgets.explain import class_choice

    image = st.number_input("image", 0, 3, key="image")
    answer = np.roll(np.array([0.6, 0.3, 0.1, 0.0]), image)
    found = class_choice.edit(("_cat*", "dog", "owl", "bat"), answer, (image + 2) % 4, "run")
    st.session_state["found"] = found


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    send_labels(monkeypatch)
    return AppTest.from_function(page, default_timeout=60).run()


def test_a_choice_outlives_another_image(at: AppTest) -> None:
    assert at.session_state["found"] == (0,)
    at.selectbox("explain.class run").set_value("true")
    at.selectbox("explain.class second run").set_value("next").run()
    assert at.session_state["found"] == (2, 1)
    for image, found in ((1, (3, 2)), (2, (0, 3)), (3, (1, 0)), (0, (2, 1))):
        at.number_input("image").set_value(image).run()
        assert not at.exception and at.session_state["found"] == found
        assert at.selectbox("explain.class run")._widget_state.string_value == (
            f"What is true: {('_cat*', 'dog', 'owl', 'bat')[found[0]]}"
        )


def test_names_are_as_they_are(at: AppTest) -> None:
    assert at.selectbox("explain.class run").options == [
        "What it says: _cat*", "What is true: owl", "Its second guess: dog",
        "_cat*", "dog", "owl", "bat",
    ]
