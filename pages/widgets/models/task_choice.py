"""Which task's models the page shows; classification is the one that can be trained."""

import streamlit as st

from core.models.catalogue import CATALOGUE, OTHERS, ModelEntry

TRAINED = "classification"
KEY = "models.task"
_ENTRIES: dict[str, tuple[ModelEntry, ...]] = {
    task: tuple(entry for entry in CATALOGUE + OTHERS if entry.task == task)
    for task in (TRAINED, "quantization", "detection", "segmentation", "video", "optical_flow")
}


def edit() -> str:
    """Draws the tasks with how many models each has, and returns the chosen one."""
    return st.segmented_control(
        "Task", list(_ENTRIES), default=TRAINED, key=KEY, persist_state="session",
        required=True, label_visibility="collapsed",
        format_func=lambda task: f"{words(task)} :gray[{len(_ENTRIES[task])}]",
    )


def tasks() -> tuple[str, ...]:
    """All tasks, what can be trained first."""
    return tuple(_ENTRIES)


def entries(task: str) -> tuple[ModelEntry, ...]:
    """The models of a task, in the catalogue's order."""
    return _ENTRIES[task]


def words(task: str) -> str:
    """A task as the page calls it."""
    return task.replace("_", " ").capitalize()
