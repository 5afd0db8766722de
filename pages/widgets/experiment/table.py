"""What each plan came to, as a table."""

import itertools
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.evaluation.experiment import Figure, Outcome, PlanResult, results_of, target_of
from pages.widgets import sizes
from pages.widgets.experiment import chart_data, words


def show(outcomes: Sequence[Outcome]) -> None:
    """Draws a row a plan."""
    ended = [one for one in outcomes if one.standing == "finished"]
    target = target_of([chart_data.points_of(one.run) for one in ended])
    results = results_of(outcomes, chart_data.points_of, target)
    st.subheader("Results", anchor=False)
    st.dataframe(
        frame(results), hide_index=True, key="experiment.table", height="content",
        column_config=_columns(target), placeholder="–",
    )
    st.caption(
        "Mean ± standard deviation over the seeds. Held-out accuracy is measured once, after the "
        "last epoch, on images that neither trained nor chose anything. Seconds are those of "
        "training and validation, without the start of the process; they move with what else the "
        "machine does. Memory is the most that a worker process took, PyTorch included; on a GPU "
        "what it allocated there."
    )


def frame(results: Sequence[PlanResult]) -> pd.DataFrame:
    """One row a plan; percentages, figures as text with their spread."""
    return pd.DataFrame(
        [
            {
                "plan": words.LABELS[one.plan],
                "trainable": one.trainable,
                "accuracy": _percent(one.accuracy),
                "each": _every(one.outcomes),
                "val": _percent(one.val_accuracy),
                "seconds": _figure(one.seconds, 1),
                "memory": sizes.of_bytes(one.peak_bytes) if one.peak_bytes else "–",
                "steps": _figure(one.steps_to_target, 0),
                "runs": f"{one.finished} of {len(one.outcomes)}",
            }
            for one in results
        ]
    )


def _columns(target: float | None) -> dict:
    text = st.column_config.TextColumn
    reached = f"Steps to {100 * target:.0f} %" if target is not None else "Steps to target"
    return {
        "plan": text("Plan", pinned=True, width=110),
        "trainable": st.column_config.NumberColumn(
            "Trainable", format="localized", width=85, help="Parameters that train.",
        ),
        "accuracy": text("Held-out accuracy", width=125),
        "each": text("Each seed, %", width=150),
        "val": text("Best val. accuracy", width=125),
        "seconds": text("Seconds", width=85),
        "memory": text("Peak memory", width=100),
        "steps": text(reached, width=100, help="Until the validation accuracy first reached what "
                      "every finished run reaches sooner or later."),
        "runs": text("Finished", width=75),
    }


def _every(outcomes: Sequence[Outcome]) -> str:
    """Seed by seed; those in a row that stand alike are counted: the column is narrow."""
    said: list[str] = []
    for word, alike in itertools.groupby(map(_each, outcomes)):
        count = len(list(alike))
        is_figure = word[0].isdigit() or word == "–"
        said += [word] * count if is_figure or count == 1 else [f"{count} {word}"]
    return ", ".join(said)


def _each(one: Outcome) -> str:
    if one.standing == "finished":
        return f"{100 * one.accuracy:.1f}" if one.accuracy is not None else "–"
    return words.STANDINGS[one.standing]


def _percent(found: Figure | None) -> str:
    if found is None:
        return "–"
    spread = "" if found.spread is None else f" ± {100 * found.spread:.1f}"
    return f"{100 * found.mean:.1f}{spread} %"


def _figure(found: Figure | None, digits: int) -> str:
    if found is None:
        return "–"
    spread = "" if found.spread is None else f" ± {found.spread:,.{digits}f}"
    return f"{found.mean:,.{digits}f}{spread}"
