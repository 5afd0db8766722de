"""A good learning rate for a recipe, from a range test over its real training."""

import logging
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path

from core import places
from core.commands import given_recipe
from core.messages import Problem, sentence
from core.runs import compute_process
from core.training import lr_finder_process

NAME, HELP = "lr", "a good learning rate for a recipe, by a range test"


def add_arguments(parser: ArgumentParser) -> None:
    """What to search for."""
    parser.add_argument(
        "what", help="a recipe's JSON file, a run (id or folder), or - for a recipe on stdin"
    )


def run(args: Namespace) -> dict:
    """The curve and what it suggests; nothing of the training is kept.

    Raises:
        ThawError: If there is no such recipe or run, or it can't train.
    """
    recipe = given_recipe.of_file_or_run(args.what)
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    # Before torch is imported: its thread pools read the environment once.
    compute_process.set_up(recipe.train.threads)
    from core.training.lr_finder import find

    with tempfile.TemporaryDirectory(prefix="lr_finder_", dir=places.cache_root()) as place:
        found = find(recipe, Path(place), lambda _phase: None)
    known = lr_finder_process.what_to_know(recipe)
    rest = Problem("lr.still_falling") if found.still_falling else None
    answer = found.as_json()
    return {
        "rate": found.rate,
        "why_not": sentence(found.why_not) if found.why_not else None,
        "notes": [sentence(one) for one in (known, rest) if one],
        "optimizer": recipe.optimizer.name,
        "freeze": recipe.freeze.preset,
        "groups": answer["groups"],
        "curve": answer["curve"],
        "exit_code": 0 if found.rate else 1,
    }


def text(result: dict) -> str:
    """The rate and what it holds for, or why there is none."""
    holds = (
        f"{result['optimizer']}, freeze preset {result['freeze']}; trains: "
        f"{', '.join(result['groups'])}"
    )
    first = f"{result['rate']:g}" if result["rate"] else result["why_not"]
    return "\n".join([first, holds, f"{len(result['curve'])} steps", *result["notes"]])
