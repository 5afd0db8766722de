"""The recipe that a command's argument means."""

import sys
from pathlib import Path

from core import recipe as recipes
from core.recipe import Recipe
from core.runs import folder


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
    if what == "-" or Path(what).is_file():
        return of_file(what)
    return folder.find_run(what).recipe()
