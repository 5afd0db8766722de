"""Which precision and memory format are fastest here, measured in a process of its own."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from core.messages import Problem, ThawError
from core.recipe import Recipe
from core.training import what_pays_process
from core.training.what_pays_process import Found, Variant
from pages.state import draft, person
from pages.widgets import field_words, notices

_KEPT = "train.what_pays"
_EVERY = "0.5s"
_WORDS = {
    "starting": "Starting: PyTorch is loaded",
    "preparing": "Loading the data and the model",
    "training": "Training a few steps in each, in turn",
}


@dataclass(frozen=True)
class _Kept:
    """What this person asked for last.

    Attributes:
        recipe: That it was, or is being, measured for.
        place: Of the measurement while it goes on.
        found: When it has ended.
        problem: Why there is nothing.
    """

    recipe: Recipe
    place: Path | None = None
    found: Found | None = None
    problem: Problem | None = None


def show(recipe: Recipe) -> None:
    """Draws the button, and the measurement or what it found."""
    kept: _Kept | None = person.choice(_KEPT)
    measuring = kept is not None and kept.place is not None
    st.button(
        "Measure again" if kept else "What pays here?", icon=":material/speed:",
        key="train.pays.measure", on_click=_start, args=(recipe,), disabled=measuring,
        help="A process of its own trains a few real steps in each precision and memory format. "
        "No table can tell it: bfloat16 is many times slower on one CPU and faster on another.",
    )
    if measuring:
        st.fragment(_follow, run_every=_EVERY)(kept)
    elif kept and kept.problem:
        notices.show(kept.problem, "error")
    elif kept and kept.found:
        _show_found(kept, kept.found, recipe)


def _start(recipe: Recipe) -> None:
    from core.models.memory import refuse_if_too_big

    try:
        refuse_if_too_big(recipe)
        person.remember(_KEPT, _Kept(recipe, place=what_pays_process.start(recipe)))
    except ThawError as error:
        person.remember(_KEPT, _Kept(recipe, problem=error.problem))


def _follow(kept: _Kept) -> None:
    with notices.guarded():
        now = what_pays_process.look(kept.place)
        if now.is_done:
            what_pays_process.forget(kept.place)
            person.remember(_KEPT, _Kept(kept.recipe, found=now.answer, problem=now.problem))
            st.rerun()
        st.caption(f":material/hourglass_top: {_WORDS.get(now.phase, now.phase)}")
        st.button("Stop measuring", icon=":material/stop_circle:", type="tertiary",
                  key="train.pays.stop", on_click=_stop, args=(kept,))


def _stop(kept: _Kept) -> None:
    what_pays_process.forget(kept.place)
    person.remember(_KEPT, None)


def _show_found(kept: _Kept, found: Found, recipe: Recipe) -> None:
    if changed := what_pays_process.what_changed(kept.recipe, recipe):
        names = ", ".join(field_words.label(field) for field in changed)
        st.warning(f"**Out of date:** measured before these changed: {names}. Measure again.",
                   icon=":material/history:")
    st.dataframe(frame_of(found), hide_index=True, column_config={
        "a step": st.column_config.NumberColumn(format="%.3g ms"),
        "speed": st.column_config.NumberColumn(
            format="%.2f ×", help="Steps in the time of one in float32, contiguous."
        ),
    })
    best = found.fastest
    uses = (recipe.train.precision, recipe.train.memory_format) == (
        best.precision, best.memory_format
    )
    st.button(
        f"{'Uses' if uses else 'Use'} {_title(best)}", icon=":material/check:",
        key="train.pays.use", on_click=_use, args=(best,), disabled=uses,
    )
    stopped = [_title(one) for one in found.variants if one.stopped]
    st.caption(
        f"Medians on {found.device}, without loading of batches and without the features cache. "
        + (f"Given up after the first steps: {', '.join(stopped)}. " if stopped else "")
        + "Differences of a few per cent are noise."
    )


def frame_of(found: Found) -> pd.DataFrame:
    """A row a variant: how it is computed, milliseconds of a step, and the ratio of speeds."""
    return pd.DataFrame([
        {
            "computed in": _title(one), "a step": 1000 * one.seconds,
            "speed": found.times_faster(one),
        }
        for one in found.variants
    ])


def _title(variant: Variant) -> str:
    layout = "channels last" if variant.memory_format == "channels_last" else "contiguous"
    return f"{variant.precision}, {layout}"


def _use(variant: Variant) -> None:
    draft.amend(what_pays_process.with_variant(draft.get(), variant))
