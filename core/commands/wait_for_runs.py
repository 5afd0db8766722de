"""Waiting in the foreground for runs that the queue trains; each that has ended is said."""

import time
from collections.abc import Callable, Sequence

from core.runs import queue
from core.runs.folder import Run
from core.runs.status import LIVE, RunStatus, status

_LOOK_SECONDS = 0.5
_GOING = ("queued", *LIVE)


def wait(
    runs: Callable[[], Sequence[Run]], figure: Callable[[RunStatus], str], *, quiet: bool
) -> None:
    """Until none of them runs or waits.

    Args:
        runs: What to wait for, asked at each look.
        figure: What is said of one that has ended, behind its seconds.
    """
    said: set[str] = set()
    was_paused = False
    while True:
        queue.keep_going()  # should its process have been killed
        every = runs()
        seen = [(run, status(run)) for run in every]
        for run, now in seen:
            if now.status not in _GOING and run.id not in said:
                said.add(run.id)
                if not quiet:
                    print(f"{len(said)}/{len(every)} {run.name}: {now.status}, "
                          f"{now.seconds:.0f} s{figure(now)}", flush=True)
        if not any(now.status in _GOING for _, now in seen):
            return
        paused = queue.is_paused() and not any(now.is_live for _, now in seen)
        if paused and not was_paused and not quiet:
            print("the queue is paused: “python -m core queue --continue” goes on", flush=True)
        was_paused = paused
        time.sleep(_LOOK_SECONDS)
