"""Start the runs that wait for their devices; or list, move, remove, pause or clear them."""

import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from pathlib import Path

from core import places
from core.messages import ThawError
from core.runs import device_slots, device_use, expected, queue
from core.runs.folder import Run, find_run
from core.runs.grouped import group_of

NAME, HELP = "queue", "start the runs that wait, each when its device is free"


def add_arguments(parser: ArgumentParser) -> None:
    """What else than working can be done with the queue."""
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--list", action="store_true", help="only say what waits")
    instead.add_argument("--clear", action="store_true", help="as --remove, all runs that wait")
    instead.add_argument("--pause", action="store_true", help="start no more; what runs goes on")
    instead.add_argument(
        "--continue", action="store_true", dest="unpause", help="end the pause, and work"
    )
    instead.add_argument("--move", metavar="RUN", help="put a waiting run elsewhere, see --to")
    instead.add_argument("--remove", metavar="RUN", help="take a waiting run out: a new one is "
                         "deleted, one that was to go on keeps what it has")
    parser.add_argument(
        "--to", type=int, metavar="N", help="among those that wait; 1 is the next to start"
    )


def run(args: Namespace) -> dict:
    """Works until nothing waits any more, unless another process does so already.

    Returns:
        `working`: whether another process works on the queue; `paused`; `started` and
        `removed`: by this command; `devices`: those of this machine, each with how many runs it
        `takes` at a time and the `runs` on it; `waiting`: what still waits, the next one first,
        with the kind of `device`, and its `expected_start` and `expected_end` in seconds since
        1970, or None.
    """
    root = places.runs_root()
    if (args.move is None) != (args.to is None):
        raise ThawError("queue.to_without_move")
    started: list[Run] = []
    removed = 0
    if args.clear:
        removed = queue.remove_all(queue.waiting(root))
    elif args.remove is not None:
        queue.remove(find_run(args.remove, root))
        removed = 1
    elif args.move is not None:
        queue.move(find_run(args.move, root), args.to)
    elif args.pause:
        queue.pause(root)
    elif not args.list:
        if args.unpause:
            queue.unpause(root)
        started = queue.work(root, say=lambda run: None if args.json else print(run.id, flush=True))
    return {
        "working": queue.is_working(root),
        "paused": queue.is_paused(root),
        "started": [run.id for run in started],
        "removed": removed,
        "devices": _devices(root),
        "waiting": _waiting(root),
    }


def _devices(root: Path) -> list[dict]:
    under_way = device_use.held(root)
    return [
        {
            "device": slot, "takes": takes,
            "runs": [one.run.id for one in under_way if slot in one.slots],
        }
        for slot, takes in Counter(device_slots.of_machine()).items()
    ]


def _waiting(root: Path) -> list[dict]:
    waiting = queue.waiting(root)
    goes_on = queue.is_working(root) and not queue.is_paused(root)
    times = expected.of_queue(waiting, root) if goes_on else [expected.Expected()] * len(waiting)
    return [
        {
            "run": run.id, "name": run.name, "place": queue.place_of(run), "group": group_of(run),
            "device": device_use.need_of(run).kind,
            "expected_start": at.start, "expected_end": at.end,
        }
        for run, at in zip(waiting, times, strict=True)
    ]


def text(result: dict) -> str:
    """What waits, and whether somebody starts it."""
    if result["removed"]:
        return f"{result['removed']} removed"
    if not result["waiting"]:
        return "nothing waits; the queue is paused" if result["paused"] else "nothing waits"
    differ = len({row["device"] for row in result["waiting"]}) > 1
    lines = [
        f"{row['place']:>4}  {row['run']}  {row['name']}"
        f"{_start(row['expected_start'], row['device'] if differ else '')}"
        for row in result["waiting"]
    ]
    if result["paused"]:
        end = "the queue is paused: “python -m core queue --continue” goes on"
    elif result["working"]:
        end = "a process starts each in this order when its device is free"
    else:
        end = "no process starts them: “python -m core queue” does"
    return "\n".join([*lines, end])


def _start(at: float | None, device: str) -> str:
    said = [f"on {device}"] if device else []
    if at is not None:
        said.append(f"starts in {expected.words(max(at - time.time(), 0.0))}")
    return f"  ({', '.join(said)})" if said else ""
