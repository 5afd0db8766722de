"""The recipe that a command's argument means."""

import sys
from pathlib import Path

from core import recipe as recipes
from core.recipe import Recipe
from core.runs import folder


def means_file(what: str) -> bool:
    """Whether an argument means a recipe's file, though there may be none, and not a run."""
    path = Path(what)
    return what == "-" or path.is_file() or (path.suffix == ".json" and not path.is_dir())


def of_file(what: str) -> Recipe:
    """The recipe of a JSON file, or of standard input for `-`.

    Raises:
        ThawError: If there is none.
    """
    if what == "-":
        return recipes.from_json(sys.stdin.buffer.read())
    return recipes.load(Path(what))


def of_file_or_run(what: str) -> Recipe:
    """The recipe of a file, of standard input, or of a run by its id or folder.

    Raises:
        ThawError: If there is no such recipe or run.
    """
    if means_file(what):
        return of_file(what)
    return folder.find_run(what).recipe()
