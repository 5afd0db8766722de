"""The error that `core` raises for everything a person can put right."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, or a notice that a person should read.

    Attributes:
        id: Key of the sentence, such as `"recipe.too_small"`.
        values: What the sentence names; only str, int, float, bool and None, so that it
            goes into JSON as it is.
        field: Dotted path of the recipe's field it belongs to, or "".
    """

    id: str
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)
    field: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As files and pipes hold it: `id` and `values`, without the field."""
        return {"id": self.id, "values": dict(self.values)}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """What `as_dict` gave.

        Raises:
            KeyError: If it was something else.
        """
        return cls(raw["id"], raw["values"])


class ThawError(Exception):
    """Bad input, or something missing that a person can bring; never a fault of the code.

    Args:
        id: Key of the sentence in `core.messages.ENGLISH`.
        **values: What the sentence names.
    """

    def __init__(self, id: str, **values: object) -> None:
        self.problem = Problem(id, values)
        super().__init__(id, values)

    def __str__(self) -> str:
        from core.messages.sentences import sentence

        return sentence(self.problem)
