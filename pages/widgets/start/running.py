"""What runs now and what has run, in a line each."""

import streamlit as st

from core.runs import folder, queue, status
from pages.state import person
from pages.widgets.plain import plain


def words() -> str:
    """How many runs there are, for the way's last step."""
    count = len(folder.list_runs())
    if not count:
        return "None yet: compare, test and take home what you trained"
    return f"**{count} run{'s' if count > 1 else ''}** to compare, test and take home"


def show() -> None:
    """Draws a card for each run that is running, with the way to it, and how many wait."""
    for run in status.running_runs():
        now = status.status(run)
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/motion_photos_on: **{plain(run.name)}**: {_phase(now)}")
            if st.button("Watch it", icon=":material/show_chart:", key=f"watch {run.id}"):
                person.watch_run(run.id)
                st.switch_page("pages/train.py")
    if waiting := len(queue.waiting()):
        count = "1 run waits" if waiting == 1 else f"{waiting} runs wait"
        st.caption(f":material/playlist_play: {count} in the queue: see Runs, or Experiment")


def _phase(now: status.RunStatus) -> str:
    words = f"{now.status}, epoch {now.epoch} of {now.epochs}" if now.epochs else now.status
    if now.eta_seconds is None:
        return words
    minutes, seconds = now.eta_seconds / 60, now.eta_seconds
    return f"{words}, about {f'{minutes:.0f} min' if minutes >= 2 else f'{seconds:.0f} s'} left"
