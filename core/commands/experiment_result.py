"""An experiment's figures and verdicts as the command line gives them."""

from collections.abc import Sequence

from core.evaluation import experiment_verdict
from core.evaluation.curves import EpochPoint, RunCurve
from core.evaluation.experiment import (
    Figure,
    Outcome,
    PlanResult,
    outcomes_of,
    results_of,
    target_of,
)
from core.evaluation.experiment_verdict import Verdict
from core.messages import sentence
from core.messages.experiment import PLANS as WORDS
from core.runs.experiment import Experiment
from core.runs.folder import Run

ANSWERS = {"supported": "Supported here", "not_supported": "Not supported here",
           "undecided": "Not decided here"}
CLAIM = "A finished model trained further beats layers made anew"


def answer_of(experiment: Experiment) -> dict:
    """Everything that came out of an experiment, as one JSON object."""
    outcomes = outcomes_of(experiment)
    read: dict[str, list[EpochPoint]] = {}

    def points_of(run: Run) -> list[EpochPoint]:
        if run.id not in read:
            read[run.id] = RunCurve(run).points()
        return read[run.id]

    target = target_of([points_of(one.run) for one in outcomes if one.standing == "finished"])
    claim = experiment_verdict.on_claim(outcomes)
    return {
        "experiment": experiment.id,
        "name": experiment.name,
        "seeds": list(experiment.seeds),
        "epochs": experiment.spec.epochs or experiment.recipe.train.epochs,
        "target": target,
        "plans": [_plan(one) for one in results_of(outcomes, points_of, target)],
        "claim": claim and _verdict(claim),
        "others": [_verdict(one) for one in experiment_verdict.on_others(outcomes)],
        "freezing": [_verdict(one) for one in experiment_verdict.on_freezing(outcomes)],
        "exit_code": int(any(one.standing == "failed" for one in outcomes)),
    }


def table_lines(answer: dict) -> list[str]:
    """The table and the verdicts as text."""
    reached = f"steps to {100 * answer['target']:.0f} %" if answer["target"] is not None else ""
    lines = [f"{'plan':14} {'trainable':>12} {'held out, last epoch':>22} {'best val acc':>16} "
             f"{'seconds':>14} {'peak MB':>8} {'runs':>6}  {reached}"]
    for row in answer["plans"]:
        peak = f"{row['peak_bytes'] / 1e6:,.0f}" if row["peak_bytes"] else "-"
        trainable = f"{row['trainable']:,}" if row["trainable"] else "-"
        lines.append(
            f"{WORDS[row['plan']]:14} {trainable:>12} {_percent(row['accuracy']):>22} "
            f"{_percent(row['val_accuracy']):>16} {_plain(row['seconds'], 1):>14} {peak:>8} "
            f"{row['finished']:>2} of {len(row['runs'])}  {_plain(row['steps_to_target'], 0)}"
        )
    if answer["claim"]:
        lines += ["", f"{CLAIM}: {ANSWERS[answer['claim']['answer']].lower()}.",
                  *_said(answer["claim"])]
    for title, verdicts in (("Other plans against layers made anew:", answer["others"]),
                            ("Unfrozen against frozen:", answer["freezing"])):
        if verdicts:
            lines += ["", title]
        lines += [line for one in verdicts for line in _said(one)]
    return lines


def _said(verdict: dict) -> list[str]:
    return [text for text in (verdict["sentence"], verdict["left_out"]) if text]


def _percent(found: dict | None) -> str:
    if found is None:
        return "-"
    spread = "" if found["spread"] is None else f" ± {100 * found['spread']:.2f}"
    return f"{100 * found['mean']:.2f}{spread} %"


def _plain(found: dict | None, digits: int) -> str:
    if found is None:
        return "-"
    spread = "" if found["spread"] is None else f" ± {found['spread']:.{digits}f}"
    return f"{found['mean']:.{digits}f}{spread}"


def _plan(result: PlanResult) -> dict:
    return {
        "plan": result.plan,
        "trainable": result.trainable,
        "finished": result.finished,
        "accuracy": _figure(result.accuracy),
        "val_accuracy": _figure(result.val_accuracy),
        "seconds": _figure(result.seconds),
        "steps_to_target": _figure(result.steps_to_target),
        "peak_bytes": result.peak_bytes,
        "runs": _runs(result.outcomes),
    }


def _runs(outcomes: Sequence[Outcome]) -> list[dict]:
    return [
        {"seed": one.seed, "run": one.run and one.run.id, "status": one.standing,
         "accuracy": one.accuracy, "val_accuracy": one.val_accuracy, "seconds": one.seconds}
        for one in outcomes
    ]


def _figure(found: Figure | None) -> dict | None:
    return found and vars(found)


def _verdict(found: Verdict) -> dict:
    return {
        "first": found.first,
        "second": found.second,
        "answer": found.answer,
        "sentence": sentence(found.reason),
        "left_out": found.left_out and sentence(found.left_out),
        "differences": [difference for _, difference in found.differences],
        "interval": found.interval and list(found.interval),
    }
