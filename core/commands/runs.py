"""The table of runs."""

from argparse import ArgumentParser, Namespace

from core import places
from core.messages import ThawError, sentence
from core.runs import folder
from core.runs.folder import Run
from core.runs.status import status

NAME, HELP = "runs", "the table of runs"


def add_arguments(parser: ArgumentParser) -> None:
    """Nothing to choose."""


def run(args: Namespace) -> dict:
    """All runs, the newest first."""
    return {"root": str(places.runs_root()), "runs": [_row(found) for found in folder.list_runs()]}


def _row(found: Run) -> dict:
    now = status(found)
    try:
        recipe = found.recipe()
    except ThawError as error:  # of another version: it is shown, and can be deleted
        return {"run": found.id, "name": found.name, "status": now.status, "problem": str(error)}
    return {
        "run": found.id,
        "name": found.name,
        "note": found.meta().get("note", ""),
        "status": now.status,
        "model": recipe.model.name,
        "weights": recipe.model.weights,
        "freeze": recipe.freeze.preset,
        "data": recipe.data.name,
        "epoch": now.epoch,
        "epochs": now.epochs or recipe.train.epochs,
        "step": now.step,
        "seconds": now.seconds,
        "best": now.best,
        "path": str(found.path),
        "problem": sentence(now.problem) if now.problem else None,
    }


def text(result: dict) -> str:
    """A line a run."""
    if not result["runs"]:
        return f"no runs in {result['root']}"
    lines = [f"{'run':55} {'status':9} {'epoch':>9} {'val acc':>8} {'seconds':>8}  name"]
    for row in result["runs"]:
        best = f"{row['best']['val_accuracy']:.4f}" if row.get("best") else "-"
        epochs = f"{row.get('epoch', 0)}/{row.get('epochs', 0)}"
        lines.append(
            f"{row['run']:55} {row['status']:9} {epochs:>9} {best:>8} "
            f"{row.get('seconds', 0.0):8.1f}  {row['name']}"
        )
    return "\n".join(lines)
