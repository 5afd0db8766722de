"""Which images are laid out, by which models: before the run, at a checkpoint, of another run."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import streamlit as st

from core.explain.same_images import have_same_images
from core.runs.folder import Run
from pages.state import person
from pages.widgets import recipe_words
from pages.widgets.explain import run_choice
from pages.widgets.explain.jobs import Tell
from pages.widgets.plain import plain
from pages.widgets.runs import checkpoint_choice, evaluated, labels, reading
from pages.widgets.runs.reading import SeenRun

if TYPE_CHECKING:  # importing it loads torch
    from core.explain.embedding import Embedding

_MOST = (250, 500, 1000, 2000)
_SPLITS = {"test": "Held-out test", "val": "Validation"}
_NONE = ""


@dataclass(frozen=True)
class Wanted:
    """One model that images are laid out by.

    Attributes:
        title: What its picture is called.
        about: What kind of training it is, in a line of Markdown.
        is_start: Whether it is the model before the first step, not the checkpoint.
        which: The checkpoint; for the start, one that knows classes and data.
        most: Images at most.
    """

    title: str
    about: str
    run: Run
    which: str
    is_start: bool
    split: Literal["test", "val"]
    most: int

    @property
    def key(self) -> Hashable:
        """Of its result; raises ThawError if the run has no such checkpoint.

        The start is the same whatever is trained.
        """
        stamp = str(self.run.path) if self.is_start else evaluated.stamp(self.run, self.which)
        return "embedding", stamp, self.is_start, self.split, self.most

    def work(self, tell: Tell) -> Embedding:
        """What the model makes of the images; takes seconds to minutes."""
        from core.explain import embedding

        embed = embedding.embed_start if self.is_start else embedding.embed_checkpoint
        return embed(self.run, self.which, self.split, self.most, tell)


@dataclass(frozen=True)
class LaidOut:
    """The images as one model sees them.

    Attributes:
        title: What the picture is called, with the epoch.
        about: What kind of training it is, in a line of Markdown.
    """

    title: str
    about: str
    found: Embedding


def edit(seen: SeenRun) -> list[Wanted]:
    """Draws the choices and returns the models, the start of the run first."""
    key = f"explain.embedding {{}} {seen.id}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=175):
            which = checkpoint_choice.edit(
                seen.run, reading.checkpoints_of(seen.run), "explain.embedding"
            )
        split = st.segmented_control(
            "Images", list(_SPLITS), default="test", format_func=_SPLITS.get, required=True,
            key=key.format("split"), persist_state="session", width="content",
            help="Neither took part in the training.",
        )
        most = st.selectbox(
            "At most", _MOST, index=2, format_func="{:,} images".format, width=140,
            key=key.format("most"), persist_state="session",
            help="Where there are more, so many are drawn, of each class its share.",
        )
        other = _other(seen, key.format("other"))
        if other:
            with st.container(width=175):
                its = checkpoint_choice.edit(
                    other.run, reading.checkpoints_of(other.run),
                    f"explain.embedding beside {seen.id}", label="Its checkpoint",
                )
    wanted = [
        Wanted("At the start", recipe_words.model(seen.recipe), seen.run, which, True, split, most),
        Wanted("This run", _trains(seen), seen.run, which, False, split, most),
    ]
    if other:
        wanted.append(Wanted(other.name, _trains(other), other.run, its, False, split, most))
    return wanted


def _trains(seen: SeenRun) -> str:
    return plain(recipe_words.short(seen.recipe))


def _other(seen: SeenRun, key: str) -> SeenRun | None:
    """Draws the choice of a second run with the same held-out images."""
    others = [
        one for one in reading.all_runs()
        if one.id != seen.id and run_choice.can_be_asked(one)
        and have_same_images(seen.recipe, one.recipe)
    ]
    by_id = {one.id: one for one in others}
    names = {one.id: label for label, one in labels.of(others).items()}
    person.hold_on(key)
    chosen = st.selectbox(
        "Beside it", [_NONE, *by_id], format_func=lambda id: names.get(id, "No other run"),
        key=key, persist_state="session", width=220, disabled=not others,
        help="A second run, frozen against fine-tuned for instance. Those with the same images "
        "held out can be chosen." if others else
        "No other run holds out the same images: train one with another freeze plan.",
    )
    return by_id.get(chosen)
