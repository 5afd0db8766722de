"""Where the points of each picture lie: by PCA at once, by t-SNE after some seconds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.state.language import say
from pages.widgets import notices
from pages.widgets.explain import jobs, progress
from pages.widgets.explain.embedding_choice import LaidOut
from pages.widgets.explain.jobs import Tell
from pages.widgets.plain import plain

if TYPE_CHECKING:  # importing it loads torch
    from core.explain.projection import Axes


def by_pca(laid_out: Sequence[LaidOut]) -> list[np.ndarray]:
    """[N, 2] for each picture, none flipped against the first."""
    from core.explain.projection import with_signs_of

    found = [one.found.axes.values[:, :2] for one in laid_out]
    return [with_signs_of(points, found[0]) for points in found]


def by_tsne(
    laid_out: Sequence[LaidOut], perplexity: int, on_stop: Callable[[], None]
) -> list[np.ndarray] | None:
    """[N, 2] for each picture, turned to lie like the first; None while it is worked out.

    It begins by itself and draws how far it is.

    Args:
        on_stop: Called when a person ends it.
    """
    from core.explain.projection import turned_to

    keys = [("t-SNE", _digest(one.found.axes.values), perplexity) for one in laid_out]
    if any(jobs.find(key) is None for key in keys):
        works = (partial(_tsne, one.found.axes, perplexity) for one in laid_out)
        jobs.begin(dict(zip(keys, works, strict=True)))
    made = [jobs.find(key) for key in keys]
    titles = [f"t-SNE of {one.title}" for one in laid_out]
    if any(job is None or not job.is_done for job in made):
        progress.follow(dict(zip(titles, keys, strict=True)), on_stop, of="steps")
        st.caption("Each takes some seconds on a free processor; they go on when you leave this "
                   "page, and are kept.")
        return None
    for title, job in zip(titles, made, strict=True):
        if job.problem:
            said = job.problem if isinstance(job.problem, str) else say(job.problem)
            notices.show(plain(f"{title}: {said}"), "error")
            return None
    return [turned_to(job.result, made[0].result) for job in made]


def _tsne(axes: Axes, perplexity: int, tell: Tell) -> np.ndarray:
    from core.explain.projection import tsne

    return tsne(axes, perplexity, tell)


def _digest(values: np.ndarray) -> str:
    """Equal embeddings share a picture."""
    return hashlib.sha256(values.tobytes()).hexdigest()
