"""The feeds of the runs that are being watched: one for all browsers that watch the same run."""

from pathlib import Path

import streamlit as st

from core.runs.feed import Points, RunFeed
from core.runs.folder import Run

_OVERLAP = 200  # points sent again: a message that the browser has not taken yet may be merged
_SENT = "feeds.sent"


@st.cache_resource(max_entries=32, show_spinner=False)
def _feed(path: str) -> RunFeed:
    return RunFeed(Run(Path(path)))


def begin(run: Run) -> None:
    """The page is drawn as a whole: its chart begins anew and gets all points next."""
    st.session_state.setdefault(_SENT, {}).pop(run.id, None)


def next_points(run: Run) -> tuple[Points, bool]:
    """What the chart needs now, and whether that is all there is.

    All points after `begin` and after a resume has voided some; else the new ones.
    """
    feed = _feed(str(run.path))
    feed.update()
    sent = st.session_state.setdefault(_SENT, {})
    revision, count = sent.get(run.id, (None, 0))
    points = feed.since(count - _OVERLAP)
    whole = points.revision != revision
    if whole:
        points = feed.all()
    sent[run.id] = (points.revision, points.count)
    return points, whole


def all_points(run: Run) -> Points:
    """Every point of a run, thinned."""
    feed = _feed(str(run.path))
    feed.update()
    return feed.all()
