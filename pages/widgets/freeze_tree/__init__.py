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
from core.models.freeze_names import is_pattern, joined, known_names, matching
from core.recipe import LINEAR_HEAD, FreezePlan
from pages.state import person
from pages.widgets import palette, row_tree
from pages.widgets.layers import unknown_names

if TYPE_CHECKING:
    from core.models.summary import Summary

KEY = "layers.tree"
_LONGEST = 200  # characters of a pattern
_FOLDER = Path(__file__).parent
_SCRIPTS = (  # as one, in this order
    "words.js", "layers.js", "found.js", "strip.js", "tree.js", "mount.js",
)
_mount = st.components.v2.component(
    "thaw_freeze_tree",
    html='<div class="thaw-layers"></div>',
    css=(_FOLDER / "tree.css").read_text(encoding="utf-8"),
    js="\n".join(
        [row_tree.SCRIPT, *((_FOLDER / name).read_text(encoding="utf-8") for name in _SCRIPTS)]
    ),
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
    unknown_names.show(plan, summary.rows, head)
    shown = _shown(_structure(summary), plan)
    result = _mount(
        key=KEY, data=_data(summary, shown, head), on_clicks_change=lambda: None
    )
    names = known_names(summary.rows)
    taken = shown.taken
    for number, name, value in _clicks(result.clicks, shown.structure):
        if number > shown.taken and (name in names or _matches(name, summary)):
            plan = freezing.set_trains(plan, summary.rows, head, name, value)
            taken = max(taken, number)
    person.remember(KEY, replace(shown, plan=plan, taken=taken))
    return plan


def _structure(summary: Summary) -> str:
    """What tells the rows of one model from those of another."""
    found = f"{summary.model} {summary.weights} {summary.num_classes}"
    if summary.new_head == LINEAR_HEAD:
        return found
    return f"{found} {summary.new_head.model_dump_json()}"


def _shown(structure: str, plan: FreezePlan) -> _Shown:
    """What the browser has, anew where model or plan were changed by something else."""
    before = person.choice(KEY)
    if before and before.structure == structure and before.plan == plan:
        return before
    taken = before.taken if before else 0
    return _Shown(structure, secrets.token_hex(6), plan, taken, plan, taken)


def _clicks(sent: object, structure: str) -> Iterator[tuple[int, str, bool]]:
    """The clicks on this model in their order, as (number, name or pattern, trains)."""
    if not isinstance(sent, Mapping) or sent.get("structure") != structure:
        return
    for click in sent.get("list", ()):
        match click:
            case [int(number), str(name), bool(value)]:
                yield number, name, value


def _matches(name: str, summary: Summary) -> bool:
    return is_pattern(name) and len(name) <= _LONGEST and bool(matching(name, summary.rows))


def _rows(summary: Summary) -> Iterator[tuple[list[object], tuple[str, ...]]]:
    """What the browser shows of each module and parameter, and which parameters it decides.

    A parameter is a row of its own where its module has several, or modules in it.
    """
    holders = {row.name.rpartition(".")[0] for row in summary.rows if row.name}
    known = known_names(summary.rows)
    for row in summary.rows:
        if row.name not in known:
            continue
        output = " × ".join(map(str, row.output))
        names = tuple(joined(row.name, own) for own, _ in row.own)
        if len(names) == 1 and row.name not in holders:
            yield [row.name, row.type, row.params, output, row.own[0][0]], names
            continue
        yield [row.name, row.type, 0, output, ""], ()
        for (_, size), name in zip(row.own, names, strict=True):
            yield [name, "", size, "", ""], (name,)


def _data(summary: Summary, shown: _Shown, head: Sequence[str]) -> dict[str, object]:
    rows = list(_rows(summary))
    ruled = freezing.ruling(shown.base, summary.rows, head)
    return {
        "structure": shown.structure,
        "revision": shown.revision,
        "taken": shown.base_taken,
        "rows": [row for row, _ in rows],
        "on": "".join(str(int(any(map(ruled.trains, names)))) for _, names in rows),
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
