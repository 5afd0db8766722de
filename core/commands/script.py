"""A recipe, or the one of a run, as a plain PyTorch script or notebook."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from core.commands import given_recipe
from core.messages import ThawError

NAME, HELP = "script", "a recipe or a run as a plain PyTorch script"


def add_arguments(parser: ArgumentParser) -> None:
    """What to write, and where to."""
    parser.add_argument(
        "what", help="a recipe's JSON file, a run (id or folder), or - for a recipe on stdin"
    )
    parser.add_argument("-o", "--output", type=Path, help="write it to this file")
    parser.add_argument(
        "--notebook", action="store_true",
        help="a Jupyter notebook; an output that ends in .ipynb says so too",
    )


def run(args: Namespace) -> dict:
    """The script's text.

    Raises:
        ThawError: If there is no such recipe or run, or the file can't be written.
    """
    recipe = given_recipe.of_file_or_run(args.what)
    from core.script import notebook_of, script_of

    script = script_of(recipe)
    notebook = args.notebook or bool(args.output and args.output.suffix == ".ipynb")
    text = notebook_of(script) if notebook else script.text
    if args.output:
        try:
            args.output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise ThawError(
                "runs.report_unwritable", path=str(args.output), why=error.strerror
            ) from None
    return {
        "kind": "notebook" if notebook else "script",
        "text": text,
        "sections": [
            {"page": one.page, "title": one.title, "text": one.text} for one in script.sections
        ],
        "written": str(args.output or ""),
    }


def text(result: dict) -> str:
    """The script, or where it was written."""
    if result["written"]:
        return f"written: {result['written']}"
    return result["text"].rstrip("\n")
