"""Print a ready recipe, to train, change or hand on."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from core import ready_recipes
from core.messages import ThawError

NAME, HELP = "recipe", "print a ready recipe"


def add_arguments(parser: ArgumentParser) -> None:
    """The name of the recipe, and where it goes."""
    parser.add_argument("name", help=f"one of: {', '.join(ready_recipes.READY)}")
    parser.add_argument("-o", "--output", type=Path, help="write it to this file")


def run(args: Namespace) -> dict:
    """The recipe as a plain mapping.

    Raises:
        ThawError: If there is no such recipe or the file can't be written.
    """
    recipe = ready_recipes.find_ready(args.name)
    if args.output:
        try:
            args.output.write_text(recipe.to_json(), encoding="utf-8")
        except OSError as error:
            raise ThawError(
                "recipe.unwritable", path=str(args.output), why=error.strerror
            ) from None
    return {"recipe": recipe.model_dump(mode="json"), "written": str(args.output or "")}


def text(result: dict) -> str:
    """The recipe's JSON, or where it was written."""
    if result["written"]:
        return f"written: {result['written']}"
    return ready_recipes.as_json(result["recipe"])
