"""The table of runs."""

from argparse import ArgumentParser, Namespace

from core import places
from core.messages import ThawError, sentence
from core.recipe import Recipe
from core.runs import device_use, folder, queue
from core.runs.folder import Run
from core.runs.grouped import group_of
from core.runs.status import status

NAME, HELP = "runs", "the table of runs"


def add_arguments(parser: ArgumentParser) -> None:
    """Nothing to choose."""


def run(args: Namespace) -> dict:
    """All runs, the newest first."""
    return {"root": str(places.runs_root()), "runs": [_row(found) for found in folder.list_runs()]}


def _row(found: Run) -> dict:
    now = status(found)
    problem = sentence(now.problem) if now.problem else None
    recipe: Recipe | None = None
    try:
        recipe = found.recipe()
    except ThawError as error:  # of another version: it is shown, and can be deleted
        problem = str(error)
    return {
        "run": found.id,
        "name": found.name,
        "note": found.meta().get("note", ""),
        "status": now.status,
        "model": recipe and recipe.model.name,
        "weights": recipe and recipe.model.weights,
        "freeze": recipe and recipe.freeze.preset,
        "data": recipe and recipe.data.name,
        "epoch": now.epoch,
        "epochs": now.epochs or (recipe.train.epochs if recipe else 0),
        "step": now.step,
        "steps": now.steps,
        "seconds": now.seconds,
        "eta_seconds": now.eta_seconds,
        "best": now.best,
        "devices": list(device_use.slots_of(found)) if now.is_live else [],
        "place": queue.place_of(found) if now.status == "queued" else None,
        "group": group_of(found),
        "path": str(found.path),
        "problem": problem,
    }


def text(result: dict) -> str:
    """A line a run."""
    if not result["runs"]:
        return f"no runs in {result['root']}"
    width = max(len(row["run"]) for row in result["runs"])
    lines = [f"{'run':{width}} {'status':9} {'epoch':>9} {'val acc':>8} {'seconds':>8}  name"]
    for row in result["runs"]:
        best = f"{row['best']['val_accuracy']:.4f}" if row["best"] else "-"
        epochs = f"{row['epoch']}/{row['epochs']}"
        lines.append(
            f"{row['run']:{width}} {row['status']:9} {epochs:>9} {best:>8} "
            f"{row['seconds']:8.1f}  {row['name'] if row['name'] != row['run'] else ''}".rstrip()
        )
        if row["problem"]:
            lines.append(f"  {row['problem']}")
    return "\n".join(lines)
