"""The worker's process: started detached on devices that are free, and told in `launch.json`."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from core import portable
from core.messages import ThawError
from core.runs import compute_process, device_slots, device_use, torchrun
from core.runs.folder import Run

_PROJECT = Path(__file__).parents[2]
# An identity that no process has, as nothing starts before the system does.
_NOBODY = {"pid": 0, "started": 0.0, "boot": 1e9}


def spawn(run: Run, *options: str) -> None:
    """Starts the worker of a run, detached from this process; its starter has the right to.

    Args:
        options: Of the train command.

    Raises:
        ThawError: If other runs hold its device, or no process can be started.
    """
    recipe = run.present_recipe()
    devices = device_use.choose(recipe, run.path.parent)
    threads = recipe.train.threads
    attempt = run.next_attempt()  # before the worker can say that it is that attempt
    job = f"{run.id}_{attempt}" if recipe.train.processes > 1 else ""
    (run.path / "stop").unlink(missing_ok=True)
    detached = (
        {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
        if sys.platform == "win32"
        else {"start_new_session": True}  # it lives through Ctrl-C and the closed terminal
    )
    try:
        with open(run.path / "worker.log", "ab") as log:
            worker = subprocess.Popen(
                _command(run, job, *options),
                cwd=_PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={
                    **os.environ, **compute_process.environment(threads, os.environ),
                    **torchrun.ENVIRONMENT,
                    **device_slots.environment(devices),
                },
                **detached,
            )
        try:
            write_launch(run, worker.pid, attempt, devices, job)
        except OSError:
            worker.kill()  # nobody would know of it, and start another one beside it
            worker.wait()
            raise
    except OSError as error:
        raise ThawError("runs.unstartable", why=error.strerror) from None
    _lower_priority(worker.pid)
    # Waited for, or it would stay a zombie that a look at its id takes for alive.
    threading.Thread(target=worker.wait, name=f"reaper of {run.id}", daemon=True).start()


def write_launch(
    run: Run, pid: int | None = None, attempt: int | None = None,
    devices: Sequence[str] | None = None, job: str = "",
) -> None:
    """Says which process works on the run's next attempt: this one, or a child of it.

    Args:
        job: Of torchrun, where that is the process: several work on the run then.
        devices: The slots that it holds; None for those that this process takes by itself.
    """
    if devices is None:
        devices = device_slots.of_this_process(run.recipe())
    pid = pid or os.getpid()
    # A child that ended at once has no identity any more, but it was launched.
    identity = portable.process_identity(pid) or {**_NOBODY, "pid": pid}
    portable.write_json(
        run.path / "launch.json",
        {
            **identity, "time": time.time(), "attempt": attempt or run.next_attempt(),
            "devices": list(devices), "job": job,
        },
    )


def write_unlaunched(run: Run, why: str) -> None:
    """Says that a run could not be launched: its status is "crashed" from then on, and says why.

    Raises:
        OSError: If that can't be written.
    """
    with open(run.path / "worker.log", "a", encoding="utf-8") as log:
        print(why, file=log)
    portable.write_json(
        run.path / "launch.json",
        {**_NOBODY, "time": time.time(), "attempt": run.next_attempt()},
    )


def _command(run: Run, job: str, *options: str) -> list[str]:
    train = ["train", str(run.path), *options]
    if job:
        return torchrun.command(run.recipe().train.processes, job, train)
    return [sys.executable, "-u", "-m", "core", *train]


def _lower_priority(pid: int) -> None:
    import psutil

    with suppress(psutil.Error, OSError):
        calm = psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else 10
        psutil.Process(pid).nice(calm)
