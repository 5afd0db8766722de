"""The recipe: everything that is needed to repeat a run, as one frozen value.

Pages edit it, the worker trains it, the run folder keeps it. It goes through JSON unchanged,
equal recipes have equal JSON, and what is wrong with one is said in one sentence a field.
"""

from core.recipe.changes import choices_of, default_of, with_data, with_model, with_value
from core.recipe.data_parts import DataSpec, FeaturesSpec, LoaderSpec, SplitSpec, TransformSpec
from core.recipe.model_parts import (
    LINEAR_HEAD,
    FreezePlan,
    FrozenModules,
    HeadKind,
    HeadSpec,
    ModelSpec,
    Preset,
    UnfreezingSpec,
)
from core.recipe.training_parts import (
    CheckpointSpec,
    EarlyStoppingSpec,
    LoggerSpec,
    OptimizerSpec,
    ScheduleSpec,
    TrainSpec,
)
from core.recipe.whole import Recipe, RecipeError, from_json, load, parse
from core.spec import Text

__all__ = [
    "LINEAR_HEAD",
    "CheckpointSpec",
    "DataSpec",
    "EarlyStoppingSpec",
    "FeaturesSpec",
    "FreezePlan",
    "FrozenModules",
    "HeadKind",
    "HeadSpec",
    "LoaderSpec",
    "LoggerSpec",
    "ModelSpec",
    "OptimizerSpec",
    "Preset",
    "Recipe",
    "RecipeError",
    "ScheduleSpec",
    "SplitSpec",
    "Text",
    "TrainSpec",
    "TransformSpec",
    "UnfreezingSpec",
    "choices_of",
    "default_of",
    "from_json",
    "load",
    "parse",
    "with_data",
    "with_model",
    "with_value",
]
