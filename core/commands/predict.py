"""Classes of own images by a run's checkpoint."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from core.messages import ThawError, sentence
from core.runs import folder

NAME, HELP = "predict", "classes of own images by a run's checkpoint"


def add_arguments(parser: ArgumentParser) -> None:
    """Which run and images."""
    parser.add_argument("run", help="id of a run, its beginning or end, or its folder")
    parser.add_argument("images", nargs="+", type=Path, help="picture files")
    parser.add_argument("--checkpoint", default="best", help="best (default), last or an epoch")
    parser.add_argument(
        "--top", type=int, default=5, metavar="N",
        help="how many classes of each, at most all; default: 5",
    )
    parser.add_argument(
        "--invert", action="store_true", help="dark ink on light paper; digits tell it themselves"
    )
    parser.add_argument("-o", "--output", type=Path, help="write the answers to this CSV file")


def run(args: Namespace) -> dict:
    """The likeliest classes of each image, with probabilities.

    Raises:
        ThawError: If there is no such run or checkpoint, no class is asked for, or the file can't
            be written.
    """
    if args.top < 1:
        raise ThawError("runs.no_top", given=args.top)
    found = folder.find_run(args.run)
    from core.evaluation.predict import as_csv, predict

    predictions = predict(found, args.images, args.checkpoint, top=args.top, invert=args.invert)
    if args.output:
        try:
            args.output.write_text(as_csv(predictions), encoding="utf-8", newline="")
        except OSError as error:
            raise ThawError(
                "runs.report_unwritable", path=str(args.output), why=error.strerror
            ) from None
    unread = sum(prediction.problem is not None for prediction in predictions)
    return {
        "run": found.id,
        "checkpoint": args.checkpoint,
        "predictions": [
            {
                "image": str(path),
                "classes": list(prediction.classes),
                "probabilities": list(prediction.probabilities),
                "problem": sentence(prediction.problem) if prediction.problem else None,
            }
            for path, prediction in zip(args.images, predictions, strict=True)
        ],
        "exit_code": 2 if unread == len(predictions) else 0,
    }


def text(result: dict) -> str:
    """A line an image."""
    lines = []
    for row in result["predictions"]:
        found = zip(row["classes"], row["probabilities"], strict=True)
        words = ", ".join(f"{name} {probability:.3f}" for name, probability in found)
        lines.append(f"{row['image']}: {row['problem'] or words}")
    return "\n".join(lines)
