"""How well a checkpoint reads images: those that the run held out, or others given now."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.messages import ThawError
from pages.state import person
from pages.widgets import notices
from pages.widgets.plain import plain, short
from pages.widgets.runs import (
    certainty_view,
    checkpoint_choice,
    confusion_chart,
    evaluated,
    gallery,
    given_choice,
    judging,
    reading,
    turned_view,
)
from pages.widgets.runs.judging import Wanted
from pages.widgets.runs.reading import SeenRun
from pages.widgets.train import left_out

if TYPE_CHECKING:  # importing it loads torch
    import numpy as np

    from core.evaluation.evaluate import ClassScore, Evaluation
    from core.evaluation.judged import Judged

_VIEWS = {
    "images": "Mistakes and narrow hits", "certainty": "Certainty, ROC",
    "turned": "Against another checkpoint",
}
_IMAGES = evaluated.SPLITS | {"given": "Other images"}
_ABOUT = (
    "Held-out images took no part in the training, nor in choosing the best epoch: what a "
    "checkpoint reads there is what it has learned."
)
_ABOUT_VALIDATION = (
    "Validation images moved no weight, but they chose the best epoch: its figure on them may "
    "be a little too good. Held-out images tell what it has learned."
)
_ABOUT_GIVEN = (
    "One folder of images for each class, named as the classes of this run; the others are left "
    "out. Pictures are read as the training's were: nothing is inverted, nothing cut out."
)
_BEGUN = "runs.judging begun"
_MISTAKES = 3  # named in words
_LONG = 14  # characters of a class's name
_SCORES = {
    "class": st.column_config.TextColumn("Class", pinned=True),
    "precision": st.column_config.NumberColumn(
        "Precision", format="%.3f", help="Of the images that were taken for the class, the share "
        "that is of it.",
    ),
    "recall": st.column_config.NumberColumn(
        "Recall", format="%.3f", help="Of the images of the class, the share that was found."
    ),
    "f1": st.column_config.NumberColumn("F1", format="%.3f", help="Harmonic mean of both."),
    "support": st.column_config.NumberColumn("Images", format="%d"),
}


def show(seen: SeenRun) -> None:
    """Draws the choice of checkpoint and images, and what was measured for it.

    Args:
        seen: With settings and at least one checkpoint.
    """
    files = reading.checkpoints_of(seen.run)
    which_column, images_column, go = st.columns([2, 3, 1.4], vertical_alignment="bottom")
    with which_column:
        which = checkpoint_choice.edit(seen.run, files, "runs.evaluated")
    images = images_column.segmented_control(
        "Images", list(_IMAGES), default="test", format_func=_IMAGES.get,
        key="runs.split", persist_state="session", required=True,
    )
    if images == "given" and (images := given_choice.edit()) is None:
        st.caption(_ABOUT_GIVEN)
        return
    found = evaluated.known(seen.run, which, images)
    if found is not None and person.choice(_BEGUN):
        person.remember(_BEGUN, None)
        st.rerun()  # the figures above the tabs may have been drawn before it was known
    if found is not None:
        if isinstance(images, evaluated.Given) and go.button(
            "Read again", icon=":material/refresh:",
            help="Judges the pictures as they are in the folder now.",
        ):
            _begin(Wanted(seen.run, which, given_choice.read_again(images)))
            return
        _show_all(seen, which, images, found)
    elif _goes_on(Wanted(seen.run, which, images)):
        return
    elif not go.button(
        "Evaluate", icon=":material/fact_check:", key=f"runs.evaluate {seen.id}"
    ):
        st.caption(_ABOUT_GIVEN if isinstance(images, evaluated.Given)
                   else _ABOUT if images == "test" else _ABOUT_VALIDATION)
    else:
        _begin(Wanted(seen.run, which, images))


def _goes_on(wanted: Wanted) -> bool:
    with notices.guarded():
        return judging.follow({"Reading the images": wanted})
    return False


def _begin(wanted: Wanted) -> None:
    try:
        judging.begin([wanted])
    except ThawError as error:
        notices.show(error, "error")
        return
    person.remember(_BEGUN, True)
    st.rerun()


def _show_all(
    seen: SeenRun, which: str, images: evaluated.Images, found: "Evaluation"
) -> None:
    """Draws the metrics, and beneath them the images, the certainty, and another checkpoint."""
    if isinstance(images, evaluated.Given):
        left_out.show(evaluated.given(seen.run, which, images))
    cell = show_result(found, f"runs.confusion {seen.id}")
    with notices.guarded():
        judged = evaluated.judged(seen.run, which, images)
        view = st.segmented_control(
            "More", list(_VIEWS), default="images", format_func=_VIEWS.get, required=True,
            key=f"runs.evaluation view {seen.id}", persist_state="session",
            label_visibility="collapsed",
        )
        if view == "images":
            _images(seen, which, images, judged, cell)
        elif view == "certainty":
            certainty_view.show(judged, f"runs.certainty {seen.id}")
        else:
            turned_view.show(seen, which, images, judged)


def _images(
    seen: SeenRun, which: str, images: evaluated.Images, judged: "Judged",
    cell: tuple[str, str] | None,
) -> None:
    """Draws the images of a cell, or the mistakes and the narrow hits."""
    from core.evaluation import mistakes as rows

    def show(found: "np.ndarray", nothing: str) -> None:
        gallery.show(seen.run, which, images, judged, found, nothing)

    if cell:
        true, said = (judged.classes.index(name) for name in cell)
        st.markdown(f"**{plain(cell[0])}** taken for **{plain(cell[1])}**, the surest first. "
                    "A click beside the cells brings the others back.")
        show(rows.in_cell(judged, true, said), "No such image.")
        return
    st.markdown("##### The most confident mistakes")
    show(rows.mistakes(judged), "It made no mistake here.")
    st.markdown("##### The least certain hits")
    show(rows.narrow_hits(judged, gallery.MOST), "No hit here.")


def show_result(found: "Evaluation", key: str) -> tuple[str, str] | None:
    """Draws accuracy, confusion matrix and the scores of each class.

    Returns:
        The true and the predicted class of the cell that was clicked, if one was.
    """
    with st.container(horizontal=True, gap="medium"):
        wrong = round((1 - found.accuracy) * found.samples)
        st.metric(
            "Accuracy", f"{100 * found.accuracy:.2f} %", width="content",
            delta=f"{wrong} of {found.samples:,} wrong", delta_color="off", delta_arrow="off",
        )
        st.metric("Loss", f"{found.loss:.4g}", width="content",
                  delta=f"epoch {found.epoch}", delta_color="off", delta_arrow="off")
    low, high = found.interval
    st.caption(f"95 % interval for so many images: {100 * low:.1f} to {100 * high:.1f} %. "
               "Another seed may move it further.")
    if words := mistakes(found):
        st.markdown(f"Most often mistaken: {words}.")
    names = [score.name for score in found.per_class]
    matrix, scores = st.columns([3, 2], gap="medium")
    with matrix:
        event = st.altair_chart(
            confusion_chart.chart(names, found.confusion), key=key, on_select="rerun"
        )
        st.caption("A click on a cell shows its images below.")
    with scores:
        rows = pd.DataFrame(
            [(s.name, *_shares(s), s.support) for s in found.per_class], columns=list(_SCORES)
        )
        st.dataframe(rows, hide_index=True, column_config=_scores(names),
                     height=min(38 + 35 * len(rows), 480))
    clicked = event.selection.get(confusion_chart.CELL) or []
    return (clicked[0]["true"], clicked[0]["predicted"]) if clicked else None


def _scores(names: Sequence[str]) -> dict[str, object]:
    """The columns; a long name leaves room for the figures."""
    if max(map(len, names)) <= _LONG:
        return _SCORES
    return {**_SCORES, "class": st.column_config.TextColumn("Class", pinned=True, width=130)}


def _shares(score: "ClassScore") -> tuple[float | None, float | None, float | None]:
    """Precision, recall and F1; none of a class without an image."""
    return (score.precision, score.recall, score.f1) if score.support else (None, None, None)


def mistakes(found: "Evaluation") -> str:
    """The pairs of classes that are confused most, in words; "" if nothing is."""
    pairs = [
        (count, true, said)
        for true, row in enumerate(found.confusion)
        for said, count in enumerate(row) if true != said and count
    ]
    names = [plain(short(score.name, 40)) for score in found.per_class]
    pairs.sort(key=lambda pair: -pair[0])
    return ", ".join(
        f"**{names[true]}** taken for **{names[said]}** ({count} times)" if count > 1
        else f"**{names[true]}** taken for **{names[said]}** (once)"
        for count, true, said in pairs[:_MISTAKES]
    )
