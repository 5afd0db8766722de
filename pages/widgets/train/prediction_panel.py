"""Predict first: the curve that one expects, drawn or chosen before the run starts."""

import streamlit as st

from core.recipe import Recipe
from core.runs import prediction
from core.runs.prediction_shapes import epochs_to_draw
from pages.widgets import prediction_board
from pages.widgets.plain import plain
from pages.widgets.train import data_choice, predicting
from pages.widgets.train.predicting import Desk

_WAYS = {
    predicting.FREE: "Draw it",
    "fast": "Fast, then flat",
    "steady": "Slow and steady",
    "overfits": "Up, then down",
    "chance": "Stays at guessing",
    predicting.FINAL_ONLY: "Final accuracy only",
}


def desk(recipe: Recipe) -> Desk:
    """Where the next run is predicted."""
    return Desk("next", recipe.train.epochs, data_choice.chance(recipe))


def show_button(recipe: Recipe) -> None:
    """Draws the button that opens the panel, or gives the prediction up."""
    here = desk(recipe)
    st.button(
        "Don't predict" if here.is_open else "Predict first", icon=":material/draw:",
        key="predict first", on_click=here.open_or_give_up,
        help="Throws away what is predicted." if here.is_open else
        "Say what you expect before the run shows it: your curve is laid over the real one, and "
        "scored.",
    )


def show(recipe: Recipe) -> None:
    """Draws the panel, if this person wants to predict."""
    here = desk(recipe)
    if not here.is_open:
        return
    with st.container(border=True):
        st.markdown("##### What will the validation accuracy be?")
        beside, board = st.columns([1, 2], gap="medium")
        with beside:
            choices(here)
        with board:
            draw(here)
            _levers(here)
        _put_down(here)


def choices(here: Desk) -> None:
    """Draws how it is predicted, the figures of a shape, and who predicts."""
    way = st.radio(
        "How", list(_WAYS), format_func=_WAYS.get, key=here.key("way"), persist_state="session",
        label_visibility="collapsed",
    )
    if way in ("fast", "steady", "overfits"):
        st.slider(
            f"After the last epoch ({here.epochs}), %", 0, 100, predicting.USUAL_FINAL,
            key=here.key("final"), persist_state="session",
        )
        if here.epochs > 1:
            st.slider(
                "Best at epoch" if way == "overfits" else "Reached at epoch", 1, here.epochs,
                here.reached, key=here.key(f"reached of {here.epochs}"), persist_state="session",
            )
    st.text_input(
        "Who predicts", key=here.key("name"), persist_state="session", max_chars=36,
        placeholder="a name", autocomplete="off",
    )


def draw(here: Desk) -> None:
    """Draws the board."""
    now = here.hand()
    prediction_board.show(
        here.key("board"), epochs_to_draw(here.epochs), now.values, chance=here.chance,
        level=here.way == predicting.FINAL_ONLY, revision=now.revision, taken=now.taken,
        on_drawn=here.hand,
    )


def _levers(here: Desk) -> None:
    ready = here.in_hand()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Next person", icon=":material/group_add:", key="predict next",
            on_click=here.lay_down,
            disabled=ready is None or len(here.put_down) >= prediction.MOST - 1,
            help="Puts this prediction down, unseen, and gives the next one an empty board.",
        )
        if ready:
            st.markdown(":material/check: The start takes it along.")
        elif here.put_down:
            st.markdown("Whoever wants to draws next; the start takes those along that are ready.")
        else:
            st.markdown("Nothing is predicted yet: draw, or choose a shape.")


def _put_down(here: Desk) -> None:
    """Who has predicted; not what, or the next one would copy it."""
    if not here.put_down:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Ready:")
        for one in here.put_down:
            st.button(
                plain(one.name), icon=":material/close:", key=f"predict without {one.name}",
                help="Takes this prediction away.", on_click=here.take_away, args=(one.name,),
            )
