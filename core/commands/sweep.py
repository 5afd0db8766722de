"""One recipe with every combination of some fields' values; the table and the best of it."""

from argparse import ArgumentParser, Namespace

from core.commands import begun_before, given_recipe, wait_for_runs
from core.commands.sweep_result import answer_of, plan_lines, plan_of, table_lines
from core.messages import ThawError
from core.runs import sweep, sweep_refusal, sweep_spec
from core.runs.status import RunStatus, status
from core.runs.sweep import Sweep
from core.runs.sweep_spec import SweepSpec

NAME, HELP = "sweep", "one recipe with every combination of some fields' values"


def add_arguments(parser: ArgumentParser) -> None:
    """Which recipe or sweep, what is varied, and whether to wait."""
    parser.add_argument(
        "what", nargs="?", help="a recipe's JSON file, - for a recipe on stdin, or the id of a "
        "sweep that was begun before; without it all sweeps are listed",
    )
    parser.add_argument(
        "--grid", action="append", default=[], metavar="FIELD=VALUES",
        help="a field of the recipe and its values: a list such as optimizer.lr=0.1,0.01 or a "
        "range such as “optimizer.lr=0.0001..0.1 log 4” or train.seed=0..2; up to three times",
    )
    parser.add_argument("--name", default="", help="what to call it")
    parser.add_argument("--dry-run", action="store_true", help="only say which runs that would be "
                        "and how long they take, as far as that is known; of a sweep: its missing "
                        "ones")
    parser.add_argument("--queue", action="store_true", help="return as soon as they are queued; "
                        "the runs go on without this command in any case")
    parser.add_argument("--missing", action="store_true",
                        help="of a sweep: queue what is missing, failed or stopped; it goes "
                        "on from its newest checkpoint, where it has one")
    parser.add_argument("--stop", action="store_true",
                        help="of a sweep: take out what waits and stop what runs")
    parser.add_argument("--delete", action="store_true", help="of a sweep: delete all runs")


def run(args: Namespace) -> dict:
    """Queues the runs and waits until all have ended, or looks at a sweep.

    Raises:
        ThawError: If the recipe, the sweep or an option can't be used.
    """
    new = args.what is not None and given_recipe.means_file(args.what)
    begun_before.check(
        args, "sweep", new, of_new=("grid", "name", "queue"), of_old=("missing", "stop", "delete")
    )
    if args.what is None:
        return {"sweeps": [_row(one) for one in sweep.list_all()]}
    if new:
        spec, recipe = _spec(args), given_recipe.of_file(args.what)
        planned = sweep_spec.plan(spec, recipe)
        sweep_refusal.refuse(spec, planned)
        if args.dry_run:
            return plan_of(spec, planned)
        if not args.json:
            print("\n".join(plan_lines(plan_of(spec, planned))), flush=True)
        found = sweep.begin(spec, recipe)
    else:
        found = sweep.find(args.what)
        if args.dry_run:
            return plan_of(found.spec, sweep.missing(found))
        if args.delete:
            sweep.delete(found)
            return {"deleted": found.id}
        if args.stop:
            sweep.stop(found)
        elif args.missing:
            sweep.queue_missing(found)
    if (new or args.missing) and not args.queue and not args.stop:
        wait_for_runs.wait(
            lambda: [one.run for one in sweep.find(found.id).members], _figure, quiet=args.json
        )
    return answer_of(sweep.find(found.id))


def text(result: dict) -> str:
    """The table and the best cell; or the plan, or the list."""
    if "deleted" in result:
        return f"{result['deleted']}: deleted"
    if "sweeps" in result:
        rows = [f"{row['sweep']}  {row['finished']} of {row['planned']} finished  {row['name']}"
                for row in result["sweeps"]]
        return "\n".join(rows) or "no sweeps"
    return "\n".join(plan_lines(result) if "planned" in result else table_lines(result))


def _row(one: Sweep) -> dict:
    runs = [one.run_of(cell) for cell in one.spec.cells()]
    ended = sum(run is not None and status(run).status == "finished" for run in runs)
    return {"sweep": one.id, "name": one.name, "planned": len(runs), "finished": ended}


def _spec(args: Namespace) -> SweepSpec:
    if not args.grid:
        raise ThawError("sweep.no_grid")
    axes = []
    for given in args.grid:
        field, sign, values = given.partition("=")
        if not sign:
            raise ThawError("sweep.bad_grid", given=given)
        axes.append(sweep_spec.axis_of(field.strip(), values))
    return sweep_spec.parse({"name": args.name, "axes": axes})


def _figure(now: RunStatus) -> str:
    return f", validation {now.best['val_accuracy']:.4f}" if now.best else ""
