"""How fast each loader of a race was, how long training waited, and the figures."""

import altair as alt
import pandas as pd
import streamlit as st

from core.data.race_answer import duration, epoch_seconds
from core.data.race_spec import Entrant, Outcome
from pages.widgets import palette, wide_table

_HEIGHT = 250
_STYLE = """<style>[class*='st-key-wide-table-race'] :is(th, td) {padding: .35rem .6rem}</style>"""


def show(outcome: Outcome) -> None:
    """Draws samples a second beside the share of waiting, and the table beneath."""
    fast, waits = st.columns(2, gap="medium")
    with fast:
        st.markdown("**Samples a second**, each round a point")
        st.altair_chart(_rates(outcome))
    with waits:
        if outcome.race.step == "none":
            st.markdown("**What a batch costs**")
            st.altair_chart(_costs(outcome))
        else:
            st.markdown("**Waiting for data**: share of each step")
            st.altair_chart(_waiting(outcome))
    _table(outcome)


def _rates(outcome: Outcome) -> alt.LayerChart:
    vary, names = outcome.race.vary, [one.name for one in outcome.entrants]
    frame = pd.DataFrame(
        [
            (one.name, lap.rate, one.median("rate"), number + 1)
            for one in outcome.entrants for number, lap in enumerate(one.laps)
        ],
        columns=["value", "rate", "median", "round"],
    )
    x = alt.X("value:N", sort=names, title=vary, axis=alt.Axis(labelAngle=0))
    base = alt.Chart(frame, height=_HEIGHT)
    bars = base.mark_bar(color=palette.ACCENT.here(), opacity=0.85).encode(
        x=x, y=alt.Y("max(median):Q", title="samples a second"),
        tooltip=[alt.Tooltip("value:N", title=vary),
                 alt.Tooltip("max(median):Q", title="median", format=",.0f")],
    )
    spread = base.mark_rule(color=palette.TEXT.here(), strokeWidth=1.5).encode(
        x=x, y="min(rate):Q", y2="max(rate):Q"
    )
    rounds = base.mark_circle(color=palette.TEXT.here(), size=36, opacity=1).encode(
        x=x, y="rate:Q", tooltip=["round", alt.Tooltip("rate:Q", format=",.0f")]
    )
    return bars + spread + rounds


def _costs(outcome: Outcome) -> alt.Chart:
    parts = {
        "make it": ("making", palette.CATEGORICAL[0]),
        "get it from a worker": ("transfer", palette.CATEGORICAL[3]),
    }
    frame = pd.DataFrame(
        [
            (one.name, part, 1000 * one.median(figure))
            for one in outcome.entrants for part, (figure, _) in parts.items()
        ],
        columns=["value", "part", "ms"],
    )
    return alt.Chart(frame, height=_HEIGHT).mark_bar().encode(
        x=alt.X("value:N", sort=[one.name for one in outcome.entrants], title=outcome.race.vary,
                axis=alt.Axis(labelAngle=0)),
        y=alt.Y("ms:Q", title="ms a batch"),
        color=alt.Color(
            "part:N", legend=alt.Legend(title=None, orient="top"),
            scale=alt.Scale(domain=list(parts), range=[tone.here() for _, tone in parts.values()]),
        ),
        tooltip=["value", "part", alt.Tooltip("ms:Q", format=".3g")],
    )


def _waiting(outcome: Outcome) -> alt.Chart:
    frame = pd.DataFrame(
        [
            (one.name, number, waited / whole if whole else 0.0)
            for one in outcome.entrants for number, (waited, whole) in enumerate(one.steps)
        ],
        columns=["value", "step", "share"],
    )
    names = [one.name for one in outcome.entrants]
    return alt.Chart(frame, height=_HEIGHT).mark_line(
        strokeWidth=1.8, interpolate="step-after"
    ).encode(
        x=alt.X("step:Q", title="step", axis=alt.Axis(tickMinStep=1, grid=False)),
        y=alt.Y("share:Q", title="share of the step", scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%")),
        color=alt.Color(
            "value:N", sort=names, legend=alt.Legend(title=outcome.race.vary, orient="top"),
            scale=alt.Scale(domain=names, range=palette.categorical()[: len(names)]),
        ),
        tooltip=["value", "step", alt.Tooltip("share:Q", format=".0%")],
    )


def _table(outcome: Outcome) -> None:
    heads = [outcome.race.vary, "samples/s", "waits", "a sample", "makes a batch", "gets it",
             "first batch", "2nd epoch", "an epoch"]
    rows = [heads, ["---:"] * len(heads), *(_row(one, outcome) for one in outcome.entrants)]
    left_out = {"waits"} if outcome.race.step == "none" else set()
    left_out |= set() if outcome.total else {"an epoch"}
    kept = [at for at, head in enumerate(heads) if head not in left_out]
    with wide_table.room("race"):
        st.html(_STYLE)
        # No line is broken: the table scrolls within itself where it is too wide.
        st.markdown("\n".join(
            "| " + " | ".join(row[at].replace(" ", "\u00a0") for at in kept) + " |" for row in rows
        ))
    st.caption(
        "Medians. “First batch”: from `iter(loader)` on, so with the start of the workers; “2nd "
        "epoch”: the same for its first batch. “An epoch” was measured whole where it was short "
        "enough, else it is the start and the samples by their rate."
    )


def _row(one: Entrant, outcome: Outcome) -> list[str]:
    return [
        f"**{one.name}**", f"{one.median('rate'):,.0f}", f"{one.median('share'):.0%}",
        duration(one.median("sample")), duration(one.median("making")),
        duration(one.median("transfer")) if one.workers else "–",
        duration(one.median("start")), duration(one.median("again")),
        duration(epoch_seconds(one, outcome)) if outcome.total else "",
    ]
