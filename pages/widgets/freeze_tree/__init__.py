"""The stages as a strip and all layers as a tree, each with a checkbox of three states.

The browser answers a click by itself and sends it on, numbered, in the list of all clicks since
the data it was given. So `data` is the same from one click to the next (Streamlit then sends a
hash in its place), and clicks that are faster than a rerun are all in the list.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core.models import freezing
from core.models.freeze_names import joined
from core.recipe import FreezePlan
from pages.state import person
from pages.widgets import palette

if TYPE_CHECKING:
    from core.models.summary import Summary

KEY = "layers.tree"
_FOLDER = Path(__file__).parent
_SCRIPTS = ("words.js", "layers.js", "strip.js", "tree.js", "mount.js")  # as one, in this order
_mount = st.components.v2.component(
    "thaw_freeze_tree",
    html='<div class="thaw-layers"></div>',
    css=(_FOLDER / "tree.css").read_text(encoding="utf-8"),
    js="\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in _SCRIPTS),
)


@dataclass(frozen=True)
class _Shown:
    """What the browser has.

    Attributes:
        structure: Which model.
        revision: Another one with each plan that did not come from clicks.
        base: The plan that was sent.
        base_taken: Number of the last click that is part of `base`.
        plan: The base with the clicks since then.
        taken: Number of the last click that is part of `plan`.
    """

    structure: str
    revision: str
    base: FreezePlan
    base_taken: int
    plan: FreezePlan
    taken: int


def edit(summary: Summary, plan: FreezePlan, head: Sequence[str]) -> FreezePlan:
    """Draws the strip and the tree; returns the plan with the clicks that are new.

    Args:
        head: Names of the last layers.
    """
    shown = _shown(f"{summary.model} {summary.weights} {summary.num_classes}", plan)
    result = _mount(
        key=KEY, data=_data(summary, shown, head), on_clicks_change=lambda: None
    )
    names = {row.name for row in summary.rows}
    taken = shown.taken
    for number, name, value in _clicks(result.clicks, shown.structure):
        if number > shown.taken and name in names:
            plan = freezing.set_trains(plan, summary.rows, head, name, value)
            taken = max(taken, number)
    person.remember(KEY, replace(shown, plan=plan, taken=taken))
    return plan


def _shown(structure: str, plan: FreezePlan) -> _Shown:
    """What the browser has, anew where model or plan were changed by something else."""
    before = person.choice(KEY)
    if before and before.structure == structure and before.plan == plan:
        return before
    taken = before.taken if before else 0
    return _Shown(structure, secrets.token_hex(6), plan, taken, plan, taken)


def _clicks(sent: object, structure: str) -> Iterator[tuple[int, str, bool]]:
    """The clicks on this model in their order, as (number, module, trains)."""
    if not isinstance(sent, Mapping) or sent.get("structure") != structure:
        return
    for click in sent.get("list", ()):
        match click:
            case [int(number), str(name), bool(value)]:
                yield number, name, value


def _data(summary: Summary, shown: _Shown, head: Sequence[str]) -> dict[str, object]:
    states = freezing.tree_states(summary.rows, shown.base, head)
    ruled = freezing.ruling(shown.base, summary.rows, head)
    rows = [row for row in summary.rows if row.name in states]
    return {
        "structure": shown.structure,
        "revision": shown.revision,
        "taken": shown.base_taken,
        "rows": [
            [row.name, row.type, row.params, " × ".join(map(str, row.output))] for row in rows
        ],
        "on": "".join(
            str(int(any(ruled.trains(joined(row.name, own)) for own, _ in row.own)))
            for row in rows
        ),
        "stages": freezing.stages(summary.rows),
        "head": list(head),
        "colors": {
            "ice": palette.FROZEN.here(),
            "warm": palette.TRAINABLE.here(),
            "accent": palette.ACCENT.here(),
            "muted": palette.MUTED.here(),
            "line": palette.LINE.here(),
            "text": palette.TEXT.here(),
            "ground": palette.GROUND.here(),
        },
    }
