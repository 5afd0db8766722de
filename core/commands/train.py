"""Train a recipe in the foreground, or go on with a run."""

import logging
import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import NoReturn

from core import recipe as recipes
from core.commands import beforehand, given_recipe, printed_lines
from core.messages import Problem, ThawError, sentence
from core.runs import compute_process, folder, launching, supervisor, torchrun
from core.runs.changes import Changes
from core.runs.folder import Run
from core.runs.status import ENDED, check_startable, running_runs

NAME, HELP = "train", "train a recipe, or go on with a run"


def add_arguments(parser: ArgumentParser) -> None:
    """What to train, and where its run folder goes."""
    parser.add_argument(
        "what", help="a recipe's JSON file, a run (id or folder), or - for a recipe on stdin"
    )
    parser.add_argument("--run-dir", type=Path, help="folder that the new run's folder goes in")
    parser.add_argument(
        "--dry-run", action="store_true",
        help="train nothing: tell time, memory and disk from a few real steps",
    )
    parser.add_argument(
        "--find-batch-size", action="store_true",
        help="train nothing: find the largest batch size that fits, up to the recipe's",
    )
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
    if args.dry_run or args.find_batch_size:
        return _measured(args)
    changes = Changes(batch_size=args.batch_size, parts=args.parts).fields
    if args.unfreeze and not args.resume:
        raise ThawError("training.unfreeze_without_resume")
    if changes and not args.resume:
        raise ThawError("training.batch_without_resume")
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    place = torchrun.place()
    if place.rank > 0:
        _follow(args, place, changes)
    chosen, is_new = _restarted(args, place) if place.restarts else _find(args)
    if is_new and args.resume:
        raise ThawError("training.nothing_to_resume")
    for field, value in changes.items():
        recipes.with_value(chosen.present_recipe(), field, value)
    if is_new and not args.json:
        printed_lines.say(f"run: {chosen.path}")
    if chosen.recipe().train.processes > 1 and not place.job:
        _refuse(chosen, is_new, args.resume)
        _start_all(chosen, args)
    if place.job and (chosen.launch() or {}).get("job") != place.job:
        _refuse(chosen, is_new, args.resume)
        launching.write_launch(chosen, os.getppid(), job=place.job)
    status = (chosen.state() or {}).get("status")
    if not place.restarts or not _has_ended(chosen):
        # Before torch is imported: its thread pools read the environment once.
        compute_process.set_up(chosen.recipe().train.threads)
        try:
            from core.training.worker import work

            going_on = args.resume or (place.restarts > 0 and status is not None)
            status = work(
                chosen, resume=going_on, unfreeze=args.unfreeze, changes=changes,
                say=printed_lines.keep_silent if args.json else printed_lines.say,
            )
        except KeyboardInterrupt:  # before the worker takes the signals itself
            if is_new and chosen.state() is None:
                launching.write_unlaunched(chosen, "It was interrupted (Ctrl-C).")
            raise
    if status in ("failed", "interrupted") and not place.is_last_try:
        sys.exit(1)  # torchrun starts all of them again, and the last try says how it ended
    return _result(chosen, status)


def _refuse(chosen: Run, is_new: bool, resume: bool) -> None:
    """Before `launch.json` says that this one works on the run, in place of another one."""
    if is_new:
        return
    if chosen in running_runs(chosen.path.parent):
        raise ThawError("runs.already_running", run=chosen.id)
    check_startable(chosen, resume=resume)


def _has_ended(run: Run) -> bool:
    """Whether the attempt that was launched, or one after it, has said its last word."""
    state, launch = run.state() or {}, run.launch() or {}
    return state.get("status") in ENDED and state.get("attempt", 0) >= launch.get("attempt", 0)


def _result(chosen: Run, status: str) -> dict:
    """How a run has ended."""
    state = chosen.state()
    if status == "stopped" and supervisor.discard_wanted(chosen):
        # With torchrun, which lives on for a moment, it would still count as running.
        (chosen.path / "launch.json").unlink(missing_ok=True)
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
        "exit_code": 0 if status in ("finished", "stopped", "discarded") else 1,
    }
    if status == "failed":
        problem = Problem(state["error"]["id"], state["error"]["values"])
        print(f"thaw train: {sentence(problem)}", file=sys.stderr)
    elif status == "finished":
        # A run of an experiment has tested its last epoch itself.
        result["test"] = state.get("test") or _held_out(chosen)
    return result


def _start_all(chosen: Run, args: Namespace) -> NoReturn:
    """Becomes the torchrun that starts a run's processes."""
    job = f"{chosen.id}_{chosen.next_attempt()}"
    options = [
        *(["--json"] if args.json else []), *(["--resume"] if args.resume else []),
        *(["--unfreeze", *args.unfreeze] if args.unfreeze else []),
        *([f"--batch-size={args.batch_size}"] if args.batch_size is not None else []),
        *([f"--parts={args.parts}"] if args.parts is not None else []),
    ]
    launching.write_launch(chosen, job=job)
    compute_process.set_up(chosen.recipe().train.threads)
    os.environ.update(torchrun.ENVIRONMENT)
    command = torchrun.command(
        chosen.recipe().train.processes, job, ["train", str(chosen.path), *options]
    )
    sys.stdout.flush()
    os.execv(command[0], command)


def _follow(args: Namespace, place: torchrun.Place, changes: dict) -> NoReturn:
    """Trains beside the first process, which reports, and ends this one."""
    begun = _begun(args, place) if place.restarts else None
    if begun and _has_ended(begun):  # the first one does not train either: nobody would come
        sys.exit((begun.state() or {}).get("status") == "failed")
    recipe = _new_recipe(args.what) or folder.find_run(args.what).recipe()
    compute_process.set_up(recipe.train.threads)
    from core.training.worker import follow

    status = follow(recipe.train.device, unfreeze=args.unfreeze, changes=changes)
    sys.exit(status not in ("finished", "stopped"))


def text(result: dict) -> str:
    """How it ended, or what was measured."""
    if "run" not in result:
        return beforehand.text(result)
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


def _measured(args: Namespace) -> dict:
    recipe = _new_recipe(args.what) or folder.find_run(args.what).present_recipe()
    return (beforehand.dry_run if args.dry_run else beforehand.find_batch_size)(recipe)


def _new_recipe(what: str) -> recipes.Recipe | None:
    """The recipe of a file or of standard input; None for anything else."""
    if what == "-":
        if torchrun.place().size > 1:
            raise ThawError("training.recipe_on_stdin")
        return recipes.from_json(sys.stdin.buffer.read())
    return given_recipe.of_file(what) if given_recipe.means_file(what) else None


def _find(args: Namespace) -> tuple[Run, bool]:
    """The run to train, and whether it was made just now."""
    recipe = _new_recipe(args.what)
    if recipe is None:
        return folder.find_run(args.what), False
    created = folder.create_run(recipe, root=args.run_dir)
    launching.write_launch(created)
    return created, True


def _restarted(args: Namespace, place: torchrun.Place) -> tuple[Run, bool]:
    """The run that torchrun's first start began with, a new one only if it never came so far."""
    begun = _begun(args, place)
    return (begun, False) if begun else _find(args)


def _begun(args: Namespace, place: torchrun.Place) -> Run | None:
    """The run that torchrun's first start began with; None if it never came so far."""
    if _new_recipe(args.what) is None:
        return folder.find_run(args.what)
    runs = folder.list_runs(args.run_dir)
    return next((run for run in runs if (run.launch() or {}).get("job") == place.job), None)


def _held_out(trained: Run) -> dict | None:
    """Metrics of the best checkpoint; None, with a line that says why, if it can't be judged."""
    from core.evaluation import kept_figures

    try:
        found = kept_figures.measure(trained, "best", "test")
    except ThawError as error:
        print(f"thaw train: {error}", file=sys.stderr)
        return None
    return {"accuracy": found.accuracy, "loss": found.loss, "samples": found.samples}
