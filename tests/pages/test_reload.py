"""A reload keeps the draft: what the tab sends back, and what of it a new session takes."""

import pytest
from streamlit.testing.v1 import AppTest

from core import recipe as recipes
from core import recipe_link
from core.recipe import Recipe
from pages.state import draft, person, reload
from tests.pages.app_page import ROOT

KEPT = recipes.with_value(Recipe(name="mine"), "train.epochs", 4)
LINKED = recipes.with_value(Recipe(name="lesson"), "train.epochs", 6)


def taken(monkeypatch: pytest.MonkeyPatch, *sent: object, link: Recipe | None = None) -> Recipe:
    """The draft of a new session after the browser sent these, one after another."""
    state: dict = {}
    for module in (draft, person, reload):
        monkeypatch.setattr(module.st, "session_state", state)
    if link:
        state["person.link"] = recipe_link.to_link(link)
        draft.replace(link)
        person.notify("The link set everything.", "success")
        person.take_notices()  # drawn before the tab could answer
    state["reload.session"] = "this"
    for kept in sent:
        reload.take(kept)
    return draft.get()


def kept(recipe: Recipe, opened: str = "", asked: str = "this") -> dict[str, str]:
    return {"recipe": recipe_link.to_link(recipe), "opened": opened, "asked": asked}


def test_what_the_tab_kept_is_the_draft_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert taken(monkeypatch, None, kept(KEPT)) == KEPT


def test_it_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert taken(monkeypatch, kept(KEPT), kept(LINKED)) == KEPT


def test_an_answer_to_an_earlier_session_is_older_than_what_the_tab_keeps(monkeypatch) -> None:
    assert taken(monkeypatch, kept(LINKED, asked="before"), kept(KEPT)) == KEPT


def test_a_link_that_an_earlier_session_opened_is_not_opened_anew(monkeypatch) -> None:
    link = recipe_link.to_link(LINKED)
    monkeypatch.setattr(person.st, "query_params", {"recipe": link})
    assert taken(monkeypatch, kept(KEPT, opened=link)) == KEPT
    assert person.take_link() is None


def test_a_broken_link_costs_no_draft(monkeypatch) -> None:
    assert taken(monkeypatch, None) == Recipe()
    state = person.st.session_state
    state["person.link"] = "broken"
    person.notify("The link is no recipe.", "error")
    person.take_notices()
    reload.take(kept(KEPT))
    assert draft.get() == KEPT and person.opened_link() == "broken"
    assert [notice for notice, _ in person.take_notices()] == ["The link is no recipe."]


@pytest.mark.parametrize(
    "sent", [None, 3, {}, {"asked": "this", "recipe": 3}, {"asked": "this", "recipe": "no recipe"}]
)
def test_what_is_no_recipe_changes_nothing(sent: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert taken(monkeypatch, sent) == Recipe()


def test_a_new_link_wins_and_one_opened_before_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert taken(monkeypatch, kept(KEPT), link=LINKED) == LINKED
    assert [notice for notice, _ in person.take_notices()] == ["The link set everything."]
    before = recipe_link.to_link(LINKED)
    assert taken(monkeypatch, kept(KEPT, opened=before), link=LINKED) == KEPT
    assert person.take_notices() == []


def test_every_page_asks_the_tab() -> None:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    assert not at.exception
    assert "reload.settled" not in at.session_state  # the tab has not answered
    assert len(at.session_state["reload.session"]) == 12
