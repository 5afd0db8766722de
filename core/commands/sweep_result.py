"""A sweep's plan, figures and best cell as the command line gives them."""

from collections.abc import Sequence

from core.evaluation import sweep_time
from core.evaluation.sweep import METRICS, CellOutcome, Place, best_of, outcomes_of, places_of
from core.evaluation.sweep_noise import noise
from core.messages import sentence
from core.runs import expected, folder, sweep_refusal
from core.runs.sweep import Sweep
from core.runs.sweep_fields import words
from core.runs.sweep_spec import Cell, Planned, SweepSpec

_RUNS = 60  # of the newest, looked at for how long they took


def plan_of(spec: SweepSpec, planned: Sequence[Planned]) -> dict:
    """What would be trained, and how long that takes, as one JSON object."""
    took = sweep_time.expected(
        [one.recipe for one in planned], sweep_time.known_from(folder.list_runs()[:_RUNS])
    )
    resets = dict.fromkeys(sentence(reset) for one in planned for reset in one.resets)
    return {
        "planned": len(planned),
        "fields": _fields(spec),
        "expected_seconds": took.seconds if took.known == took.runs else None,
        "expected_at_most": took.at_most,
        "downloads": sweep_refusal.to_download(planned),
        "resets": list(resets),
        "runs": [{"values": _values(spec, one.cell), "name": one.recipe.name} for one in planned],
    }


def plan_lines(plan: dict) -> list[str]:
    """The plan as text."""
    sizes = " × ".join(f"{one['title']} ({len(one['values'])})" for one in plan["fields"])
    seconds = plan["expected_seconds"]
    most = "at most " if plan["expected_at_most"] else ""
    lines = [
        f"{plan['planned']} runs: {sizes}",
        "how long that takes is not known: no run like each of them was made here"
        if seconds is None else f"one after another: {most}{expected.words(seconds)}",
    ]
    if plan["downloads"]:
        lines.append(f"to be downloaded: {', '.join(plan['downloads'])}")
    return [*lines, *plan["resets"]]


def answer_of(sweep: Sweep) -> dict:
    """Everything that came out of a sweep, as one JSON object."""
    outcomes = outcomes_of(sweep)
    places = places_of(sweep.spec, outcomes)
    best = best_of(places, "val_accuracy")
    said = noise(best, places, "val_accuracy") if best else None
    return {
        "sweep": sweep.id,
        "name": sweep.name,
        "fields": _fields(sweep.spec),
        "runs": [_run(sweep.spec, one) for one in outcomes],
        "best": best and _best(sweep.spec, best),
        "noise": said and sentence(said),
        "exit_code": int(any(one.standing == "failed" for one in outcomes)),
    }


def table_lines(answer: dict) -> list[str]:
    """The table and the best cell as text."""
    fields = answer["fields"]
    widths = [max(len(one["title"]), *(len(words(v)) for v in one["values"])) for one in fields]
    head = [one["title"].ljust(width) for one, width in zip(fields, widths, strict=True)]
    lines = ["  ".join([*head, f"{'val acc':>9}", f"{'val loss':>9}", f"{'held out':>9}",
                        f"{'seconds':>8}", "run"])]
    for row in answer["runs"]:
        cell = [words(row["values"][one["field"]]).ljust(width)
                for one, width in zip(fields, widths, strict=True)]
        lines.append("  ".join([
            *cell, _percent(row["val_accuracy"]), _number(row["val_loss"], 9, 4),
            _percent(row["accuracy"]), _number(row["seconds"], 8, 1),
            row["run"] if row["status"] == "finished" else row["status"],
        ]))
    if best := answer["best"]:
        cell = ", ".join(
            f"{one['title']} {words(best['values'][one['field']])}"
            for one in fields if one["field"] in best["values"]
        )
        accuracy = _percent(best["val_accuracy"]).strip()
        lines += ["", f"Best validation accuracy: {accuracy}, {cell}."]
    return [*lines, *([answer["noise"]] if answer["noise"] else [])]


def _fields(spec: SweepSpec) -> list[dict]:
    return [
        {"field": axis.field, "title": axis.title, "values": list(axis.values)}
        for axis in spec.axes
    ]


def _values(spec: SweepSpec, cell: Cell) -> dict:
    return dict(zip(spec.fields, cell, strict=True))


def _run(spec: SweepSpec, one: CellOutcome) -> dict:
    ended = one.standing == "finished"
    return {
        "values": _values(spec, one.cell), "run": one.run and one.run.id, "status": one.standing,
        **{metric: getattr(one, metric) if ended else None for metric in METRICS},
    }


def _best(spec: SweepSpec, best: Place) -> dict:
    """Figures are means over the seeds where these are varied."""
    cells = [one.cell for one in best.outcomes]
    same = [field for at, field in enumerate(spec.fields) if len({c[at] for c in cells}) == 1]
    values = _values(spec, cells[0])
    figures = {metric: best.figure(metric) for metric in METRICS}
    return {
        "values": {field: values[field] for field in same},
        "runs": [one.run.id for one in best.outcomes if one.run],
        **{metric: found and found.mean for metric, found in figures.items()},
    }


def _percent(share: float | None) -> str:
    return f"{'-':>9}" if share is None else f"{100 * share:7.2f} %"


def _number(value: float | None, width: int, digits: int) -> str:
    return f"{'-':>{width}}" if value is None else f"{value:{width}.{digits}f}"
