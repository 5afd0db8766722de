"""The model of a run's checkpoint as a file that other programs read."""

import contextlib
import dataclasses
import os
from argparse import ArgumentParser, Namespace
from pathlib import Path

from core.evaluation.exported import FORMATS
from core.messages import ThawError
from core.runs import folder

NAME, HELP = "export", "a run's checkpoint as safetensors or ONNX"


def add_arguments(parser: ArgumentParser) -> None:
    """Which run and checkpoint, as what, and where to."""
    parser.add_argument("run", help="id of a run, its beginning or end, or its folder")
    parser.add_argument("--format", choices=tuple(FORMATS), required=True)
    parser.add_argument("--checkpoint", default="best", help="best (default), last or an epoch")
    parser.add_argument("-o", "--output", type=Path, required=True, help="write it to this file")


def run(args: Namespace) -> dict:
    """What was written, and how its outputs compare with the model's.

    Raises:
        ThawError: If there is no such run or checkpoint, a package is missing, or the outputs
            differ; nothing is written then.
    """
    found = folder.find_run(args.run)
    if args.output.is_dir() or not args.output.parent.is_dir():
        why = "it is a folder" if args.output.is_dir() else "there is no such folder"
        raise ThawError("runs.report_unwritable", path=str(args.output), why=why)
    from core.evaluation.export_model import export_model

    # The ONNX exporter prints its progress to standard output, which is for the answer.
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        made = export_model(found, args.format, args.output.absolute(), args.checkpoint)
    return dataclasses.asdict(made)


def text(result: dict) -> str:
    """Where it is, and the comparison."""
    return (
        f"written: {result['file']} (epoch {result['epoch']}, {result['bytes'] / 1e6:.1f} MB)\n"
        f"largest difference {result['largest_difference']:.2g} on {result['images']} images, "
        f"checked by {result['checked_by']}"
    )
