"""Why a checkpoint holds a `state_dict`: the whole model saved beside it, and both loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.recipe import Recipe
from core.runs.checkpoints import CheckpointFile
from pages.widgets import notices, sizes, torch_ready

if TYPE_CHECKING:  # importing it loads torch
    from core.models.exercises.whole_model_file import Lesson, SavedFile


def show(recipe: Recipe, file: CheckpointFile) -> None:
    """Draws the lines that load a checkpoint, and the lesson when it is asked for.

    Args:
        file: One of the run's checkpoints.
    """
    title = "Load it yourself; and why not save the whole model"
    with st.expander(title, icon=":material/school:"):
        st.code(
            "checkpoint = torch.load(\n"
            f'    "{file.name}", map_location="cpu", weights_only=True\n'
            ")\n"
            'model.load_state_dict(checkpoint["model_state_dict"])  # a model with the same layers',
            language="python",
        )
        name = recipe.model.name
        if st.toggle(
            f"Save {name} both ways, and load both", key="runs.pickle lesson",
            persist_state="session",
            help="Really done, with random weights, in a folder that is thrown away.",
        ):
            with notices.guarded():
                _draw(_lesson(name, recipe.model.weights))


def _draw(lesson: Lesson) -> None:
    whole, state = st.columns(2, gap="medium")
    with whole:
        _file(lesson.whole)
    with state:
        _file(lesson.state_dict)
    st.markdown(
        "A whole model is a pickle: a list of classes to import and functions to call. "
        "Whoever made the file chose them, so loading one from a stranger runs the stranger's "
        "code; `weights_only=True` therefore takes tensors and plain values alone. A `state_dict` "
        "is nothing else."
    )
    st.markdown(
        "And a pickle keeps the name of a class, not the class. After `Net` was renamed to "
        f"`Network`, the whole model ended with `{lesson.moved}`; its `state_dict` "
        f"{'went into `Network` as before' if lesson.survives else 'did not fit either'}."
    )


def _file(saved: SavedFile) -> None:
    from core.models.exercises.whole_model_file import in_few

    st.code(saved.code, language="python")
    verdict = (
        ":green-badge[:material/check: weights_only=True loads it]" if saved.loads
        else ":red-badge[:material/block: weights_only=True refuses it]"
    )
    st.markdown(f"{verdict} {sizes.of_bytes(saved.bytes)}")
    calls, more = in_few(saved.calls)
    if not calls:
        st.markdown("Loading it imports and calls nothing.")
        return
    named = "\n".join(f"- `{call}`" for call in calls)
    beyond = f"\n- and {more} more" if more else ""
    st.markdown(f"Loading it imports and calls:\n{named}{beyond}")


@st.cache_data(max_entries=50, show_spinner="Saving and loading both…")
def _lesson(name: str, weights: str) -> Lesson:
    torch_ready.load()
    from core.models.exercises.whole_model_file import save_both

    return save_both(name, weights)
