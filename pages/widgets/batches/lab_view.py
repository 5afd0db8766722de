"""The broken-loader lab: a classic is run, beside its repair, and explained."""

import streamlit as st

from core.data.lab import ask
from core.data.lab.ask import Comparison, Outcome
from core.data.lab.table import CLASSICS, Classic, Option, Value, find_classic
from pages.state import person
from pages.widgets import notices
from pages.widgets.batches.children import children

_SILENT, _RAISES = ":material/visibility_off:", ":material/error:"
_WIDTH = 190  # pixels of an input
_LONG = 4  # lines of an exception's text that are shown at once
_KEY = "batches.lab.classic"


def show() -> None:
    """Draws the choice, what came of both programs, and the programs."""
    st.markdown(
        "Thirteen ways to break a loader. Each is run when you choose it, in a process of its "
        "own, and its repair beside it: what you read is what just happened on this machine."
    )
    classic = find_classic(_choose())
    st.subheader(classic.title, anchor=False)
    st.markdown(classic.meets)
    values = _edit(classic)
    turn = int(person.choice(_turn_key(classic), 0))
    found = _found(classic.name, tuple(values.items()), turn)
    for at, side, outcome in _columns(found):
        with at:
            st.markdown(f"##### {side}")
            _show_verdict(outcome)
            _show_printed(outcome)
    why, repair = st.columns(2, gap="large")
    why.markdown(f"**Why.** {classic.why}")
    repair.markdown(f"**The repair.** {classic.repair}")
    for at, side, outcome in _columns(found):
        with at:
            st.markdown(f"**The {side.lower()} program**, as it ran")
            st.code(outcome.code, language="python", wrap_lines=True)


def _choose() -> str:
    titles = {
        one.name: f"{_SILENT if one.silent else _RAISES} {one.title}" for one in CLASSICS
    }
    name = st.pills(
        "What goes wrong", list(titles), format_func=titles.get, key=_KEY, required=True,
        default=person.opening(_KEY, CLASSICS[0].name),
    )
    person.remember(_KEY, name)
    st.caption(f"{_RAISES} an exception is raised · {_SILENT} nothing is said, and the batches "
               "are wrong")
    return name


def _edit(classic: Classic) -> dict[str, Value]:
    """The inputs in a row, and a button that runs both programs once more."""
    values: dict[str, Value] = {}
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        for option in classic.options:
            values[option.name] = _input(option, f"batches.lab.{classic.name}.{option.name}")
        st.button(
            "Run again", icon=":material/replay:", key=f"batches.lab.{classic.name}.again",
            on_click=_run_again, args=(classic,),
        )
    return values


def _input(option: Option, key: str) -> Value:
    if option.choices:
        return st.selectbox(
            option.name, option.choices, index=option.choices.index(option.default), key=key,
            help=option.about or None, persist_state="session", width=_WIDTH,
        )
    return st.number_input(
        option.name, option.low, option.high, option.default, step=1, key=key,
        help=option.about or None, persist_state="session", width=_WIDTH,
    )


def _turn_key(classic: Classic) -> str:
    return f"batches.lab.{classic.name}.turn"


def _run_again(classic: Classic) -> None:
    person.remember(_turn_key(classic), int(person.choice(_turn_key(classic), 0)) + 1)


@st.cache_data(max_entries=60, ttl=1800, show_spinner="Both programs run…")
def _found(name: str, values: tuple[tuple[str, Value], ...], turn: int) -> Comparison:
    """What came of both; a new turn runs them again."""
    return ask.compare(children(), name, dict(values))


def _columns(found: Comparison):
    left, right = st.columns(2, gap="large")
    return (left, "Broken", found.broken), (right, "Repaired", found.repaired)


def _show_verdict(outcome: Outcome) -> None:
    took = f" · {outcome.seconds:.2f} s"
    if outcome.problem:
        notices.show(outcome.problem, "warning")
    elif outcome.type:
        st.warning(f"**`{outcome.type}`** is raised{took}", icon=_RAISES)
        _show_raised(outcome)
    elif outcome.right:
        st.success(f"**Right**: what came is what was meant{took}",
                   icon=":material/check_circle:")
    else:
        st.warning(f"**Wrong, and nothing is raised**{took}", icon=_SILENT)


def _show_raised(outcome: Outcome) -> None:
    """The exception as Python prints it: where, and its own text."""
    lines = outcome.text.splitlines()
    shown = lines if len(lines) <= _LONG else [lines[0], "…", lines[-1]]
    text = "\n".join([f"{outcome.type}: {shown[0]}" if shown else outcome.type, *shown[1:]])
    st.code(f">>> {outcome.line}\n{text}", language=None, wrap_lines=True)
    if len(lines) > _LONG:
        with st.expander("The whole text"):
            st.code(outcome.text, language=None, wrap_lines=True)


def _show_printed(outcome: Outcome) -> None:
    if outcome.printed:
        st.caption("What it printed")
        st.code(outcome.printed.rstrip(), language=None, wrap_lines=True)
