"""The whole recipe: all its parts in one value, and how it is read from JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from core.messages import Problem, ThawError
from core.recipe.data_parts import DataSpec, FeaturesSpec, LoaderSpec, SplitSpec, TransformSpec
from core.recipe.model_parts import LINEAR_HEAD, FreezePlan, HeadSpec, ModelSpec, UnfreezingSpec
from core.recipe.training_parts import (
    CheckpointSpec,
    EarlyStoppingSpec,
    LoggerSpec,
    OptimizerSpec,
    ScheduleSpec,
    TrainSpec,
)
from core.spec import Spec, SpecError, Text, problems_of


class Recipe(Spec):
    """A model, its freeze plan, its data and its training.

    Raises:
        pydantic.ValidationError: On construction, if a field is out of its range; use
            `parse` to get the problems as sentences' ids.
    """

    format: Literal[1] = 1
    name: Text = Field("", title="name")
    model: ModelSpec = ModelSpec.model_construct()
    head: HeadSpec = LINEAR_HEAD
    freeze: FreezePlan = FreezePlan()
    data: DataSpec = DataSpec.model_construct()
    split: SplitSpec = SplitSpec()
    transform: TransformSpec = TransformSpec()
    features: FeaturesSpec = FeaturesSpec()
    loader: LoaderSpec = LoaderSpec.model_construct()
    optimizer: OptimizerSpec = OptimizerSpec()
    schedule: ScheduleSpec = ScheduleSpec()
    unfreezing: UnfreezingSpec = UnfreezingSpec()
    train: TrainSpec = TrainSpec()
    early_stopping: EarlyStoppingSpec = EarlyStoppingSpec()
    checkpoints: CheckpointSpec = CheckpointSpec()
    loggers: LoggerSpec = LoggerSpec()

    def to_json(self) -> str:
        """The recipe as indented JSON; equal recipes give equal text."""
        return self.model_dump_json(indent=2) + "\n"


class RecipeError(SpecError):
    """A recipe that can't be used; `problems` has one for each field that is wrong."""


def parse(raw: Mapping[str, Any]) -> Recipe:
    """The recipe of a plain mapping, as it comes from JSON.

    Raises:
        RecipeError: With one problem for each field that is wrong.
    """
    try:
        return Recipe.model_validate(raw)
    except ValidationError as error:
        raise RecipeError(problems_of(error, Recipe)) from None


def from_json(text: str | bytes) -> Recipe:
    """The recipe of a JSON text.

    Raises:
        RecipeError: If the text is no JSON object or a field is wrong.
    """
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raise RecipeError((Problem("recipe.not_json"),)) from None
    if not isinstance(raw, dict):
        raise RecipeError((Problem("recipe.not_json"),))
    return parse(raw)


def load(path: Path) -> Recipe:
    """The recipe of a JSON file.

    Raises:
        ThawError: If the file can't be read.
        RecipeError: If it holds no valid recipe.
    """
    try:
        return from_json(path.read_bytes())
    except OSError as error:
        raise ThawError("recipe.unreadable", path=str(path), why=error.strerror) from None
