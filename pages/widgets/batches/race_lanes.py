"""What the main process and each worker did, moment by moment."""

import html
from collections.abc import Sequence

import altair as alt
import pandas as pd
import streamlit as st

from core.data.race_answer import winner
from core.data.race_spec import Entrant, Outcome, Span
from pages.widgets import palette
from pages.widgets.palette import Tone

# What a span says, and its colour; in the order of the legend.
PARTS: dict[str, tuple[str, Tone]] = {
    "fetch": ("makes samples", palette.CATEGORICAL[0]),
    "collate": ("collates", palette.CATEGORICAL[1]),
    "send": ("sends", palette.CATEGORICAL[2]),
    "receive": ("receives", palette.CATEGORICAL[3]),
    "draw": ("draws indices", palette.CATEGORICAL[4]),
    "step": ("training step", palette.CATEGORICAL[5]),
    "start": ("starts workers", palette.CATEGORICAL[6]),
    "wait": ("waits", palette.LINE),
    "rest": ("DataLoader's own code", palette.CATEGORICAL[7]),
    "stop": ("ends", palette.MUTED),
}
_LANE, _AXIS, _FIRST = 46, 44, 10
_KEY = "race.lanes"
# A legend of our own: one within the chart takes its room from the lanes.
_STYLE = """<style>
.thaw-parts {display:flex; flex-wrap:wrap; gap:.2rem .9rem; font-size:.9rem}
.thaw-parts span::before {content:""; display:inline-block; width:.8rem; height:.8rem;
  margin-right:.35rem; border-radius:.15rem; vertical-align:-.08rem; background:var(--part)}
</style>"""


def show(outcome: Outcome) -> None:
    """Draws the lanes of one loader, for the batches that a person chooses."""
    st.markdown("#### What each process did")
    names = [one.name for one in outcome.entrants]
    best = winner(outcome.entrants)[0].name
    chosen = st.segmented_control(
        outcome.race.vary, names, default=best, required=True,
        key=f"{_KEY} {outcome.race.vary} {'/'.join(names)}", persist_state="session",
    )
    entrant = next((one for one in outcome.entrants if one.name == chosen), outcome.entrants[0])
    last = max((span.batch for span in entrant.spans if span.lane < 0), default=0)
    first, until = 0, last
    if last > 0:
        first, until = st.slider(
            "Batches", 0, last, (min(1, last - 1), min(_FIRST, last)),
            key=f"{_KEY} {outcome.race.vary} {chosen} {last}", persist_state="session",
            help="Drag the ends to zoom, the bar between them to scroll. With batch 0 the start "
            "of the workers shows too.",
        )
    begin, end = _window(entrant, first, until)
    _legend(entrant.spans)
    st.altair_chart(_lanes(entrant, begin, end))
    st.caption(
        "A fine line within “makes samples”: a sample is there. A narrow bar: the worker's sender, "
        "a thread, at work beside what the bar behind it says. Times count from `iter(loader)`."
    )
    with st.expander("How the time divides", icon=":material/stacked_bar_chart:"):
        st.altair_chart(_shares(entrant))
        st.caption("Each bar is the whole time of one process, of the batches that were kept.")


def _window(entrant: Entrant, first: int, until: int) -> tuple[float, float]:
    own = [span for span in entrant.spans if span.lane < 0]
    here = [span for span in own if first <= span.batch <= until] or own
    return 0.0 if first == 0 else here[0].begin, here[-1].end


def _lane(lane: int) -> str:
    return "main" if lane < 0 else f"worker {lane}"


def _lanes(entrant: Entrant, begin: float, end: float) -> alt.LayerChart:
    spans = [one for one in entrant.spans if one.end > begin and one.begin < end]
    frame = pd.DataFrame(
        [
            (_lane(one.lane), PARTS[one.part][0], 1000 * max(one.begin, begin),
             1000 * min(one.end, end), 1000 * (one.end - one.begin),
             "" if one.batch < 0 else f"{one.batch}", one.beside)
            for one in spans
        ],
        columns=["lane", "part", "from", "to", "ms", "batch", "beside"],
    )
    lanes = [_lane(one) for one in sorted({span.lane for span in entrant.spans})]
    base = alt.Chart(frame, height=_LANE * len(lanes) + _AXIS).encode(
        x=alt.X(
            "from:Q", title="ms", axis=alt.Axis(grid=False),
            scale=alt.Scale(domain=[1000 * begin, 1000 * end], nice=False),
        ),
        x2="to:Q", y=alt.Y("lane:N", sort=lanes, title=None, scale=alt.Scale(domain=lanes)),
        color=_color(entrant.spans),
        tooltip=["lane", "part", "batch", alt.Tooltip("ms:Q", format=".3~f"),
                 alt.Tooltip("from:Q", format=".3~f", title="from ms")],
    )
    ticks = pd.DataFrame(
        [(_lane(lane), 1000 * at) for lane, at in entrant.ticks if begin <= at <= end],
        columns=["lane", "at"],
    )
    return (
        base.transform_filter("!datum.beside").mark_bar(size=_LANE - 14)
        + base.transform_filter("datum.beside").mark_bar(
            size=9, stroke=palette.GROUND.here(), strokeWidth=1)
        + alt.Chart(ticks).mark_tick(
            size=_LANE - 14, thickness=1, opacity=0.7, color=palette.GROUND.here()
        ).encode(x="at:Q", y=alt.Y("lane:N", sort=lanes))
    )


def _there(spans: Sequence[Span]) -> list[tuple[str, Tone]]:
    parts = {span.part for span in spans}
    return [words for part, words in PARTS.items() if part in parts]


def _legend(spans: Sequence[Span]) -> None:
    st.html(_STYLE + "<div class='thaw-parts'>" + "".join(
        f"<span style='--part:{tone.here()}'>{html.escape(words)}</span>"
        for words, tone in _there(spans)
    ) + "</div>")


def _color(spans: Sequence[Span]) -> alt.Color:
    there = _there(spans)
    return alt.Color("part:N", legend=None, sort=[words for words, _ in there], scale=alt.Scale(
        domain=[words for words, _ in there], range=[tone.here() for _, tone in there],
    ))


def _shares(entrant: Entrant) -> alt.Chart:
    frame = pd.DataFrame(
        [
            (_lane(one.lane), PARTS[one.part][0], one.end - one.begin)
            for one in entrant.spans if not one.beside
        ],
        columns=["lane", "part", "seconds"],
    ).groupby(["lane", "part"], as_index=False).sum()
    frame["share"] = frame["seconds"] / frame.groupby("lane")["seconds"].transform("sum")
    lanes = [_lane(one) for one in sorted({span.lane for span in entrant.spans})]
    return alt.Chart(frame, height=34 * len(lanes) + _AXIS).mark_bar().encode(
        x=alt.X("share:Q", title=None, stack=True, axis=alt.Axis(format="%"),
                scale=alt.Scale(domain=[0, 1])),
        y=alt.Y("lane:N", sort=lanes, title=None),
        color=_color(entrant.spans),
        tooltip=["lane", "part", alt.Tooltip("share:Q", format=".1%"),
                 alt.Tooltip("seconds:Q", format=".3~f")],
    )
