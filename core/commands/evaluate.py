"""Held-out accuracy of a run's checkpoint."""

import dataclasses
from argparse import ArgumentParser, Namespace

from core.runs import folder

NAME, HELP = "evaluate", "held-out accuracy of a run's checkpoint"


def add_arguments(parser: ArgumentParser) -> None:
    """Which run, checkpoint and split."""
    parser.add_argument("run", help="id of a run, its beginning or end, or its folder")
    parser.add_argument("--checkpoint", default="best", help="best (default), last or an epoch")
    parser.add_argument("--split", choices=("test", "val"), default="test")


def run(args: Namespace) -> dict:
    """Accuracy, loss, precision, recall and F1 of each class, and the confusion matrix.

    Raises:
        ThawError: If there is no such run or checkpoint, or the data has changed.
    """
    found = folder.find_run(args.run)
    from core.evaluation.evaluate import evaluate

    result = evaluate(found, checkpoint=args.checkpoint, split=args.split)
    return {"run": found.id, "checkpoint": args.checkpoint, **dataclasses.asdict(result)}


def text(result: dict) -> str:
    """The metrics as a table, then the confusion matrix."""
    rows = result["per_class"]
    width = max([5, *(len(row["name"]) for row in rows)])
    lines = [
        f"{result['run']}, checkpoint {result['checkpoint']} (epoch {result['epoch']}), "
        f"{result['samples']} images of {result['split']}",
        f"accuracy {result['accuracy']:.4f}, loss {result['loss']:.4g}",
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
    return "\n".join(lines)
