"""Transforms: a pipeline is built, and a picture is seen behind each of its steps."""

from collections.abc import Sequence

import streamlit as st

from core.data import pipeline, pipeline_outcome
from core.data.pipeline import Step
from core.data.pipeline_outcome import DRAWS, Outcome
from core.messages import ThawError
from pages.state import pipeline as state
from pages.widgets import notices
from pages.widgets.batches import transforms_picture, transforms_steps, transforms_strip
from pages.widgets.batches.children import children
from pages.widgets.batches.transforms_picture import Picture


def show() -> None:
    """Draws the picture's choice, the steps, what they make, and the code."""
    st.markdown(
        "A sample passes a pipeline of transforms before it is collated. Build one of "
        "torchvision's and look at the picture behind each step."
    )
    picture = _picture()
    steps_at, seen_at = st.columns([4, 7], gap="large")
    with steps_at:
        steps = transforms_steps.edit()
    if picture is None:
        return
    with seen_at:
        try:
            found = _found(pipeline.to_json(steps), picture.content, state.seed())
        except ThawError as error:
            notices.show(error, "error")
            return
        transforms_strip.show(found.steps, steps)
    if found.draws:
        _show_draws(found)
    _show_code(steps, picture)


def _picture() -> Picture | None:
    try:
        return transforms_picture.edit()
    except ThawError as error:
        notices.show(error, "error")
        return None


def _show_draws(found: Outcome) -> None:
    st.subheader("Draws", anchor=False)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        st.number_input("Seed of the first", 0, 99_999, state.seed(), step=1,
                        key=state.seed_key(), on_change=state.take_seed, width=180)
        st.button("Draw again", icon=":material/casino:", key="pipeline.again",
                  on_click=state.draw_again, args=(DRAWS,))
    transforms_strip.show_draws(found.draws, state.seed())
    if len(found.draws) < DRAWS:
        st.caption(f"{len(found.draws)} of {DRAWS} draws: more would take too long, or a step "
                   "raises with the next seed.")


def _show_code(steps: Sequence[Step], picture: Picture) -> None:
    st.subheader("The code", anchor=False)
    st.code(pipeline.code_of(steps, state.seed(), picture.lines), language="python",
            wrap_lines=True)
    if picture.is_file:
        st.download_button("The picture, as picture.png", picture.content, "picture.png",
                           "image/png", icon=":material/download:", on_click="ignore")


@st.cache_data(max_entries=100, ttl=1800, show_spinner="The picture passes the pipeline…")
def _found(steps: str, picture: bytes, seed: int) -> Outcome:
    return pipeline_outcome.run(children(), pipeline.from_json(steps), picture, seed)
