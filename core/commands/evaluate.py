"""Held-out accuracy of a run's checkpoint."""

import dataclasses
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from core.messages import sentence
from core.runs import folder

if TYPE_CHECKING:  # importing it loads torch
    from core.evaluation.evaluate import Evaluation

NAME, HELP = "evaluate", "held-out accuracy of a run's checkpoint"
_SAID = 20  # sentences about a folder


def add_arguments(parser: ArgumentParser) -> None:
    """Which run, checkpoint and split."""
    parser.add_argument("run", help="id of a run, its beginning or end, or its folder")
    parser.add_argument("--checkpoint", default="best", help="best (default), last or an epoch")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--split", choices=("test", "val"), default="test",
                       help="held-out (default) or validation images")
    which.add_argument(
        "--folder", metavar="DIR", help="other images: a folder with one sub-folder for each "
        "class, named as the run's; folders of other names are left out",
    )


def run(args: Namespace) -> dict:
    """Accuracy, loss, precision, recall and F1 of each class, and the confusion matrix.

    Of a split, accuracy and loss are kept beside the run too, where the Runs page shows them.

    Raises:
        ThawError: If there is no such run, checkpoint or folder, or the data has changed.
    """
    found = folder.find_run(args.run)
    from core.evaluation import kept_figures

    asked = {"run": found.id, "checkpoint": args.checkpoint}
    if args.folder is not None:
        return asked | _of_folder(found, args.checkpoint, args.folder)
    return asked | _figures(kept_figures.measure(found, args.checkpoint, args.split))


def _figures(found: "Evaluation") -> dict:
    return dataclasses.asdict(found) | {"interval": list(found.interval)}


def _of_folder(run: folder.Run, checkpoint: str, path: str) -> dict:
    """The metrics on images that are given, and what was not judged of them."""
    from core.evaluation.evaluate import scores
    from core.evaluation.given import judge_given, read_given
    from core.evaluation.model_of import load_run_model

    found = judge_given(load_run_model(run, checkpoint), read_given("folder", path))
    return _figures(scores(found.judged)) | {"folder": {
        "path": path,
        "unknown": dict(found.unknown),
        "missing": list(found.missing),
        "left_out": [sentence(one) for one in found.left_out],
        "notices": [sentence(one) for one in found.notices],
    }}


def text(result: dict) -> str:
    """The metrics as a table, then the confusion matrix."""
    rows = result["per_class"]
    width = max([5, *(len(row["name"]) for row in rows)])
    given = result.get("folder")
    low, high = result["interval"]
    where = given["path"] if given else result["split"]
    lines = [
        f"{result['run']}, checkpoint {result['checkpoint']} (epoch {result['epoch']}), "
        f"{result['samples']} images of {where}",
        f"accuracy {result['accuracy']:.4f}, loss {result['loss']:.4g}",
        f"95 % interval of the accuracy for so many images: {low:.4f} to {high:.4f}",
        "",
        f"{'class':{width}} precision recall     f1 images",
    ]
    lines += [
        f"{row['name']:{width}} {row['precision']:9.3f} {row['recall']:6.3f} {row['f1']:6.3f} "
        f"{row['support']:6d}"
        for row in rows
    ]
    if len(rows) <= 20:
        cells = max(4, *(len(str(count)) + 1 for row in result["confusion"] for count in row))
        lines += ["", "true class down, predicted class across:"]
        lines += ["".join(f"{count:{cells}d}" for count in row) for row in result["confusion"]]
    if given:
        said = [*given["notices"], *given["left_out"]]
        lines += ["", *said[:_SAID]]
        lines += [f"And {len(said) - _SAID:,} more files left out."] if len(said) > _SAID else []
    return "\n".join(lines).rstrip()
