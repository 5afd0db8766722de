"""Through the epochs: one slider moves a run's answers, its confusion matrix, and where it looks.

Every checkpoint is asked once, in a thread of the server; what it said is kept for all browsers.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.runs.checkpoints import CheckpointFile
from pages.state import person
from pages.state.language import say
from pages.widgets import field_words, notices, torch_ready
from pages.widgets.explain import (
    epochs_scrubber,
    heat_data,
    jobs,
    layer_choice,
    progress,
)
from pages.widgets.explain.epochs_followed import Followed, follow, tell_story
from pages.widgets.explain.epochs_scrubber.payload import words_of
from pages.widgets.explain.jobs import Job
from pages.widgets.plain import plain
from pages.widgets.runs import evaluated, reading
from pages.widgets.runs.reading import SeenRun

if TYPE_CHECKING:  # importing it loads torch
    from core.evaluation.epochs import Story

_MOST = 8  # images that are followed at once
_NAMED = 12  # epochs in a sentence


def show(seen: SeenRun) -> None:
    """Draws the choice of the split, the button that begins, and the slider when it is there.

    Args:
        seen: With settings and at least one checkpoint.
    """
    files = [file for file in reading.checkpoints_of(seen.run) if file.val_loss is not None]
    if not files:
        st.markdown("No epoch has ended yet: the first checkpoint of a whole one is the first to "
                    "be asked.")
        return
    split = st.segmented_control(
        "Images", list(evaluated.SPLITS), default="test", required=True, key="explain.epochs split",
        format_func=evaluated.SPLITS.get, persist_state="session",
    )
    key = now = ("epochs", str(seen.run.path), split, _stamp(files))
    job = jobs.find(now)
    # A living run has other checkpoints at each epoch's end: what was asked is shown until then.
    before = person.choice(_begun(seen, split))
    if job is None and before and (job := jobs.find(before)):
        key = before
    if job is None or job.problem:
        _offer(seen, split, files, now, job)
    elif not job.is_done:
        progress.follow({"Asking the checkpoints": key}, lambda: None, of="steps")
    else:
        torch_ready.load()  # the thread imported it
        if key != now:
            _offer_anew(seen, split, now)
        _slider(seen, split, files, key, *job.result)


def _stamp(files: Sequence[CheckpointFile]) -> tuple[tuple[int, int], ...]:
    """What tells these checkpoints from those of the same epochs, trained anew."""
    found = []
    for file in files:
        try:
            found.append((file.epoch, file.path.stat().st_mtime_ns))
        except OSError:  # the run has just dropped it
            continue
    return tuple(found)


def _offer(
    seen: SeenRun, split: str, files: Sequence[CheckpointFile], key: Hashable, job: Job | None
) -> None:
    """Draws why it failed, the button, and what it costs."""
    if job and job.problem:
        _say(job)
    if st.button("Go through the epochs", icon=":material/linear_scale:", type="primary",
                 key=f"explain.epochs begin {seen.id}"):
        _begin(seen, split, key)
    kept = len(files)
    models = "the checkpoint" if kept == 1 else f"{kept} checkpoints"
    st.caption(
        f"Asks the model that the run began with and {models}, each twice: what it says of up to "
        "1,000 images, and where it looks in some of them. Seconds each for a small model, longer "
        "for a large one on a CPU; the time left is told after the first. It goes on when you "
        "leave this page, and is kept."
    )
    _which_are_kept(seen, files)


def _offer_anew(seen: SeenRun, split: str, key: Hashable) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Since these were asked, the run has kept or dropped other checkpoints.")
        if st.button("Go through them anew", icon=":material/refresh:",
                     key=f"explain.epochs anew {seen.id}"):
            _begin(seen, split, key)


def _begin(seen: SeenRun, split: str, key: Hashable) -> None:
    jobs.begin({key: functools.partial(tell_story, seen.run, split)})
    person.remember(_begun(seen, split), key)
    st.rerun()


def _begun(seen: SeenRun, split: str) -> str:
    """Under which it is remembered what this person asked for last."""
    return f"explain.epochs begun {seen.id} {split}"


def _slider(
    seen: SeenRun, split: str, files: Sequence[CheckpointFile], key: Hashable,
    story: Story, followed: Followed,
) -> None:
    rows, layer = person.choice(_choice(seen, split)) or (followed.rows, followed.layer)
    is_other = (rows, layer) != (followed.rows, followed.layer)
    if is_other and max(rows) < len(story.places):
        followed = _chosen(seen, split, story, (key, rows, layer)) or followed
    story = story.without(followed.left_out)  # dropped by the run between answers and heat
    epochs_scrubber.show(story, followed, key=f"explain.epochs {seen.id} {split}")
    st.caption(_about_heat(followed.layer) + " The line beneath: the probability of the true "
               "class over the epochs.")
    for epoch, problem in story.left_out:
        name = f"Epoch {epoch}" if epoch else "The model before the first step"
        st.caption(f"{name} is left out. {plain(say(problem))}")
    asked = len(story.answers) + len(story.left_out) - 1
    if asked < len(files):
        st.caption(f"Of {len(files)} kept epochs {asked} were asked, evenly spread.")
    else:
        _which_are_kept(seen, files)
    _choose(seen, split, story, followed)


def _about_heat(layer: str) -> str:
    if not layer:
        return "No layer of this model has maps at its input size, so there is no heat."
    return (
        f"The heat: what in the picture speaks for its true class, by Grad-CAM at `{layer}`; each "
        "map has its own brightest spot, and a dark one says that nothing does."
    )


def _chosen(
    seen: SeenRun, split: str, story: Story, key: tuple[Hashable, tuple[int, ...], str]
) -> Followed | None:
    """The chosen images when they are there; else how far they are."""
    job = jobs.find(key)
    if job is None:
        jobs.begin({key: lambda tell: follow(seen.run, story, *key[1:], tell)})
        job = jobs.find(key)
    if job.problem:
        _say(job)
    elif not job.is_done:
        back = functools.partial(person.remember, _choice(seen, split), None)
        progress.follow({"Asking where they look": key}, back, of="checkpoints")
    return job.result


def _say(job: Job) -> None:
    said = job.problem if isinstance(job.problem, str) else plain(say(job.problem))
    notices.show(said, "error")


def _choice(seen: SeenRun, split: str) -> str:
    """Under which this person's images and layer are remembered."""
    return f"explain.epochs followed {seen.id} {split}"


def _choose(seen: SeenRun, split: str, story: Story, followed: Followed) -> None:
    """Draws the choice of images and layer."""
    from core.evaluation.epochs import turns

    name = f"{seen.id} {split} {len(story.epochs)} to {story.epochs[-1]} {followed.rows}"
    form = st.expander("Follow other images").form(f"explain.epochs form {name}", border=False)
    with form:
        order, words = (-turns(story)).argsort(kind="stable").tolist(), words_of(story)
        rows = st.multiselect(
            "Images", order, default=list(followed.rows), max_selections=_MOST,
            key=f"explain.epochs images {name}",
            format_func=lambda row: f"{story.classes[story.targets[row]]}: image "
            f"{story.places[row]}, {words[row]}",
            help="Those whose answer changed most often come first.",
        )
        layer = followed.layer
        if followed.layers:
            about = heat_data.About(story.classes, followed.layers, layer, story.epochs[-1])
            layer = layer_choice.edit(about, f"epochs {name} {layer}")
        if st.form_submit_button("Follow these") and rows:
            person.remember(_choice(seen, split), (tuple(rows), layer))
            st.rerun()


def _which_are_kept(seen: SeenRun, files: Sequence[CheckpointFile]) -> None:
    """Draws which epochs there are, where that is not all of them."""
    epochs = [file.epoch for file in files]
    done = max(epochs[-1], seen.now.epoch if seen.now else 0)
    if len(epochs) < done:
        first = ", ".join(map(str, epochs[:_NAMED])) + ("…" if len(epochs) > _NAMED else "")
        st.caption(
            f"Of {done} epochs these checkpoints are on disk: {first}. With "
            f"“{field_words.label('checkpoints.every')}” at 1 on the Train page every epoch's "
            f"stays, as far as “{field_words.label('checkpoints.budget_gb')}” allows."
        )
