"""Frozen, validated values, and what is wrong with one as problems that have a sentence."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from core.messages import Problem, ThawError

# A name or a short line.
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class Spec(BaseModel):
    """A frozen part of a specification that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SpecError(ThawError):
    """A specification that can't be used.

    Attributes:
        problems: One for each field that is wrong.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems[0].id, **problems[0].values)
        self.problem = problems[0]
        self.problems = problems

    def __str__(self) -> str:
        from core.messages import sentence

        return " ".join(sentence(problem) for problem in self.problems)


def as_pydantic(problem: Problem) -> PydanticCustomError:
    """The problem as an error that a validator can raise."""
    # pydantic's template braces never meet user text: the sentence is made from the context.
    return PydanticCustomError("thaw", "{id}", problem.as_dict())


def problems_of(error: ValidationError, root: type[BaseModel]) -> tuple[Problem, ...]:
    """What pydantic found, with our ids and plain values.

    Args:
        root: The model that was validated; its fields' titles are used.
    """
    return tuple(_problem(detail, root) for detail in error.errors())


_BOUNDS = {
    "greater_than": ("recipe.not_above", "gt"),
    "greater_than_equal": ("recipe.too_small", "ge"),
    "less_than": ("recipe.not_below", "lt"),
    "less_than_equal": ("recipe.too_large", "le"),
}
_NOT_A_NUMBER = ("int_parsing", "int_type", "int_from_float", "float_parsing", "float_type",
                 "finite_number", "int_parsing_size")


def _problem(detail: Mapping[str, Any], root: type[BaseModel]) -> Problem:
    """One of pydantic's error details as a problem with our id and plain values."""
    path = [str(part) for part in detail["loc"] if part != "int"]
    field = ".".join(path[:2])
    title = _title(path, root)
    given = _shown(detail.get("input"))
    context = detail.get("ctx", {})
    kind = detail["type"]
    if kind == "thaw":
        return Problem(context["id"], context["values"], field)
    if kind in _BOUNDS:
        id, key = _BOUNDS[kind]
        limit = context[key]
        if isinstance(limit, float) and limit.is_integer():
            limit = int(limit)  # "greater than 0", not "0.0"
        return Problem(id, {"title": title, "limit": limit, "given": given}, field)
    if kind in _NOT_A_NUMBER:
        whole = "whole number" if kind.startswith("int") else "number"
        if not given.strip():
            return Problem("recipe.empty", {"title": title, "kind": whole}, field)
        return Problem("recipe.not_a_number", {"title": title, "kind": whole, "given": given},
                       field)
    if kind == "literal_error":
        allowed = context["expected"].replace("'", "").replace(" or ", ", ")
        return Problem("recipe.not_a_choice",
                       {"title": title, "allowed": allowed, "given": given}, field)
    if kind == "extra_forbidden":
        return Problem("recipe.unknown_field", {"field": ".".join(path)}, field)
    return Problem("recipe.invalid", {"title": title, "given": given}, field)


def _title(path: list[str], root: type[BaseModel]) -> str:
    part: Any = root
    for name in path[:2]:
        known = getattr(part, "model_fields", {}).get(name)
        if known is None:
            break
        if known.title:
            return known.title
        part = known.annotation
    return ".".join(path) or "recipe"


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
