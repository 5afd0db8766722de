"""What a run is doing. Files are claims; the lock is the truth."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from core import portable
from core.messages import Problem
from core.runs.folder import Run, list_runs

Status = Literal[
    "queued", "starting", "running", "stopping", "finishing", "stopped", "finished", "failed",
    "crashed",
]
LIVE: tuple[Status, ...] = ("starting", "running", "stopping", "finishing")
_ENDED = ("finished", "stopped", "failed")
_START_SECONDS = 120.0  # a worker imports torch before it takes the lock: 7 s and more


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
    held = portable.lock_holder(run.path / "lock") is not None
    state = run.state() or {}
    claimed = state.get("status")
    if held:
        if claimed in _ENDED:
            now: Status = "finishing"
        elif (run.path / "stop").exists():
            now = "stopping"
        else:
            now = "running" if claimed == "running" else "starting"
    elif _is_starting(run, state):
        now = "starting"
    elif claimed in _ENDED:
        now = claimed
    elif claimed is None and run.launch() is None:
        now = "queued"
    elif portable.lock_holder(run.path / "lock") is not None or _ended_meanwhile(run):
        return status(run)  # it took the lock, or ended, between the first look and this one
    else:
        now = "crashed"
    return _filled(now, state)


def running_runs(root: Path | None = None) -> list[Run]:
    """The runs that a process works on."""
    return [run for run in list_runs(root) if _may_live(run) and status(run).is_live]


def _may_live(run: Run) -> bool:
    # A cheap look first: a folder of hundreds of finished runs costs one small read each.
    return run.launch() is not None


def _ended_meanwhile(run: Run) -> bool:
    return (run.state() or {}).get("status") in _ENDED


def _is_starting(run: Run, state: dict[str, Any]) -> bool:
    """Whether a newer attempt was launched, and its process lives but has said nothing yet."""
    launch = run.launch()
    if not launch or launch["attempt"] <= state.get("attempt", 0):
        return False
    young = abs(time.time() - launch["time"]) < _START_SECONDS
    return young and portable.is_same_process(launch)


def _filled(now: Status, state: dict[str, Any]) -> RunStatus:
    problem = None
    if now == "crashed":
        problem = Problem("runs.crashed", {"epoch": state.get("epoch", 0)})
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
        eta_seconds=state.get("eta_seconds") if live else None,
        samples_per_second=state.get("samples_per_second"),
        device=state.get("device", ""),
        memory_bytes=state.get("memory_bytes"),
        best=state.get("best"),
        problem=problem,
        state=state,
    )
