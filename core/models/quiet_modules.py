"""Dropout between frozen layers: it sleeps with them, though it has nothing that could train."""

from collections.abc import Sequence

from core.models import freezing
from core.models.freeze_names import RowLike
from core.recipe import FreezePlan

# Without parameters, and yet not the same in train() and eval().
_RANDOM_TYPES = ("Dropout", "StochasticDepth")


def quiet_modules(
    rows: Sequence[RowLike], plan: FreezePlan, head: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """Dropout that stays in `eval()` as `train_mode` has it, and the frozen layer it goes with.

    Only what lies in no module that is frozen as a whole: the rest follows that one.

    Args:
        rows: All modules of the model in registration order, those without parameters too.
        head: Names of the last layers.
    """
    states = freezing.tree_states(rows, plan, head)
    children: dict[str, list[str]] = {}
    random: set[str] = set()
    for row in rows:
        if row.name:
            children.setdefault(row.name.rpartition(".")[0], []).append(row.name)
        if row.type.startswith(_RANDOM_TYPES):
            random |= set(freezing.lineage(row.name))
    found = []
    for parent, inside in children.items():
        if states.get(parent) in ("mixed", "on"):
            for place, name in enumerate(inside):
                nearest = inside[place:] + inside[:place][::-1]
                near = next((one for one in nearest if one in states), "")
                if name not in states and name in random and states.get(near) == "off":
                    found.append((name, near))
    return tuple(found)
