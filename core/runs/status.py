"""What a run is doing. Files are claims; the lock is the truth."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from core import portable
from core.messages import Problem, ThawError
from core.runs import crash, going_on
from core.runs.folder import Run, list_runs

Status = Literal[
    "queued", "starting", "running", "stopping", "finishing", "stopped", "finished", "failed",
    "crashed",
]
LIVE: tuple[Status, ...] = ("starting", "running", "stopping", "finishing")
ENDED = ("finished", "stopped", "failed")
_STALE_SECONDS = 5.0  # a worker writes once a second; a clock that was set must not matter
_SAID_CHARACTERS = 300  # of the log's last line, in the sentence of a worker that never began


@dataclass(frozen=True)
class RunStatus:
    """What a run is doing, and how far it is.

    Attributes:
        phase: Within "starting" and "running": "loading_data", "loading_model",
            "first_validation", "training" or "validation".
        epoch: The epoch under way, or the last one.
        eta_seconds: Until the last epoch has ended; None while unknown.
        best: `epoch`, `step`, `val_loss` and `val_accuracy` of the best epoch so far.
        problem: Why it failed or crashed.
        state: All that the worker said.
    """

    status: Status
    phase: str = ""
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    seconds: float = 0.0
    eta_seconds: float | None = None
    samples_per_second: float | None = None
    device: str = ""
    memory_bytes: int | None = None
    best: dict[str, Any] | None = None
    problem: Problem | None = None
    state: dict[str, Any] = field(default_factory=dict)

    @property
    def is_live(self) -> bool:
        """Whether a process works on it."""
        return self.status in LIVE

    @property
    def can_resume(self) -> bool:
        """Whether it can go on from its newest checkpoint."""
        return self.status in ("stopped", "failed", "crashed")


def status(run: Run) -> RunStatus:
    """What a run is doing now; well under a millisecond."""
    # The lock before the state: a worker that ends between the two is seen as finishing once,
    # never as crashed.
    held = _is_held(run)
    state = run.state() or {}
    launch = run.launch()
    held = held or is_together(launch)
    # A newer attempt was launched and has said nothing yet: what the state says is history.
    silent = launch is not None and launch.get("attempt", 0) > state.get("attempt", 0)
    claimed = None if silent else state.get("status")
    if held:
        return _filled(run, _while_held(run, claimed), state)
    if silent and portable.is_same_process(launch):
        return _filled(run, _asked_to_stop(run, "starting"), state)
    if claimed != "finished" and going_on.waits(run):
        return _filled(run, "queued", state)
    if claimed in ENDED:
        return _filled(run, claimed, state)
    if claimed is None and launch is None:
        return _filled(run, "queued", state)
    if _is_held(run) or (run.state() or {}) != state:
        return status(run)  # it took the lock, or spoke, between the first look and this one
    return _filled(run, "crashed", state, never_began=silent or claimed is None)


def check_startable(run: Run, *, resume: bool) -> None:
    """Refuses what has nothing to train any more, or was not meant to go on.

    Raises:
        ThawError: If the run has finished, or was started before and `resume` was not asked for.
    """
    state = run.state()
    if state and state["status"] == "finished":
        raise ThawError("training.already_finished", run=run.id)
    if state and not resume:
        raise ThawError("training.needs_resume", run=run.id)


def running_runs(root: Path | None = None) -> list[Run]:
    """The runs that a process works on."""
    return [run for run in list_runs(root) if status(run).is_live]


def is_together(launch: dict[str, Any] | None) -> bool:
    """Whether torchrun lives that started a run's processes, and may start them again.

    Between two starts nobody holds the run's lock.
    """
    return bool(launch and launch.get("job")) and portable.is_same_process(launch)


def _is_held(run: Run) -> bool:
    return portable.lock_holder(run.path / "lock") is not None


def _while_held(run: Run, claimed: str | None) -> Status:
    if claimed in ENDED:
        return "finishing"
    return _asked_to_stop(run, "running" if claimed == "running" else "starting")


def _asked_to_stop(run: Run, otherwise: Status) -> Status:
    return "stopping" if (run.path / "stop").exists() else otherwise


def _never_began(run: Run) -> Problem:
    """The end of a worker that had not spoken; what it printed last says why, if anything does."""
    printed = [line for line in run.log_tail(200).splitlines() if line.strip()]
    if not printed:
        return Problem("runs.never_began", {})
    # torchrun prints a table of its own after what the worker said.
    own = [line for line in printed if line.startswith("thaw train: ")]
    said = (own or printed)[-1].strip().removeprefix("thaw train: ")
    return Problem("runs.never_began_said", {"said": said[:_SAID_CHARACTERS]})


def _remaining(run: Run, state: dict[str, Any]) -> float | None:
    """The worker's estimate, less the time since it was written."""
    eta = state.get("eta_seconds")
    if eta is None:
        return None
    try:
        age = time.time() - (run.path / "state.json").stat().st_mtime
    except OSError:
        age = 0.0
    return max(0.0, eta - min(max(age, 0.0), _STALE_SECONDS))


def _filled(
    run: Run, now: Status, state: dict[str, Any], *, never_began: bool = False
) -> RunStatus:
    problem = None
    if never_began:
        problem = _never_began(run)
    elif now == "crashed":
        problem = crash.reason(run, state.get("epoch", 0))
    elif now == "failed" and (error := state.get("error")):
        problem = Problem(error["id"], error["values"])
    live = now in LIVE
    return RunStatus(
        status=now,
        phase=state.get("phase", "") if live else "",
        epoch=state.get("epoch", 0),
        epochs=state.get("epochs", 0),
        step=state.get("step", 0),
        steps=state.get("steps", 0),
        seconds=state.get("seconds", 0.0),
        eta_seconds=_remaining(run, state) if live else None,
        samples_per_second=state.get("samples_per_second"),
        device=state.get("device", ""),
        memory_bytes=state.get("memory_bytes"),
        best=state.get("best"),
        problem=problem,
        state=state,
    )
