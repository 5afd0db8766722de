"""What the checker found: a line for each loader, and beneath it what is off in which batch."""

import streamlit as st

from core.data.typed_check import Checked, Outcome
from pages.state.language import say
from pages.widgets.plain import plain

_MANY = 12  # indices of a batch that are named


def show(checked: Checked) -> None:
    """Draws it."""
    wrong = sum(one.problem is not None for one in checked.outcomes)
    if not wrong:
        st.success("Every batch is as it should be.", icon=":material/check_circle:")
    else:
        st.markdown(f"**{wrong} of {len(checked.outcomes)} checks are off**; the first place of "
                    "each is shown.")
    with st.container(border=True, gap="small"):
        for place, outcome in enumerate(checked.outcomes):
            _show_outcome(outcome, is_first=_is_first(checked, place))


def _is_first(checked: Checked, place: int) -> bool:
    """Whether it is the first that is off: its batches are open."""
    return all(one.problem is None for one in checked.outcomes[:place])


def _show_outcome(outcome: Outcome, *, is_first: bool) -> None:
    right, of = outcome.right
    count = f" · {right} of {of} batches right" if of else ""
    name = f"`{outcome.title}`" if of else outcome.title
    if outcome.problem is None:
        st.markdown(f":green[:material/check:] {name}{count}")
        return
    where = ""
    if outcome.batch is not None:
        samples = ", ".join(map(str, outcome.samples[:_MANY]))
        more = ", …" if len(outcome.samples) > _MANY else ""
        word = "sample" if len(outcome.samples) == 1 else "samples"
        where = f"Batch {outcome.batch + 1} ({word} {samples}{more}): "
    st.markdown(f":red[:material/close:] {name}{count}  \n{where}{plain(say(outcome.problem))}")
    if not outcome.expected:
        return
    with st.expander("This batch, yours and the right one", expanded=is_first):
        yours, expected = st.columns(2)
        yours.caption("Yours")
        yours.code(outcome.found or "no batch came", language=None)
        expected.caption("The right one")
        expected.code(outcome.expected, language=None)
