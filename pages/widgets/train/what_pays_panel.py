"""What is fastest here: precision, memory format, threads; measured in a process of its own."""

import pandas as pd
import streamlit as st

from core.recipe import Recipe
from core.training import what_pays_process
from core.training.measuring import Look
from core.training.what_pays_process import Found, Variant
from pages.state import draft, person
from pages.widgets.asked import Question, show_stale

_QUESTION = Question("train.what_pays", what_pays_process, "what_pays")
_OPENED = "train.what_pays.opened"
_WORDS = {
    "starting": "Starting: PyTorch is loaded",
    "preparing": "Loading the data and the model",
    "training": "Training a few steps in each, in turn",
    "threads": "Training a few steps in other numbers of threads",
}


def is_opened(recipe: Recipe) -> bool:
    """Whether what goes on here, or was answered, began before this page was loaded.

    Its section is open then from the first moment on, or nobody would see it.
    """
    if _QUESTION.find_again(recipe):
        person.remember(_OPENED, True)
    return bool(person.choice(_OPENED))


def show(recipe: Recipe) -> None:
    """Draws the button, and the measurement or what it found."""
    asked = _QUESTION.asked()
    st.button(
        "Measure again" if asked else "What pays here?", icon=":material/speed:",
        key="train.pays.measure", on_click=_QUESTION.ask, args=(recipe,),
        disabled=bool(asked and asked.is_going),
        help="A process of its own trains a few real steps in each precision and memory format, "
        "and the fastest in other numbers of threads. No table can tell it: bfloat16 is many times "
        "slower on one CPU and faster on another.",
    )
    if done := _QUESTION.answered(_progress, "Stop measuring", key="train.pays.stop"):
        show_stale(_QUESTION.stale(done, recipe), "measured", "Measure again")
        _show_found(done.answer, recipe)


def _progress(now: Look) -> None:
    st.caption(f":material/hourglass_top: {_WORDS.get(now.phase, now.phase)}")


def _show_found(found: Found, recipe: Recipe) -> None:
    frame = frame_of(found)
    # A table whose words wrap: a data frame would hide its last column on a phone.
    st.table(
        frame.assign(**{
            "a step": frame["a step"].map(_milliseconds),
            "speed": frame["speed"].map("{:.2f} ×".format),
        }),
        border="horizontal", hide_index=True,
    )
    best = found.fastest
    uses = what_pays_process.with_variant(recipe, best) == recipe
    st.button(
        f"{'Uses' if uses else 'Use'} {_title(best)}", icon=":material/check:",
        key="train.pays.use", on_click=_use, args=(best,), disabled=uses,
    )
    stopped = [_title(one) for one in found.variants if one.stopped]
    share = "of one process's share of a batch, " if recipe.train.processes > 1 else ""
    st.caption(
        f"Medians on {found.device}, {share}without loading of batches and without the features "
        "cache; the speed is against float32, contiguous. "
        + (f"Given up after the first steps: {'; '.join(stopped)}. " if stopped else "")
        + "Differences of a few per cent are noise. Another number of threads, like another "
        "precision, rounds differently: only runs with the same ones are equal to the last bit."
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


def _milliseconds(time: float) -> str:
    return f"{time:,.0f} ms" if time >= 100 else f"{time:.3g} ms"


def _title(variant: Variant) -> str:
    layout = "channels last" if variant.memory_format == "channels_last" else "contiguous"
    threads = "one thread" if variant.threads == 1 else f"{variant.threads} threads"
    return f"{variant.precision}, {layout}, {threads}"


def _use(variant: Variant) -> None:
    draft.amend(what_pays_process.with_variant(draft.get(), variant))
