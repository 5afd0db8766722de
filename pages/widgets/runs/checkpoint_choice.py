"""Which checkpoint of a run is asked."""

from collections.abc import Sequence

import streamlit as st

from core.runs.checkpoints import CheckpointFile
from core.runs.folder import Run
from pages.state import person


def edit(
    run: Run, files: Sequence[CheckpointFile], key: str, *, label: str = "Checkpoint",
    first: int = 0,
) -> str:
    """Draws the choice and returns "best", "last" or an epoch, as `find_checkpoint` takes it.

    Args:
        files: At least one.
        first: Which choice is made at first, counted as in a list: -1 is the oldest epoch.
    """
    best = next((file.epoch for file in files if file.best), None)
    names = {"best": f"Best: epoch {best}"} if best is not None else {}
    names["last"] = "Last: " + ("within " if files[-1].val_loss is None else "") + (
        f"epoch {files[-1].epoch}"
    )
    names |= {
        str(file.epoch): f"Epoch {file.epoch}" for file in reversed(files)
        if file.val_loss is not None
    }
    key = f"{key} {run.id}"
    person.hold_on(key)  # while a run trains the best and the last epoch move
    return st.selectbox(
        label, list(names), index=range(len(names))[first if person.held(key) is None else 0],
        format_func=lambda which: names.get(which, which), key=key, persist_state="session",
    )
