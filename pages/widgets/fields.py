"""Inputs bound to a field of the draft: its value, its problem beneath, a reset beside it.

Numbers are typed as text: a browser's number input drops "abc" and rounds 1e-4 away, while
text shows what was typed and gets a sentence until it is a number. The draft takes a change
before the page is drawn, so everything on the page already follows it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import streamlit as st

from core import recipe as recipes
from pages.state import draft
from pages.state.language import say
from pages.widgets import field_words
from pages.widgets.plain import plain


def number(field: str, *, placeholder: str = "", disabled: bool = False) -> None:
    """A number of the recipe, typed as text; empty means None where the field allows None.

    Args:
        placeholder: Shown while the input is empty: what None stands for.
    """
    optional = field_words.allows_none(field)

    def read(raw: object) -> object:
        text = str(raw).strip()
        return None if optional and not text else text

    with _row(field):
        st.text_input(
            field_words.label(field),
            value=_as_text(field),
            key=draft.key(field),
            on_change=draft.take,
            args=(field, read),
            placeholder=placeholder,
            help=field_words.HELP.get(field),
            disabled=disabled,
            autocomplete="off",
        )


def text(field: str, *, placeholder: str = "", disabled: bool = False) -> None:
    """A text of the recipe."""
    with _row(field):
        st.text_input(
            field_words.label(field),
            value=_as_text(field) if isinstance(draft.value(field), tuple)
            else str(draft.value(field) or ""),
            key=draft.key(field),
            on_change=draft.take,
            args=(field,),
            placeholder=placeholder,
            help=field_words.HELP.get(field),
            disabled=disabled,
            autocomplete="off",
        )


def choice(
    field: str,
    *,
    options: Sequence[object] | None = None,
    show: Callable[[object], str] = field_words.choice,
    disabled: bool = False,
) -> None:
    """One of the field's choices.

    Args:
        options: The choices where the recipe has no fixed set (collate functions, say).
        show: From a choice to what the page calls it.
    """
    options = list(options if options is not None else recipes.choices_of(field))
    value = draft.value(field)
    with _row(field):
        st.selectbox(
            field_words.label(field),
            options,
            index=options.index(value) if value in options else None,
            format_func=show,
            key=draft.key(field),
            on_change=draft.take,
            args=(field,),
            help=field_words.HELP.get(field),
            disabled=disabled,
        )


def several(field: str, options: Sequence[str], *, free: bool = False) -> None:
    """Some names out of many; none stands for all.

    Args:
        free: Whether other names can be typed too.
    """
    chosen = tuple(str(name) for name in draft.value(field))
    with _row(field):
        st.multiselect(
            field_words.label(field),
            list(dict.fromkeys([*options, *chosen])),  # a name that is gone can be taken out
            default=list(chosen),
            key=draft.key(field),
            on_change=draft.take,
            args=(field,),
            help=field_words.HELP.get(field),
            placeholder="all",
            accept_new_options=free,
        )


def switch(field: str, *, disabled: bool = False) -> None:
    """A yes or no of the recipe."""
    with _row(field, alignment="center"):
        st.toggle(
            field_words.label(field),
            value=bool(draft.value(field)),
            key=draft.key(field),
            on_change=draft.take,
            args=(field,),
            help=field_words.HELP.get(field),
            disabled=disabled,
        )


@contextmanager
def _row(field: str, alignment: Literal["bottom", "center"] = "bottom") -> Iterator[None]:
    """The input inside, its reset to the right where it is not the default, its problem beneath."""
    line = st.container(horizontal=True, vertical_alignment=alignment, gap="xsmall", wrap=False)
    with line:
        yield
        if not draft.is_default(field):
            st.button(
                "",
                icon=":material/undo:",
                key=f"reset {draft.key(field)}",
                help=f"Back to {_spell(recipes.default_of(field)) or 'empty'}",
                type="tertiary",
                on_click=draft.reset,
                args=(field,),
            )
    if problem := draft.problem(field):
        st.markdown(f":small[:red[:material/error: {plain(say(problem))}]]")


def _as_text(field: str) -> str:
    spelled = draft.spelled(field)
    return spelled if spelled is not None else _spell(draft.value(field))


def _spell(value: object) -> str:
    """A value as a person would type it: 1e-5 and not 1e-05, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):  # of widths, or of pairs: a stage and its epoch
        return ", ".join(
            " ".join(map(str, one)) if isinstance(one, tuple) else str(one) for one in value
        )
    if isinstance(value, float):
        return f"{value:.10g}".replace("e-0", "e-").replace("e+0", "e")
    return field_words.choice(value) if isinstance(value, str) else str(value)
