"""Runs that are compared, and the lines that they make: a line a run, or one for several seeds."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os.path import commonprefix

from core.evaluation import comparison, seeds
from core.evaluation.compare_lines import Recorded
from core.recipe import Recipe
from pages.widgets.runs import settings_words
from pages.widgets.runs.reading import SeenRun

_SEED = "train.seed"
_MOST_FIELDS, _LONGEST = 3, 70  # of what tells a line apart


@dataclass(frozen=True)
class Compared:
    """What a comparison is drawn from.

    Attributes:
        runs: By label, in the order of the table.
        recorded: What they recorded, by the same labels.
        members: Labels of the runs of each line, by the line's name.
        notes: What tells a line apart from the others, by its name; "" for nothing.
    """

    runs: Mapping[str, SeenRun]
    recorded: Mapping[str, Recorded]
    members: Mapping[str, Sequence[str]]
    notes: Mapping[str, str]

    @property
    def best_epochs(self) -> dict[str, int | None]:
        """By label; None before there is one."""
        return {label: seen.best.get("epoch") for label, seen in self.runs.items()}


def of(
    runs: Mapping[str, SeenRun], recorded: Mapping[str, Recorded], *, together: bool
) -> Compared:
    """The lines of these runs.

    Args:
        together: Whether runs that differ in their seed alone are one line.
    """
    members = _together(runs) if together else {label: [label] for label in runs}
    recipes = {
        name: runs[labels[0]].recipe for name, labels in members.items() if runs[labels[0]].recipe
    }
    notes = _notes(recipes, but=_SEED if together else "")
    return Compared(runs, recorded, members, {name: notes.get(name, "") for name in members})


def has_seeds(runs: Mapping[str, SeenRun]) -> bool:
    """Whether some of the runs are the same but for their seed."""
    return any(len(group) > 1 for group in seeds.groups(_recipes(runs)))


def _recipes(runs: Mapping[str, SeenRun]) -> dict[str, Recipe]:
    return {label: seen.recipe for label, seen in runs.items() if seen.recipe}


def _together(runs: Mapping[str, SeenRun]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    groups = {group[0]: group for group in seeds.groups(_recipes(runs))}
    inside = {label for group in groups.values() for label in group}
    for label in runs:  # a run whose recipe can't be read stands alone
        if label in groups or label not in inside:
            group = groups.get(label, [label])
            found[_name(group, set(found))] = group
    return found


def _name(group: Sequence[str], taken: set[str]) -> str:
    if len(group) == 1:
        return group[0]
    shared = re.sub(r"[\s·,_(#-]*(seed)?[\s·,_(#=-]*$", "", commonprefix(group), flags=re.I)
    name = f"{shared or group[0]} · {len(group)} seeds"
    return name if name not in taken else f"{group[0]} · {len(group)} seeds"


def _notes(recipes: Mapping[str, Recipe], but: str) -> dict[str, str]:
    """The settings of each line that are not the same in all, the first few.

    Args:
        but: A field that is left out.
    """
    if len(recipes) < 2:
        return {}
    fields = [field for field in comparison.differing(list(recipes.values())) if field != but]
    return {name: _note(comparison.settings(recipe), fields) for name, recipe in recipes.items()}


def _note(own: Mapping[str, object], fields: Sequence[str]) -> str:
    words = [
        settings_words.value(field, own[field]) if field == "freeze.preset"
        else f"{settings_words.label(field).lower()} {settings_words.value(field, own[field])}"
        for field in fields[:_MOST_FIELDS]
    ]
    text = " · ".join([*words, *["…"] * (len(fields) > _MOST_FIELDS)])
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
