"""Train a recipe in the foreground, or go on with a run."""

import logging
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from core import recipe as recipes
from core.messages import Problem, ThawError, sentence
from core.runs import folder, supervisor
from core.runs.folder import Run

NAME, HELP = "train", "train a recipe, or go on with a run"


def add_arguments(parser: ArgumentParser) -> None:
    """What to train, and where its run folder goes."""
    parser.add_argument(
        "what", help="a recipe's JSON file, a run (id or folder), or - for a recipe on stdin"
    )
    parser.add_argument("--run-dir", type=Path, help="folder that the new run's folder goes in")
    parser.add_argument("--resume", action="store_true", help="go on from the newest checkpoint")
    parser.add_argument(
        "--unfreeze", nargs="+", action="extend", default=[], metavar="STAGE",
        help="with --resume: stages that train from there on, such as layer3 layer4",
    )
    parser.add_argument(
        "--batch-size", type=int, metavar="N", help="with --resume: batches of N from there on"
    )
    parser.add_argument(
        "--parts", type=int, metavar="N",
        help="with --resume: each batch is computed in N parts from there on, in less memory",
    )


def run(args: Namespace) -> dict:
    """Trains to the end; prints a line an epoch unless `--json` asks for one object at the end.

    Raises:
        ThawError: If the recipe or the run can't be used.
    """
    chosen, is_new = _find(args)
    if is_new and args.resume:
        raise ThawError("training.nothing_to_resume")
    if args.unfreeze and not args.resume:
        raise ThawError("training.unfreeze_without_resume")
    changes = supervisor.batch_changes(args.batch_size, args.parts)
    if changes and not args.resume:
        raise ThawError("training.batch_without_resume")
    for field, value in changes.items():
        recipes.with_value(chosen.present_recipe(), field, value)
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    if is_new and not args.json:
        print(f"run: {chosen.path}", flush=True)
    # Before torch is imported: its thread pools read the environment once.
    supervisor.limit_threads(chosen.recipe().train.threads)
    from core.training.worker import work

    say = _silent if args.json else _print_now
    status = work(
        chosen, resume=args.resume, unfreeze=args.unfreeze, changes=changes, say=say
    )
    state = chosen.state()
    if status == "stopped" and supervisor.discard_wanted(chosen):
        folder.delete_run(chosen)
        status = "discarded"
    result = {
        "run": chosen.id,
        "path": str(chosen.path),
        "status": status,
        "epoch": state.get("epoch"),
        "step": state.get("step"),
        "best": state.get("best"),
        "test": None,
        "error": state.get("error"),
        "exit_code": 1 if status == "failed" else 0,
    }
    if status == "failed":
        problem = Problem(state["error"]["id"], state["error"]["values"])
        print(f"thaw train: {sentence(problem)}", file=sys.stderr)
    elif status == "finished":
        # A run of an experiment has tested its last epoch itself.
        result["test"] = state.get("test") or _held_out(chosen)
    return result


def text(result: dict) -> str:
    """How it ended."""
    best = result["best"]
    lines = []
    if best:
        lines.append(
            f"Best: epoch {best['epoch']}, validation loss {best['val_loss']:.4g}, "
            f"accuracy {best['val_accuracy']:.4f}"
        )
    if result["test"]:
        test = result["test"]
        lines.append(f"Held out: accuracy {test['accuracy']:.4f} on {test['samples']} images")
    return "\n".join([*lines, result["status"]])


def _find(args: Namespace) -> tuple[Run, bool]:
    """The run to train, and whether it was made just now."""
    if args.what == "-":
        recipe = recipes.from_json(sys.stdin.buffer.read())
    elif Path(args.what).is_file():
        recipe = recipes.load(Path(args.what))
    else:
        return folder.find_run(args.what), False
    created = folder.create_run(recipe, root=args.run_dir)
    supervisor.write_launch(created)
    return created, True


def _held_out(trained: Run) -> dict | None:
    """Metrics of the best checkpoint; None, with a line that says why, if it can't be judged."""
    from core.evaluation.evaluate import evaluate

    try:
        found = evaluate(trained, checkpoint="best", split="test")
    except ThawError as error:
        print(f"thaw train: {error}", file=sys.stderr)
        return None
    return {"accuracy": found.accuracy, "loss": found.loss, "samples": found.samples}


def _print_now(line: str) -> None:
    print(line, flush=True)


def _silent(line: str) -> None:
    pass
