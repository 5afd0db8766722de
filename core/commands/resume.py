"""Let a stopped run go on in the background."""

from argparse import ArgumentParser, Namespace

from core.runs import folder, supervisor
from core.runs.status import status

NAME, HELP = "resume", "let a stopped run go on in the background"


def add_arguments(parser: ArgumentParser) -> None:
    """Which run."""
    parser.add_argument("run", help="id of a run, its beginning or end, or its folder")


def run(args: Namespace) -> dict:
    """Starts a worker that goes on from the newest checkpoint.

    Raises:
        ThawError: If there is no such run, it runs or has finished, or another one runs.
    """
    found = folder.find_run(args.run)
    supervisor.resume(found)
    return {"run": found.id, "status": status(found).status, "path": str(found.path)}


def text(result: dict) -> str:
    """That it goes on, and where its log is."""
    return f"{result['run']}: {result['status']} (log: {result['path']}/worker.log)"
