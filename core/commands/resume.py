"""Let a stopped run go on in the background."""

from argparse import ArgumentParser, Namespace

from core.messages import ThawError
from core.runs import folder, queue, supervisor
from core.runs.changes import Changes
from core.runs.status import status

NAME, HELP = "resume", "let a stopped run go on in the background"


def add_arguments(parser: ArgumentParser) -> None:
    """Which run, and what is opened in it."""
    parser.add_argument("run", help="id of a run, its beginning or end, or its folder")
    parser.add_argument(
        "--unfreeze", nargs="+", action="extend", default=[], metavar="STAGE",
        help="frozen stages that train from there on, such as layer3 layer4",
    )
    parser.add_argument("--batch-size", type=int, metavar="N", help="batches of N from there on")
    parser.add_argument(
        "--parts", type=int, metavar="N",
        help="each batch is computed in N parts from there on, in less memory",
    )
    parser.add_argument(
        "--queue", action="store_true",
        help="where its device is busy, wait in the queue and go on when it is free",
    )


def run(args: Namespace) -> dict:
    """Starts a worker that goes on from the newest checkpoint, or queues the run.

    Raises:
        ThawError: If there is no such run, it runs or has finished, another one runs, or there
            is no such stage to open.
    """
    found = folder.find_run(args.run)
    before, after = _groups(found, args.unfreeze) if args.unfreeze else (None, None)
    changes = Changes(args.unfreeze, args.batch_size, args.parts)
    try:
        supervisor.resume(found, **vars(changes))
    except ThawError as error:
        if not args.queue or error.problem.id != "runs.device_busy":
            raise
        queue.add([queue.GoOn(found, changes)])
        queue.keep_going()
    return {
        "run": found.id,
        "status": status(found).status,
        "path": str(found.path),
        "unfrozen": list(dict.fromkeys(args.unfreeze)),
        "groups_before": before,
        "groups_after": after,
        "batch_size": args.batch_size,
        "parts": args.parts,
    }


def text(result: dict) -> str:
    """That it goes on, where its log is, and what the optimiser holds now."""
    lines = [f"{result['run']}: {result['status']} (log: {result['path']}/worker.log)"]
    if result["unfrozen"]:
        before = {group["name"] for group in result["groups_before"]}
        lines += [
            f"{'  ' if group['name'] in before else '+ '}{group['name']:<24} "
            f"{group['params']:>12,} parameters   lr {group['lr']:g}"
            for group in result["groups_after"]
        ]
    return "\n".join(lines)


def _groups(found: folder.Run, unfreeze: list[str]) -> tuple[list[dict], list[dict]]:
    from core.training.open_stages import open_stages  # loads torch

    now = open_stages(found)
    return now.groups, now.groups_with(unfreeze)
