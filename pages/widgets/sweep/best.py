"""The best cell of a sweep: its figures, what chance alone explains, and its recipe."""

from collections.abc import Sequence

import streamlit as st

from core.evaluation.sweep import Metric, Place, best_of, shown_axes
from core.evaluation.sweep_noise import noise
from core.messages import ThawError
from core.runs.folder import Run
from core.runs.sweep import Sweep
from pages.state import draft, person
from pages.state.language import say
from pages.widgets.plain import plain
from pages.widgets.sweep import map_view, words


def show(shown: Sweep, places: Sequence[Place], metric: Metric) -> None:
    """Draws the best by a metric; nothing before a run has finished."""
    best = best_of(places, metric)
    if best is None:
        return
    by: Metric = "val_accuracy" if metric == "accuracy" else metric
    whole = all(place.is_whole for place in places)
    with st.container(border=True):
        st.markdown(
            f"##### ★ {plain(words.cell(shown_axes(shown.spec), best.cell))}\n"
            f"The best {'of' if whole else 'so far, of'} {len(places)}, by "
            f"{words.METRICS[by].lower()}: {_figures(best, by)}"
        )
        if said := noise(best, places, metric):
            st.markdown(f":material/balance: {plain(say(said))}")
        with st.container(horizontal=True):
            first = best.outcomes[0].run
            if st.button("Use this recipe", type="primary", icon=":material/content_copy:",
                         key="sweep.use_best", help="Sets everything as this cell had it, to "
                         "train it for longer or to change something."):
                _use(first)
            if st.button("Open its runs" if len(best.outcomes) > 1 else "Open its run",
                         icon=":material/stacked_line_chart:", key="sweep.open_best"):
                map_view.open_runs(best)


def _figures(best: Place, by: Metric) -> str:
    """The figure that chose it, and what it reads of the images that chose nothing."""
    own, held_out = best.figure(by), best.figure("accuracy")
    text = f"**{words.told(by, own.mean)}**"
    if own.spread is not None:
        text += f" ± {words.figure(by, own.spread)} over {len(best.outcomes)} seeds"
    if by != "val_accuracy" and (accuracy := best.figure("val_accuracy")):
        text += f", validation accuracy {words.told('val_accuracy', accuracy.mean)}"
    if held_out is None:
        return text + "."
    return (
        f"{text}. On the {best.outcomes[0].samples:,} held-out images, by which nothing was "
        f"chosen: **{words.told('accuracy', held_out.mean)}**."
    )


def _use(run: Run) -> None:
    try:
        recipe = run.recipe()
    except ThawError as error:
        person.notify(plain(say(error)), "error")
        st.rerun()
    draft.replace(recipe)
    person.notify(
        f"Everything is set as in “{plain(run.name)}”: change what you want to know about, then "
        "start.", "success",
    )
    st.switch_page("pages/train.py")
