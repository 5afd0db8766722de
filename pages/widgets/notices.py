"""Sentences to the person: notices that wait, and the one boundary where errors become words."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import streamlit as st

from core.messages import Problem, ThawError
from pages.state import person
from pages.state.language import say
from pages.widgets.plain import plain

_LOG = logging.getLogger("thaw.pages")
_SHOW = {"info": st.info, "success": st.success, "warning": st.warning, "error": st.error}
_ICONS = {
    "info": ":material/info:",
    "success": ":material/check_circle:",
    "warning": ":material/warning:",
    "error": ":material/error:",
}
UNEXPECTED = (
    "Something in Thaw went wrong here; nothing of yours was lost. Reload the page and try "
    "again; if it stays, the terminal that runs the app has the details."
)


def show(notice: Problem | ThawError | str, tone: person.Tone = "info") -> None:
    """Draws one sentence; a text is taken as Markdown, a problem's values are not."""
    text = notice if isinstance(notice, str) else plain(say(notice))
    _SHOW[tone](text, icon=_ICONS[tone])


def show_waiting() -> None:
    """Draws what `person.notify` kept.

    Always in a place of its own: what lies below would else move up when a notice goes, and the
    browser takes what has moved for something new and folds it.
    """
    with st.container():
        for notice, tone in person.take_notices():
            show(notice, tone)


def notify_all(problems: Iterable[Problem]) -> None:
    """Keeps what `with_model` or `with_data` had to reset for the page as it is drawn next."""
    for problem in problems:
        person.notify(problem)


@contextmanager
def guarded() -> Iterator[None]:
    """Turns an error inside into one sentence; the page goes on behind the block.

    `app.py` has one around every page. A fragment that reruns by itself needs its own.
    """
    try:
        yield
    except ThawError as error:
        show(error, "error")
    except Exception:
        _LOG.exception("A page failed")
        show(UNEXPECTED, "error")
