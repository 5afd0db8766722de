"""What came out of one's own architecture: totals, what nothing uses, lazy layers, the table."""

import pandas as pd
import streamlit as st

from core.messages import Problem
from core.models.own_architecture import Became, OwnArchitecture
from pages.state.language import say
from pages.widgets import notices, sizes
from pages.widgets.models import summary_cards, summary_table, unused_modules

_HEIGHT = 480


def show(found: OwnArchitecture) -> None:
    """Draws it."""
    summary = found.summary
    st.subheader(_code(summary.model), anchor=False)
    if found.way == "cpu":
        notices.show(Problem("architecture.real_numbers", {"why": found.why}))
    else:
        st.caption(say(Problem("architecture.no_numbers")))
    memory = summary_cards.show(summary.totals, None)
    memory.metric(
        "Activations", sizes.of_bytes(summary.totals.activation_bytes), border=True,
        height="stretch", delta="one input", delta_color="off", delta_arrow="off",
        help="Outputs of all innermost modules.",
    )
    _show_unused(found)
    _show_lazy(found.lazy)
    summary_table.show(summary, None)
    show_printed(found.output)
    _show_repr(found)


def show_printed(text: str) -> None:
    """Draws what the code printed, where it printed something."""
    if text.strip():
        st.markdown("**What your code printed**")
        st.code(text.rstrip(), language=None, height=min(300, 40 + 22 * text.count("\n")))


def _show_unused(found: OwnArchitecture) -> None:
    unused_modules.show(found.summary.rows)
    idle = [row for row in found.summary.rows if row.use == "unused" and row.total_params]
    if not idle or found.way == "cpu":  # there the other branch may be the reason
        return
    words = ("An assignment such as `model.fc = …` only registers a module: `forward` runs what "
             "it names itself.")
    if last := found.last_linear:
        words += (f" The last `Linear` that it runs is {_code(last.name)}: to replace that one, "
                  "assign to that name.")
    st.markdown(words)


def _show_lazy(lazy: tuple[Became, ...]) -> None:
    if not lazy:
        return
    st.markdown("**What the first forward made of the lazy layers.** Before it their parameters "
                "are uninitialised: they have no shape, and `p.numel()` raises.")
    st.table(
        pd.DataFrame(
            [
                {
                    "layer": _code(one.name or "whole model"),
                    "before": _code(one.before),
                    "after": _code(one.after) if one.after else "as before: `forward` never ran it",
                    "parameters": f"{one.params:,}" if one.after else "–",
                }
                for one in lazy
            ]
        ),
        border="horizontal", hide_index=True,
    )


def _code(text: str) -> str:
    """A text of the user's as code that ends where it ends."""
    return f"`{' '.join(text.split()).replace('`', chr(39))}`"


def _show_repr(found: OwnArchitecture) -> None:
    with st.expander("print(model)", icon=":material/article:", key="own.repr",
                     on_change="rerun"):
        if found.printed_before:
            before, after = st.columns(2)
            before.caption("Before the first forward")
            before.code(found.printed_before, language=None, height=_HEIGHT)
            after.caption("After it")
            after.code(found.printed_model, language=None, height=_HEIGHT)
        else:
            st.code(found.printed_model, language=None, height=_HEIGHT)
