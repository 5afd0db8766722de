"""The parts of a recipe that say what the model is, and what of it trains."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from core.messages import Problem, ThawError
from core.spec import Spec, Text, as_pydantic

Preset = Literal["linear_probe", "last_stage", "last_stages", "all", "from_scratch"]
FrozenModules = Literal["eval", "train"]
HeadKind = Literal["linear", "mlp", "family", "append"]
Width = Annotated[int, Field(ge=1, le=8192)]
Epoch = Annotated[int, Field(ge=1, le=10_000)]


class ModelSpec(Spec):
    """Which architecture, and which weights it starts from."""

    name: Text = Field("shufflenet_v2_x1_0", title="model")
    weights: Text = Field("LETTERS", title="weights")  # an entry's name, or "none"

    @model_validator(mode="after")
    def _known(self) -> ModelSpec:
        from core.models import catalogue

        try:
            catalogue.find_weights(self.name, self.weights)
        except ThawError as error:
            raise as_pydantic(error.problem) from error
        return self


class HeadSpec(Spec):
    """What predicts the classes of the data, in place of the model's last layer or behind it."""

    kind: HeadKind = Field("linear", title="head")
    # Of "mlp", from the features to the classes; the default is half of resnet18's features.
    hidden: tuple[Width, ...] = Field((256,), min_length=1, max_length=4, title="hidden widths")
    activation: Literal["relu", "gelu", "silu", "hardswish", "tanh"] = Field(
        "relu", title="activation"
    )  # of "mlp"
    dropout: float = Field(0.0, ge=0, lt=1, title="head dropout")  # 0: as a linear probe wants it
    init: Literal["default", "xavier", "kaiming", "normal", "zeros"] = Field(
        "default", title="head init"
    )  # "default": as PyTorch draws a new layer
    outputs: Literal["classes", "one_logit"] = Field("classes", title="head outputs")

    @field_validator("hidden", mode="before")
    @classmethod
    def _typed(cls, value: object) -> object:
        """Takes "512, 256" too, as a person types it."""
        if not isinstance(value, str):
            return value
        widths = [part.strip() for part in value.split(",") if part.strip()]
        if not 1 <= len(widths) <= 4 or not all(w.isascii() and w.isdigit() for w in widths):
            raise as_pydantic(Problem("recipe.bad_widths", {"given": value[:60]}))
        return widths


LINEAR_HEAD = HeadSpec()


class FreezePlan(Spec):
    """What trains: a preset, and modules and parameters that are exceptions to it.

    An exception holds for what it names and all in it; the longest matching name wins. It may
    be a pattern, as `*.bn2`, which stands for the names that it matches.
    """

    preset: Preset = Field("all", title="freeze preset")
    stages: int = Field(2, ge=1, le=1000, title="last stages")  # of "last_stages"
    exceptions: tuple[tuple[str, bool], ...] = Field((), title="exceptions")  # (name, trains)
    # "train" is the naive way, which students meet: BatchNorm drifts though its weights stay.
    frozen_modules: FrozenModules = Field("eval", title="frozen modules")

    @field_validator("exceptions")
    @classmethod
    def _sorted(cls, value: tuple[tuple[str, bool], ...]) -> tuple[tuple[str, bool], ...]:
        # Equal plans must have equal JSON, whatever the order of the clicks was.
        return tuple(sorted(dict(value).items()))


class UnfreezingSpec(Spec):
    """Which epoch opens which stage that the freeze plan keeps frozen.

    By rule from the head towards the input, or by name; a name counts before the rule.
    """

    every: int = Field(0, ge=0, le=10_000, title="epochs between openings")  # 0: nothing opens
    start: int = Field(2, ge=1, le=10_000, title="first opening")  # by then a new head is no noise
    at: tuple[tuple[Text, Epoch], ...] = Field((), title="openings by name")  # (stage, epoch)

    @field_validator("at", mode="before")
    @classmethod
    def _typed(cls, value: object) -> object:
        """Takes "layer4 3, layer3 6" too, as a person types it."""
        if not isinstance(value, str):
            return value
        pairs = [part.rsplit(maxsplit=1) for part in value.split(",") if part.strip()]
        if not all(len(pair) == 2 and pair[1].isascii() and pair[1].isdigit() for pair in pairs):
            raise as_pydantic(Problem("recipe.bad_openings", {"given": value[:60]}))
        return pairs

    @field_validator("at")
    @classmethod
    def _sorted(cls, value: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
        return tuple(sorted(dict(value).items()))
