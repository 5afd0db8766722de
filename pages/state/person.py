"""What a browser session remembers beside the draft: notices, chosen and watched run, choices.

Everything here is small plain data. A choice is kept under a name of its page's own
(`"models.search"`), because Streamlit forgets the state of a widget on a page switch.
"""

from typing import Literal

import streamlit as st

from core.messages import Problem

Tone = Literal["info", "success", "warning", "error"]
_NOTICES, _CHOICES, _LINK = "person.notices", "person.choices", "person.link"
_SHOWN = "person.shown"
_CHOSEN_RUN, _WATCHED_RUN = "person.chosen_run", "person.watched_run"


# --- notices ------------------------------------------------------------------------------


def notify(notice: Problem | str, tone: Tone = "info") -> None:
    """Keeps a sentence for the top of the page as it is drawn next (after `st.rerun`, say)."""
    st.session_state.setdefault(_NOTICES, []).append((notice, tone))


def take_notices() -> list[tuple[Problem | str, Tone]]:
    """The sentences that wait to be shown; they are gone after this."""
    st.session_state[_SHOWN] = st.session_state.pop(_NOTICES, [])
    return st.session_state[_SHOWN]


def repeat_notices() -> None:
    """Brings back what was shown last: the page is drawn again before anybody could read it."""
    st.session_state[_NOTICES] = [
        *st.session_state.get(_SHOWN, []), *st.session_state.get(_NOTICES, [])
    ]


# --- runs ---------------------------------------------------------------------------------


def chosen_run() -> str | None:
    """Id of the run that this person looks at on the Runs page, or None."""
    return st.session_state.get(_CHOSEN_RUN)


def choose_run(run_id: str | None) -> None:
    """Remembers the run that this person looks at."""
    st.session_state[_CHOSEN_RUN] = run_id


def watched_run() -> str | None:
    """Id of the run that the Train page shows live, or None."""
    return st.session_state.get(_WATCHED_RUN)


def watch_run(run_id: str | None) -> None:
    """Remembers the run that the Train page shows live."""
    st.session_state[_WATCHED_RUN] = run_id


# --- everything else a page wants to find again --------------------------------------------


def choice(name: str, default: object = None) -> object:
    """What was remembered under this name, or the default."""
    return st.session_state.setdefault(_CHOICES, {}).get(name, default)


def remember(name: str, value: object) -> None:
    """Remembers a value over page switches."""
    st.session_state.setdefault(_CHOICES, {})[name] = value


def opening(key: str, first: object) -> object:
    """The default of a widget that can't keep its value over page switches by itself (tabs).

    It is what was last remembered under the widget's key, and it stays the same while the
    widget is on the page: with another default it would be another widget, and a click be lost.

    Args:
        first: The default before anything was remembered.
    """
    opened = f"{key} opened"
    if key not in st.session_state:
        remember(opened, choice(key, first))
    return choice(opened, first)


def held(key: str) -> object:
    """What the widget of this key holds since the last click, before it is drawn; or None."""
    return st.session_state.get(key)


def hold_on(key: str) -> None:
    """Keeps what a widget holds although the labels of its options change from run to run.

    A browser holds the label of what was chosen: it would show the old one, and once it sends that,
    nothing is chosen any more. Called before the widget is drawn.
    """
    if held(key) is not None:
        hold(key, held(key))


def hold(key: str, value: object) -> None:
    """Sets what the widget of this key holds; only in a callback, before it is drawn."""
    st.session_state[key] = value


def is_new(name: str, value: object) -> bool:
    """Whether the value differs from what it was under this name before; remembers it.

    For what a table or a chart returns on every rerun: only the first time is a click.
    """
    before = choice(name)
    remember(name, value)
    return value != before


# --- the link that opened this session ------------------------------------------------------


def take_link() -> str | None:
    """The text of `?recipe=...` the first time it is seen in this session, else None."""
    text = st.query_params.get("recipe")
    if text is None or text == st.session_state.get(_LINK):
        return None
    st.session_state[_LINK] = text
    return text


def opened_link() -> str | None:
    """The text of the link that this session opened last, or None."""
    return st.session_state.get(_LINK)


def link_was_opened(text: str) -> None:
    """Remembers the link that an earlier session of the same tab opened last."""
    st.session_state[_LINK] = text
