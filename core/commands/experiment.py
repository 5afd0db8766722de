"""One recipe under several freeze plans, over several seeds; the table and the verdict."""

from argparse import ArgumentParser, Namespace

from core.commands import begun_before, given_recipe, wait_for_runs
from core.commands.experiment_result import answer_of, table_lines
from core.messages import ThawError
from core.runs import experiment
from core.runs.experiment import Experiment
from core.runs.experiment_spec import PLANS, ExperimentSpec, parse
from core.runs.status import RunStatus, status

NAME, HELP = "experiment", "one recipe under several freeze plans, over several seeds"


def add_arguments(parser: ArgumentParser) -> None:
    """Which recipe or experiment, which plans, how many seeds, and whether to wait."""
    parser.add_argument(
        "what", nargs="?", help="a recipe's JSON file, - for a recipe on stdin, or the id of an "
        "experiment that was begun before; without it all experiments are listed",
    )
    parser.add_argument("--name", default="", help="what to call it")
    parser.add_argument("--plans", nargs="+", choices=PLANS, metavar="PLAN",
                        help=f"at least two of {', '.join(PLANS)}; default: the first four")
    parser.add_argument("--seeds", help="1 to 10, from the recipe's seed on; fewer "
                        "than 3 decide nothing (default: 3)")
    parser.add_argument("--epochs", help="of each run (default: the recipe's)")
    parser.add_argument("--rate", nargs="+", action="extend", default=[], metavar="PLAN=RATE",
                        help="an own learning rate of a plan, such as linear_probe=0.01")
    parser.add_argument("--queue", action="store_true", help="return as soon as they are queued; "
                        "the runs go on without this command in any case")
    parser.add_argument("--missing", action="store_true",
                        help="of an experiment: queue what is missing, failed or stopped; it goes "
                        "on from its newest checkpoint, where it has one")
    parser.add_argument("--delete", action="store_true", help="of an experiment: delete all runs")


def run(args: Namespace) -> dict:
    """Queues the runs and waits until all have ended, or looks at an experiment.

    Raises:
        ThawError: If the recipe, the experiment or an option can't be used.
    """
    new = args.what is not None and given_recipe.means_file(args.what)
    of_new = ("name", "plans", "seeds", "epochs", "rate", "queue")
    begun_before.check(args, "experiment", new, of_new=of_new, of_old=("missing", "delete"))
    if args.what is None:
        return {"experiments": [_row(one) for one in experiment.list_all()]}
    if new:
        found = experiment.begin(_spec(args), given_recipe.of_file(args.what))
    else:
        found = experiment.find(args.what)
        if args.delete:
            experiment.delete(found)
            return {"deleted": found.id}
        if args.missing:
            experiment.queue_missing(found)
    if (new or args.missing) and not args.queue:
        wait_for_runs.wait(
            lambda: [one.run for one in experiment.find(found.id).members], _figure,
            quiet=args.json,
        )
    return answer_of(experiment.find(found.id))


def text(result: dict) -> str:
    """The table and the verdict; or the list."""
    if "deleted" in result:
        return f"{result['deleted']}: deleted"
    if "experiments" in result:
        rows = [f"{row['experiment']}  {row['finished']} of {row['planned']} finished  "
                f"{row['name']}" for row in result["experiments"]]
        return "\n".join(rows) or "no experiments"
    return "\n".join(table_lines(result))


def _row(one: Experiment) -> dict:
    planned = one.planned()
    ended = sum(
        run is not None and status(run).status == "finished"
        for run in (one.run_of(each.plan, each.seed) for each in planned)
    )
    return {"experiment": one.id, "name": one.name, "planned": len(planned), "finished": ended}


def _spec(args: Namespace) -> ExperimentSpec:
    rates = {}
    for given in args.rate:
        plan, sign, rate = given.partition("=")
        if plan not in PLANS or not sign:
            raise ThawError("experiment.bad_rate", given=given)
        rates[plan] = rate
    return parse({
        "name": args.name, "plans": args.plans or list(PLANS[:4]),
        "seeds": 3 if args.seeds is None else args.seeds, "epochs": args.epochs, "rates": rates,
    })


def _figure(now: RunStatus) -> str:
    test = now.state.get("test")
    return f", held out {test['accuracy']:.4f}" if test else ""
