"""Stop a run and keep, or discard, what it has."""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from core.runs import folder, supervisor
from core.runs.status import status

NAME, HELP = "stop", "stop a run and keep, or discard, what it has"
_WAIT_SECONDS = 60.0  # for the end of a step and a checkpoint on a slow disk
_DELETE_SECONDS = 2.0


def add_arguments(parser: ArgumentParser) -> None:
    """Which run, and what becomes of it."""
    parser.add_argument("run", help="id of a run, its beginning or end, or its folder")
    parser.add_argument("--discard", action="store_true", help="delete what it has")
    parser.add_argument("--kill", action="store_true", help="end a worker that does not answer")


def run(args: Namespace) -> dict:
    """Asks the run to stop and waits until it has.

    Returns:
        Its id and status: "discarded" if it is deleted, "stopping" if it has not answered
        within a minute.

    Raises:
        ThawError: If there is no such run, or it is not running.
    """
    found = folder.find_run(args.run)
    if args.kill:
        supervisor.kill(found)
    if args.discard or not args.kill:
        supervisor.stop(found, discard=args.discard)
    _wait_while(lambda: status(found).is_live, _WAIT_SECONDS)
    now = status(found).status if found.path.exists() else "discarded"
    if args.discard and not status(found).is_live:
        # The worker deletes its run itself, unless it ended before it saw the wish.
        _wait_while(found.path.exists, _DELETE_SECONDS)
        supervisor.delete(found)
        now = "discarded"
    return {"run": found.id, "status": now, "exit_code": 1 if now == "stopping" else 0}


def _wait_while(holds: Callable[[], bool], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while holds() and time.monotonic() < ends:
        time.sleep(0.05)


def text(result: dict) -> str:
    """What became of it."""
    if result["status"] == "stopping":
        return f"{result['run']}: it does not answer; add --kill to end its process at once"
    return f"{result['run']}: {result['status']}"
