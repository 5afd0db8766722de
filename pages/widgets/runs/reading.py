"""A run folder as the page shows it, whatever is in it: a damaged one gets its sentence."""

from dataclasses import dataclass

from core.messages import Problem, ThawError
from core.recipe import Recipe
from core.runs import folder
from core.runs.checkpoints import CheckpointFile, list_checkpoints
from core.runs.folder import Run
from core.runs.status import RunStatus, status
from pages.state.language import say

_CHANGED = (
    "Files of this run were changed by hand, or are of another version of Thaw, and can't be read."
)
_UNKNOWN = "It ended with a reason that this version of Thaw does not know."
ODD = (AttributeError, KeyError, TypeError, ValueError)  # of JSON in another shape than Thaw's


@dataclass(frozen=True)
class SeenRun:
    """A run with all that a listing needs; read anew for every drawing, in well under 1 ms.

    Attributes:
        now: None if its files can't be read.
        recipe: As it was started; None if it is of another version, or damaged.
        opens_stages: Whether it opens frozen stages on the way, or was told to later.
        trouble: Why it failed, or what can't be read; "" if nothing is wrong.
        group: The experiment or sweep that it belongs to, as a person knows it; "" for none.
    """

    run: Run
    name: str
    note: str
    now: RunStatus | None
    recipe: Recipe | None
    trouble: str = ""
    opens_stages: bool = False
    group: str = ""

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
    """Every run, the newest first; folders that Thaw did not name come last."""
    runs = sorted(folder.list_runs(), key=lambda run: not run.id[:4].isdigit())
    return [look_at(run) for run in runs]


def look_at(run: Run) -> SeenRun:
    """What can be read of a run; nothing in its folder makes this fail."""
    meta = run.meta()
    name, note = str(meta.get("name") or run.id), str(meta.get("note") or "")
    trouble, now, recipe, opens = "", None, None, False
    try:
        now = status(run)
        _require_numbers(now)
        trouble = _said(now.problem) if now.problem else ""
    except ODD:
        now, trouble = None, _CHANGED
    try:
        recipe = run.recipe()
        unfreezing = run.present_recipe().unfreezing
        opens = bool(unfreezing.every or unfreezing.at)
    except ThawError as error:
        trouble = f"Its settings can't be read: {error}"
    return SeenRun(run, name, note, now, recipe, trouble, opens, _group(meta))


def as_now(seen: SeenRun) -> SeenRun:
    """As it is by now, if a process works on it: a fragment is drawn again without its page."""
    return look_at(seen.run) if seen.is_live else seen


def checkpoints_of(run: Run) -> list[CheckpointFile]:
    """The checkpoints of a run; none where files are named as Thaw names no file."""
    try:
        return list_checkpoints(run)
    except ODD:
        return []


def _group(meta: dict) -> str:
    """The name of the experiment or the sweep, and the end of its id; "" for none."""
    try:
        if "sweep" in meta:
            return f"{meta['sweep']['name']} ({meta['group'][-4:]})"
        said = meta["experiment"]
        name = said["spec"]["name"] or said["recipe"]["name"] or "Experiment"
        return f"{name} ({meta['group'][-4:]})"
    except ODD:
        return ""


def _said(problem: Problem) -> str:
    try:
        return say(problem)
    except (KeyError, TypeError):
        return _UNKNOWN


def _require_numbers(now: RunStatus) -> None:
    """Raises where `state.json` holds something else than the worker writes."""
    state = now.state
    numbers = [now.epoch, now.epochs, now.step, now.seconds, now.samples_per_second or 0,
               state.get("params") or 0, state.get("trainable") or 0]
    numbers += [now.best[name] for name in ("epoch", "val_loss", "val_accuracy") if now.best]
    numbers += (state.get("samples") or {}).values()
    if not all(isinstance(number, int | float) for number in numbers):
        raise TypeError(numbers)
