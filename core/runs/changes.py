"""What is changed of a run that goes on: stages that open, another batch size."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core import recipe as recipes
from core.recipe import Recipe

_OPTIONS = {"loader.batch_size": "--batch-size", "train.accumulate": "--parts"}


@dataclass(frozen=True)
class Changes:
    """Changes from the checkpoint on at which a run goes on; none by default.

    Attributes:
        unfreeze: Stages that train from there on.
        batch_size: In place of the one that it had.
        parts: In which a batch is computed (`train.accumulate`).
    """

    unfreeze: Sequence[str] = ()
    batch_size: int | None = None
    parts: int | None = None

    @property
    def fields(self) -> dict[str, int]:
        """The fields of a recipe that have new values."""
        given = {"loader.batch_size": self.batch_size, "train.accumulate": self.parts}
        return {field: value for field, value in given.items() if value is not None}

    def check(self, recipe: Recipe) -> None:
        """Refuses values that no recipe can have; whether a stage is there, the worker says.

        Raises:
            RecipeError: If there is no such batch size, or number of parts.
        """
        for field, value in self.fields.items():
            recipes.with_value(recipe, field, value)

    def options(self) -> list[str]:
        """As the train command takes them."""
        stages = ["--unfreeze", *self.unfreeze] if self.unfreeze else []
        return stages + [f"{_OPTIONS[field]}={value}" for field, value in self.fields.items()]

    def as_json(self) -> dict[str, Any]:
        """All of it, for `read`."""
        return {**asdict(self), "unfreeze": list(self.unfreeze)}


def read(raw: object) -> Changes:
    """What `as_json` gave; none where that is damaged."""
    try:
        changes = Changes(**raw)
        stages = tuple(map(str, changes.unfreeze))
        numbers = [one if one is None else int(one) for one in (changes.batch_size, changes.parts)]
    except (TypeError, ValueError):
        return Changes()
    return Changes(stages, *numbers)
