"""A run as one HTML file that opens anywhere."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from core.messages import ThawError
from core.runs import folder

NAME, HELP = "report", "a run as one HTML file"


def add_arguments(parser: ArgumentParser) -> None:
    """Which run, and where its report goes."""
    parser.add_argument("run", help="id of a run, its beginning or end, or its folder")
    parser.add_argument("--checkpoint", default="best", help="best (default), last or an epoch")
    parser.add_argument(
        "-o", "--output", type=Path, help="the file; by default RUN.html in the present folder"
    )


def run(args: Namespace) -> dict:
    """Writes the report.

    Raises:
        ThawError: If there is no such run, or the file can't be written.
    """
    found = folder.find_run(args.run)
    path = args.output or Path(f"{found.id}.html")
    if path.is_dir() or not path.absolute().parent.is_dir():  # before it takes its time
        why = "it is a folder" if path.is_dir() else "there is no such folder"
        raise ThawError("runs.report_unwritable", path=str(path), why=why)
    from core.report import report_of

    content = report_of(found, args.checkpoint).encode()
    try:
        path.write_bytes(content)
    except OSError as error:
        raise ThawError("runs.report_unwritable", path=str(path), why=error.strerror) from None
    return {"run": found.id, "written": str(path), "bytes": len(content)}


def text(result: dict) -> str:
    """Where it was written."""
    return f"written: {result['written']}"
