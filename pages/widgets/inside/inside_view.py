"""The view Inside: a picture, what the model takes it for, and what happens in between."""

import streamlit as st

from core.messages import Problem
from core.models.catalogue import NO_WEIGHTS
from pages.widgets import notices, torch_ready
from pages.widgets.inside import (
    filter_pictures,
    inside_data,
    layer_choice,
    map_grid,
    picture_choice,
    picture_way,
    stage_cards,
)
from pages.widgets.inside.inside_data import Pictured, Subject
from pages.widgets.models import download, summary_data
from pages.widgets.models.viewed import Viewed

_STAGES, _MAPS, _FILTERS = "Stages", "Feature maps", "First convolutions"


def show(viewed: Viewed) -> None:
    """Draws the view; a model that takes no picture, and what else is in the way, says so."""
    with notices.guarded():
        torch_ready.load()
        from core.explain.opened import takes_one_picture

        if viewed.entry.task == "detection":
            _refuse(viewed)
            return
        random = _edit_random(viewed)
        if random is None:
            return
        subject = Subject(viewed.entry.name, viewed.weights, viewed.size, random)
        if not takes_one_picture(viewed.entry):
            _refuse(viewed)
            filter_pictures.show(inside_data.filters(subject), _key(subject))
            return
        _show_picture(viewed, subject)


def _show_picture(viewed: Viewed, subject: Subject) -> None:
    """The choice of the picture and the answer; below, one part of what is in between."""
    chosen = viewed.entry.find_weights(viewed.weights)
    choice, way, said = st.columns([4, 5, 4], gap="large")
    with choice:
        source = picture_choice.edit(reads_letters=chosen is not None and chosen.bundled)
    if source is None:
        way.caption("The picture is looked at as soon as it is here; it is not kept.")
        return
    # A model that can't take such an input says so before anything is built.
    rows = summary_data.summary(subject.name, subject.weights, subject.size, None).rows
    seen = inside_data.pictured(subject, source)
    with way:
        picture_way.show_transforms(seen, borrowed=chosen is None)
    with said:
        _show_answer(viewed, subject, seen)
    part = st.segmented_control(
        "Show", [_STAGES, _MAPS, _FILTERS], default=_STAGES, required=True, key="inside.part",
        persist_state="session", label_visibility="collapsed",
    )
    if part == _STAGES:
        stage_cards.show(inside_data.flow(subject, seen), seen)
    elif part == _MAPS:
        layer, run = layer_choice.edit(rows, _key(subject))
        map_grid.show(inside_data.maps(subject, seen, layer, run), f"{_key(subject)} {layer}")
    else:
        filter_pictures.show(inside_data.filters(subject), _key(subject),
                             saw_grey=chosen is not None and chosen.bundled)


def _edit_random(viewed: Viewed) -> bool | None:
    """Whether random numbers stand for weights that can't be used here; None if nothing does."""
    from core.explain.opened import why_no_weights

    problem = why_no_weights(viewed.entry, viewed.weights)
    if problem is None:
        return False
    way_here = st.container()
    random = st.toggle(
        "Look inside with random numbers instead", persist_state="session",
        key=f"inside.random {viewed.entry.name} {viewed.weights}",
        help="The architecture of these weights, as it is before it has learned anything.",
    )
    if random:
        return True
    with way_here:
        notices.show(problem, "info")
        if problem.id == "explain.not_here":
            download.show(viewed.entry, viewed.entry.find_weights(viewed.weights),
                          key="inside.download")
    return None


def _show_answer(viewed: Viewed, subject: Subject, seen: Pictured) -> None:
    answer = inside_data.answer(subject, seen)
    if answer is not None:
        picture_way.show_answer(answer)
    elif subject.random or subject.weights == NO_WEIGHTS:
        notices.show(Problem("explain.random"), "info")
    else:
        notices.show(Problem("explain.no_head"), "info")


def _refuse(viewed: Viewed) -> None:
    task = viewed.entry.task.replace("_", " ")
    notices.show(Problem("explain.one_picture", {"model": viewed.entry.name, "task": task}))


def _key(subject: Subject) -> str:
    return f"{subject.name} {subject.weights}"
