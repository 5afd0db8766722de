"""Start the runs that wait, one after another; or list or clear them."""

from argparse import ArgumentParser, Namespace

from core import places
from core.runs import queue
from core.runs.experiment import group_of
from core.runs.folder import Run

NAME, HELP = "queue", "start the runs that wait, one after another"


def add_arguments(parser: ArgumentParser) -> None:
    """What else than working can be done with the queue."""
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--list", action="store_true", help="only say what waits")
    instead.add_argument("--clear", action="store_true", help="delete all runs that wait")


def run(args: Namespace) -> dict:
    """Works until nothing waits any more, unless another process does so already.

    Returns:
        `working`: whether another process works on the queue; `started` and `removed`: by this
        command; `waiting`: what still waits, the next one first.
    """
    root = places.runs_root()
    started: list[Run] = []
    removed = 0
    if args.clear:
        removed = queue.remove_all(queue.waiting(root))
    elif not args.list:
        started = queue.work(root, say=lambda run: None if args.json else print(run.id, flush=True))
    return {
        "working": queue.is_working(root),
        "started": [run.id for run in started],
        "removed": removed,
        "waiting": [
            {"run": run.id, "name": run.name, "place": queue.place_of(run), "group": group_of(run)}
            for run in queue.waiting(root)
        ],
    }


def text(result: dict) -> str:
    """What waits, and whether somebody starts it."""
    if result["removed"]:
        return f"{result['removed']} removed"
    if not result["waiting"]:
        return "nothing waits"
    lines = [f"{row['place']:>4}  {row['run']}  {row['name']}" for row in result["waiting"]]
    return "\n".join([*lines, "a process starts them in this order" if result["working"]
                      else "no process starts them: “python -m core queue” does"])
