"""The catalogue: models, weights, sizes, accuracies."""

import difflib
from argparse import ArgumentParser, Namespace

from core.messages import Problem, sentence
from core.models.catalogue import CATALOGUE, OTHERS, TASKS, ModelEntry
from core.models.weights_file import available_offline

NAME, HELP = "models", "the catalogue: models, weights, sizes, accuracies"


def add_arguments(parser: ArgumentParser) -> None:
    """Which models."""
    parser.add_argument("--task", default="classification", choices=TASKS,
                        help="default: classification, the only one that can be trained")
    parser.add_argument("--search", default="", help="part of a name or family")


def run(args: Namespace) -> dict:
    """Every model with its weights entries, and why there is none."""
    wanted = args.search.strip().lower()
    found = [entry for entry in _named(wanted) if entry.task == args.task]
    return {
        **({} if found else {"notice": sentence(_nothing(wanted, args.task))}),
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
            for entry in found
        ],
    }


def _named(wanted: str) -> list[ModelEntry]:
    return [
        entry for entry in CATALOGUE + OTHERS if wanted in entry.name or wanted in entry.family
    ]


def _nothing(wanted: str, task: str) -> Problem:
    """Why a search found nothing for a task, and what would find something."""
    values = {"search": wanted, "task": task}
    if elsewhere := sorted({entry.task for entry in _named(wanted)}):
        return Problem("models.found_elsewhere", {**values, "elsewhere": " or ".join(elsewhere)})
    names = [entry.name for entry in CATALOGUE + OTHERS if entry.task == task]
    if near := difflib.get_close_matches(wanted, names, n=3, cutoff=0.5):
        return Problem("models.none_found_near", {**values, "near": ", ".join(near)})
    return Problem("models.none_found", values)


def text(result: dict) -> str:
    """A line a weights entry; or why there is none."""
    if "notice" in result:
        return result["notice"]
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
