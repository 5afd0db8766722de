"""Stop a run and keep, or discard, what it has."""

import time
from argparse import ArgumentParser, Namespace

from core.runs import folder, supervisor
from core.runs.status import status

NAME, HELP = "stop", "stop a run and keep, or discard, what it has"
_WAIT_SECONDS = 60.0


def add_arguments(parser: ArgumentParser) -> None:
    """Which run, and what becomes of it."""
    parser.add_argument("run", help="id of a run, its end or its folder")
    parser.add_argument("--discard", action="store_true", help="delete what it has")
    parser.add_argument("--kill", action="store_true", help="end a worker that does not answer")


def run(args: Namespace) -> dict:
    """Asks the run to stop and waits until it has.

    Raises:
        ThawError: If there is no such run, or it is not running.
    """
    found = folder.find_run(args.run)
    if args.kill:
        supervisor.kill(found)
    else:
        supervisor.stop(found, discard=args.discard)
    ends = time.monotonic() + _WAIT_SECONDS
    while found.path.exists() and status(found).is_live and time.monotonic() < ends:
        time.sleep(0.1)
    now = status(found).status if found.path.exists() else "discarded"
    return {"run": found.id, "status": now}


def text(result: dict) -> str:
    """What became of it."""
    return f"{result['run']}: {result['status']}"
