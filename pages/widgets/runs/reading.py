"""A run folder as the page shows it, whatever is in it: a damaged one gets its sentence."""

import logging
from dataclasses import dataclass

from core.messages import ThawError
from core.recipe import Recipe
from core.runs import folder
from core.runs.checkpoints import CheckpointFile, list_checkpoints
from core.runs.folder import Run
from core.runs.status import RunStatus, status
from pages.state.language import say

_LOG = logging.getLogger("thaw.pages")
_CHANGED = (
    "Files of this run were changed by hand or by another program and can't be read. It can be "
    "deleted."
)
_UNKNOWN = "It ended with a reason that this version of Thaw does not know."
_ODD = (AttributeError, KeyError, TypeError, ValueError)  # JSON of another shape than Thaw's


@dataclass(frozen=True)
class SeenRun:
    """A run with all that a listing needs; read anew for every drawing, in well under 1 ms.

    Attributes:
        now: None if its files can't be read.
        recipe: None if it is of another version, or damaged.
        trouble: Why it failed, or what can't be read; "" if nothing is wrong.
    """

    run: Run
    name: str
    note: str
    now: RunStatus | None
    recipe: Recipe | None
    trouble: str = ""

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.run.id

    @property
    def is_live(self) -> bool:
        """Whether a process works on it."""
        return self.now is not None and self.now.is_live

    @property
    def best(self) -> dict:
        """`epoch`, `val_loss` and `val_accuracy` of the best epoch; empty before there is one."""
        return (self.now.best if self.now else None) or {}


def all_runs() -> list[SeenRun]:
    """Every run, the newest first."""
    return [look_at(run) for run in folder.list_runs()]


def look_at(run: Run) -> SeenRun:
    """What can be read of a run; nothing in its folder makes this fail."""
    meta = run.meta()
    name, note = str(meta.get("name") or run.id), str(meta.get("note") or "")
    trouble, now, recipe = "", None, None
    try:
        now = status(run)
        if now.problem:
            trouble = say(now.problem)
        _require_numbers(now)
    except _ODD:
        trouble = _UNKNOWN if now and now.problem else _CHANGED
        now = now if now and now.problem else None
    try:
        recipe = run.recipe()
    except ThawError as error:
        trouble = f"Its settings can't be read: {error} The run can be deleted."
    return SeenRun(run, name, note, now, recipe, trouble)


def checkpoints_of(run: Run) -> list[CheckpointFile]:
    """The checkpoints of a run; none where files are named as Thaw names no file."""
    try:
        return list_checkpoints(run)
    except _ODD:
        _LOG.warning("The checkpoints of %s can't be listed", run.id)
        return []


def _require_numbers(now: RunStatus) -> None:
    """Raises where `state.json` holds something else than the worker writes."""
    for value in (now.epoch, now.epochs, now.step, now.seconds):
        float(value)
    if now.best:
        for name in ("epoch", "val_loss", "val_accuracy"):
            float(now.best[name])
