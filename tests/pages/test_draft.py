"""The draft: the last valid recipe, what is half typed beside it, and its generation.

Each function below is a page of its own that plays a story and writes what it saw.
"""

import json

from streamlit.testing.v1 import AppTest


def played(story: object) -> dict:
    at = AppTest.from_function(story, default_timeout=30).run()
    assert not at.exception, at.exception
    return json.loads(at.code[0].value)


def test_a_half_typed_value_stays_beside_the_recipe() -> None:
    def story() -> None:
        import json

        import streamlit as st

        from pages.state import draft

        draft.set_value("optimizer.lr", "0.02")
        draft.set_value("optimizer.lr", "-")
        draft.set_value("train.epochs", "12")
        saw = {
            "recipe": draft.get().optimizer.lr,
            "shown": draft.value("optimizer.lr"),
            "problems": list(draft.problems()),
            "epochs": draft.get().train.epochs,
        }
        draft.set_value("optimizer.lr", "1e-4")
        saw |= {
            "later": draft.get().optimizer.lr,
            "spelled": draft.spelled("optimizer.lr"),
            "none_left": list(draft.problems()),
        }
        st.code(json.dumps(saw))

    assert played(story) == {
        "recipe": 0.02, "shown": "-", "problems": ["optimizer.lr"], "epochs": 12,
        "later": 1e-4, "spelled": "1e-4", "none_left": [],
    }


def test_a_value_that_was_refused_beside_another_is_taken_once_it_fits() -> None:
    def story() -> None:
        import json

        import streamlit as st

        from pages.state import draft

        draft.set_value("split.val", "0.7")
        refused = draft.get().split.val
        draft.set_value("split.test", "0.1")
        split = draft.get().split
        st.code(json.dumps([refused, split.val, split.test, draft.problem("split.val") is None]))

    assert played(story) == [0.2, 0.7, 0.1, True]


def test_replace_clears_what_was_typed_and_gives_widgets_new_keys() -> None:
    def story() -> None:
        import json

        import streamlit as st

        from core.recipe import Recipe
        from pages.state import draft

        draft.set_value("optimizer.lr", "abc")
        before = draft.key("optimizer.lr")
        draft.replace(Recipe(name="other"))
        st.code(json.dumps([
            before != draft.key("optimizer.lr"), draft.value("optimizer.lr"), draft.get().name,
            len(draft.problems()),
        ]))

    assert played(story) == [True, 0.001, "other", 0]


def test_amend_keeps_what_is_half_typed_elsewhere() -> None:
    def story() -> None:
        import json

        import streamlit as st

        from core import recipe as recipes
        from pages.state import draft

        draft.set_value("optimizer.lr", "abc")
        draft.set_value("transform.size", "7")
        draft.amend(recipes.with_value(draft.get(), "transform.size", 96))
        st.code(json.dumps([
            draft.value("optimizer.lr"), draft.value("transform.size"), list(draft.problems()),
            draft.generation(),
        ]))

    assert played(story) == ["abc", 96, ["optimizer.lr"], 1]


def test_reset_brings_back_the_default_or_says_why_it_can_t() -> None:
    def story() -> None:
        import json

        import streamlit as st

        from pages.state import draft

        draft.set_value("train.epochs", "3")
        draft.reset("train.epochs")
        epochs = draft.get().train.epochs, draft.is_default("train.epochs")
        draft.set_value("split.test", "0.1")
        draft.set_value("split.val", "0.8")
        draft.reset("split.test")  # 0.5 beside 0.8 leaves nothing to train on
        st.code(json.dumps([
            *epochs, draft.get().split.test, draft.value("split.test"),
            draft.problem("split.test").id,
        ]))

    assert played(story) == [30, True, 0.1, 0.5, "recipe.split_too_large"]
