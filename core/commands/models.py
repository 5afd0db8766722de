"""The catalogue: models, weights, sizes, accuracies."""

from argparse import ArgumentParser, Namespace

from core.models.catalogue import CATALOGUE, OTHERS, TASKS
from core.models.weights_file import available_offline

NAME, HELP = "models", "the catalogue: models, weights, sizes, accuracies"


def add_arguments(parser: ArgumentParser) -> None:
    """Which models."""
    parser.add_argument("--task", default="classification", choices=TASKS,
                        help="default: classification, the only one that can be trained")
    parser.add_argument("--search", default="", help="part of a name or family")


def run(args: Namespace) -> dict:
    """Every model with its weights entries."""
    wanted = args.search.lower()
    return {
        "models": [
            {
                "name": entry.name,
                "task": entry.task,
                "family": entry.family,
                "params": entry.params,
                "gmacs": entry.gmacs,
                "input": entry.input_size,
                "default": entry.default_weights,
                "licence": next((w.licence for w in entry.weights if w.licence), ""),
                "weights": [
                    {
                        "name": weights.name,
                        "accuracy": weights.acc1,
                        "accuracy5": weights.acc5,
                        "size_mb": weights.file_mb,
                        "input": weights.crop_size,
                        "params": weights.params,
                        "gmacs": weights.gmacs,
                        "licence": weights.licence,
                        "offline": available_offline(entry.name, weights.name),
                    }
                    for weights in entry.weights
                ],
            }
            for entry in CATALOGUE + OTHERS
            if entry.task == args.task and (wanted in entry.name or wanted in entry.family)
        ]
    }


def text(result: dict) -> str:
    """A line a weights entry."""
    width = max([22] + [len(model["name"]) for model in result["models"]])
    lines = [f"{'model':{width}} {'weights':26} {'acc@1':>6} "
             f"{'params':>12} {'GMACs':>8} {'MB':>7} here"]
    for model in result["models"]:
        for weights in model["weights"]:
            accuracy = "-" if weights["accuracy"] is None else f"{weights['accuracy']:.2f}"
            lines.append(
                f"{model['name']:{width}} {weights['name']:26} {accuracy:>6} "
                f"{weights['params']:12,} {weights['gmacs']:8.3f} {weights['size_mb']:7.1f} "
                f"{'yes' if weights['offline'] else ''}"
            )
    return "\n".join(lines)
