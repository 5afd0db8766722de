"""Runs that are worked on here, in the process of the tests: a second each, stopped at will."""

import signal
from collections.abc import Mapping, Sequence

from core import portable
from core.recipe import parse
from core.runs import folder
from core.runs.folder import Run
from tests.core.conftest import SMALL


def new_run(**parts: object) -> Run:
    """A small linear probe with other rates by depth; three epochs of five steps."""
    return folder.create_run(parse({
        **SMALL, "split": {"train_per_class": 8, "val": 0.05},
        "train": {"epochs": 3, "threads": 1}, "freeze": {"preset": "linear_probe"},
        "optimizer": {"name": "adamw", "lr": 3e-3, "stage_factor": 0.5}, **parts,
    }))


def worked(
    run: Run, *, stop_after: int = 0, resume: bool = False, unfreeze: Sequence[str] = (),
    changes: Mapping[str, object] | None = None,
) -> str:
    """Works on a run, and stops it at the end of an epoch; returns its status."""
    from core.training.worker import work

    def say(line: str) -> None:
        if line.startswith(f"Epoch {stop_after:03d}"):
            wish = {"discard": False, "attempt": max(run.attempts())}
            portable.write_json(run.path / "stop", wish)

    handlers = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        return work(run, resume=resume, unfreeze=unfreeze, changes=changes, say=say)
    finally:  # the worker takes the signals of its process, and this one is the tests'
        for one, handler in handlers.items():
            signal.signal(one, handler)
