"""What a sweep trains: one recipe with every combination of the values of up to three fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator

from core import recipe as recipes
from core.messages import Problem, ThawError
from core.models.catalogue import NO_WEIGHTS
from core.recipe import Recipe, RecipeError, Text
from core.runs import sweep_fields
from core.runs.sweep_fields import MOST_VALUES, SEEDS, Value
from core.spec import Spec, SpecError, as_pydantic, problems_of

MOST_FIELDS = 3
MOST_RUNS = 100
Cell = tuple[Value, ...]  # one value a field, in the order of the fields
_NAME = 200  # characters of a run's name


class AxisSpec(Spec):
    """One field of the recipe and the values that it takes, in their order."""

    field: Text = Field(title="field")
    values: tuple[Value, ...] = Field(title="values")

    @field_validator("field")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            return sweep_fields.find(value).name
        except ThawError as error:
            raise as_pydantic(error.problem) from error

    @model_validator(mode="after")
    def _apart(self) -> "AxisSpec":
        values = {"title": self.title, "count": len(self.values), "most": MOST_VALUES}
        if len(self.values) < 2:
            raise as_pydantic(Problem("sweep.few_values", values))
        if len(self.values) > MOST_VALUES:
            raise as_pydantic(Problem("sweep.many_values", values))
        for place, value in enumerate(self.values):
            if value in self.values[:place]:
                twice = {"title": self.title, "value": sweep_fields.words(value)}
                raise as_pydantic(Problem("sweep.twice", twice))
        return self

    @property
    def title(self) -> str:
        """What a sentence calls the field."""
        return sweep_fields.find(self.field).title


class SweepSpec(Spec):
    """What is varied."""

    name: Text = Field("", title="name")
    axes: tuple[AxisSpec, ...] = Field(title="fields")

    @model_validator(mode="after")
    def _a_grid(self) -> "SweepSpec":
        if not 1 <= len(self.axes) <= MOST_FIELDS:
            raise as_pydantic(Problem("sweep.count_of_fields", {"most": MOST_FIELDS}))
        for place, axis in enumerate(self.axes):
            if axis.field in [other.field for other in self.axes[:place]]:
                raise as_pydantic(Problem("sweep.field_twice", {"title": axis.title}))
        if (runs := self.runs) > MOST_RUNS:
            raise as_pydantic(Problem("sweep.many_runs", {"runs": runs, "most": MOST_RUNS}))
        return self

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are varied, in their order."""
        return tuple(axis.field for axis in self.axes)

    @property
    def runs(self) -> int:
        """How many runs the whole grid has."""
        count = 1
        for axis in self.axes:
            count *= len(axis.values)
        return count

    def cells(self) -> list[Cell]:
        """All combinations in the order in which they are trained: one seed after another."""
        found = list(product(*(axis.values for axis in self.axes)))
        seeds = [place for place, field in enumerate(self.fields) if field in SEEDS]
        places = [{value: at for at, value in enumerate(axis.values)} for axis in self.axes]
        return sorted(found, key=lambda cell: [places[at][cell[at]] for at in seeds])


@dataclass(frozen=True)
class Planned:
    """One run that belongs to a sweep.

    Attributes:
        resets: What had to change with the model or the data set.
    """

    cell: Cell
    recipe: Recipe
    resets: tuple[Problem, ...] = ()


def axis_of(field: str, values: str | Sequence[object]) -> AxisSpec:
    """A field with its values, typed as text or given one by one.

    Raises:
        ThawError: If there is no such field, or the values can't be told apart or counted.
    """
    known = sweep_fields.find(field)
    read = sweep_fields.read if isinstance(values, str) else sweep_fields.as_values
    try:
        return AxisSpec(field=field, values=read(known, values))
    except ValidationError as error:
        raise SpecError(problems_of(error, AxisSpec)) from None


def parse(raw: Mapping[str, Any]) -> SweepSpec:
    """The spec of a plain mapping.

    Raises:
        SpecError: With one problem for each field that is wrong.
    """
    try:
        return SweepSpec.model_validate(raw)
    except ValidationError as error:
        raise SpecError(problems_of(error, SweepSpec)) from None


def plan(spec: SweepSpec, recipe: Recipe) -> list[Planned]:
    """All runs of the grid.

    Raises:
        ThawError: If a value is none of its field, or a combination is no recipe: it is named.
    """
    for axis in spec.axes:
        for value in axis.values:
            _refuse_value(recipe, axis.field, value)
    return [_planned(spec, recipe, cell) for cell in spec.cells()]


def title_of(spec: SweepSpec, recipe: Recipe) -> str:
    """What a person calls the sweep: its name, the recipe's, or what is trained on what."""
    model = "models" if "model.name" in spec.fields else recipe.model.name
    data = "data sets" if "data.name" in spec.fields else recipe.data.name
    return spec.name or recipe.name or f"{model} on {data}"


def cell_words(spec: SweepSpec, cell: Cell) -> str:
    """A cell in words, such as "learning rate 0.01, freeze preset all"."""
    return ", ".join(
        f"{axis.title} {sweep_fields.words(value)}"
        for axis, value in zip(spec.axes, cell, strict=True)
    )


def _refuse_value(recipe: Recipe, field: str, value: Value) -> None:
    try:
        _changed(recipe, {field: value})
    except RecipeError as error:
        # What is wrong beside another field only is said of a cell: that field may vary as well.
        whole = field in ("model.name", "data.name")
        if own := tuple(one for one in error.problems if whole or one.field == field):
            raise RecipeError(own) from None


def _planned(spec: SweepSpec, recipe: Recipe, cell: Cell) -> Planned:
    try:
        changed, resets = _changed(recipe, dict(zip(spec.fields, cell, strict=True)))
    except RecipeError as error:
        raise ThawError("sweep.cell", cell=cell_words(spec, cell), why=str(error)) from None
    # What tells it from the others comes first: a table cuts long names off.
    name = f"{cell_words(spec, cell)}: {title_of(spec, recipe)}"
    return Planned(cell, changed.model_copy(update={"name": name[:_NAME].strip()}), resets)


def _changed(recipe: Recipe, values: dict[str, Value]) -> tuple[Recipe, tuple[Problem, ...]]:
    """The recipe with these values: model and data set first, then all others at once."""
    resets: tuple[Problem, ...] = ()
    if (model := values.get("model.name")) and model != recipe.model.name:
        weights = NO_WEIGHTS if recipe.model.weights == NO_WEIGHTS else None
        recipe, resets = recipes.with_model(recipe, str(model), weights)
    if (data := values.get("data.name")) and data != recipe.data.name:
        recipe, more = recipes.with_data(recipe, str(data))
        resets += more
    raw = recipe.model_dump()
    for field, value in values.items():
        part, last = field.split(".")
        if field not in ("model.name", "data.name"):
            raw[part][last] = value
    return recipes.parse(raw), resets
