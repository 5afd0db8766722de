"""Inputs bound to a field of the exploration, each with its problem beneath."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from core.data.loader_code_part import source_of
from core.messages import Problem
from pages.state import exploration
from pages.state.language import say
from pages.widgets import field_words
from pages.widgets.batches.form_words import HELP, Words
from pages.widgets.plain import plain

Problems = Mapping[str, Problem]


def text(field: str, problems: Problems, *, label: str = "", placeholder: str = "") -> None:
    """A number or text, as typed; what is wrong with it stands beneath."""
    value = exploration.raw(field)
    st.text_input(
        label or _own_name(field), value="" if value is None else _spelled(value),
        key=exploration.key(field), on_change=exploration.take, args=(field,),
        placeholder=placeholder, help=HELP.get(field), autocomplete="off",
    )
    if field in problems:
        sentence(problems[field])


def choice(
    field: str, options: Sequence[str], *, label: str = "",
    show: Callable[[str], str] = field_words.choice,
    on_change: Callable[[], None] | None = None,
) -> None:
    """One of some choices."""
    value = exploration.raw(field)
    st.selectbox(
        label or _own_name(field), options, format_func=show,
        index=options.index(value) if value in options else 0,
        key=exploration.key(field), on_change=on_change or exploration.take,
        args=() if on_change else (field,), help=HELP.get(field),
    )


def explained(field: str, words: Mapping[str, Words]) -> str:
    """One of some choices that have a sentence each, and code where it is Thaw's own.

    Returns:
        The choice.
    """
    choice(field, list(words), show=lambda name: words[name].title)
    chosen = str(exploration.raw(field))
    if about := words[chosen].about:
        st.caption(about)
    if source := words[chosen].source:
        code(source_of(*source))
    return chosen


def switch(field: str, *, label: str = "") -> None:
    """On or off."""
    st.toggle(
        label or _own_name(field), value=bool(exploration.raw(field)), key=exploration.key(field),
        on_change=exploration.take, args=(field,), help=HELP.get(field),
    )


def code(source: str) -> None:
    """A button that opens some code."""
    with st.popover("Its code", icon=":material/code:"):
        st.code(source, language="python")


def sentence(problem: Problem) -> None:
    """What is wrong, in small red."""
    st.markdown(f":small[:red[:material/error: {plain(say(problem))}]]")


def offer(label: str, fields: Sequence[str]) -> None:
    """A button that puts fields back to their defaults, where one of them is not."""
    left = [one for one in fields if not exploration.is_default(one)]
    if left:
        st.button(
            label, icon=":material/undo:", key=f"offer {fields[0]} {label}",
            on_click=_put_back, args=(tuple(left),),
        )


def _put_back(fields: Sequence[str]) -> None:
    for field in fields:
        exploration.put(field, exploration.default_of(field))
    exploration.redraw()


def _spelled(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _own_name(field: str) -> str:
    return field.rpartition(".")[2]
