"""The recipe: everything that is needed to repeat a run, as one frozen value.

Pages edit it, the worker trains it, the run folder keeps it. It goes through JSON unchanged,
equal recipes have equal JSON, and what is wrong with one is said in one sentence a field.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from core.messages import Problem, ThawError
from core.spec import Spec, SpecError, as_pydantic, problems_of

Preset = Literal["linear_probe", "last_stage", "last_stages", "all", "from_scratch"]
FrozenModules = Literal["eval", "train"]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Epoch = Annotated[int, Field(ge=1, le=10_000)]
Width = Annotated[int, Field(ge=1, le=8192)]
HeadKind = Literal["linear", "mlp", "family", "append"]


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


class DataSpec(Spec):
    """Which labelled images."""

    name: Text = Field("digits", title="data set")
    path: str = Field("", title="folder", max_length=4000)  # of "folder"; the id of "upload"
    only: tuple[Text, ...] = Field((), title="chosen classes", max_length=1000)  # (): all

    @field_validator("only")
    @classmethod
    def _sorted(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        # Their order is the data's own in any case, so equal choices have equal JSON.
        names = tuple(sorted(set(value) - {""}))
        if len(names) == 1:
            raise as_pydantic(Problem("data.only_one", {"name": names[0]}))
        return names

    @model_validator(mode="after")
    def _trainable(self) -> DataSpec:
        from core.data import datasets

        try:
            entry = datasets.find_dataset(self.name)
            if not entry.trainable:
                raise ThawError("data.not_trainable", name=self.name, why=entry.why_not)
            if entry.needs_path and not self.path.strip():
                raise ThawError("data.path_missing", name=entry.title)
        except ThawError as error:
            raise as_pydantic(error.problem) from error
        return self


class SplitSpec(Spec):
    """How the samples are divided; stratified by class, the same for the same seed."""

    train_per_class: int | None = Field(20, ge=1, title="training images a class")
    val: float = Field(0.2, gt=0, lt=1, title="validation share")
    test: float = Field(0.5, gt=0, lt=1, title="test share")  # unless the set has its own test
    seed: int = Field(0, ge=0, lt=2**31, title="split seed")

    @model_validator(mode="after")
    def _leaves_some(self) -> SplitSpec:
        if self.val + self.test >= 1:
            raise as_pydantic(
                Problem("recipe.split_too_large", {"val": self.val, "test": self.test})
            )
        return self


class TransformSpec(Spec):
    """From a stored picture to the model's input."""

    size: int | None = Field(None, ge=8, le=1024, title="input size")  # None: the weights' own
    resize: Literal["squash", "crop"] = Field("squash", title="resize")
    augment: Literal["none", "affine", "flip_crop", "trivial"] = Field(
        "affine", title="augmentation"
    )
    # Epochs after which the augmentation of a picture repeats; 0: each epoch draws anew.
    draws: int = Field(0, ge=0, le=1000, title="repeated augmentations")


class FeaturesSpec(Spec):
    """Whether what the frozen part makes of the pictures is computed once and kept."""

    cache: Literal["auto", "off"] = Field("auto", title="features cache")
    dtype: Literal["float32", "bfloat16", "float16"] = Field("float32", title="features kept in")


class LoaderSpec(Spec):
    """Arguments of the training DataLoader."""

    batch_size: int = Field(32, ge=1, le=65536, title="batch_size")
    shuffle: bool = Field(True, title="shuffle")
    drop_last: bool = Field(False, title="drop_last")
    collate: Text = Field("default", title="collate_fn")
    num_workers: int = Field(0, ge=0, le=64, title="num_workers")  # in-memory data is faster in 0

    @field_validator("collate")
    @classmethod
    def _known(cls, value: str) -> str:
        from core.data import collate_table

        try:
            entry = collate_table.find_collate(value)
            if not entry.trainable:
                raise ThawError("data.collate_not_trainable", name=value)
        except ThawError as error:
            raise as_pydantic(error.problem) from error
        return value


class OptimizerSpec(Spec):
    """How parameters are updated."""

    name: Literal[
        "sgd", "adam", "adamw", "rmsprop", "nadam", "radam", "adamax", "adagrad", "adadelta",
        "adafactor", "asgd", "rprop",
    ] = Field("adamw", title="optimizer")
    lr: float = Field(1e-3, gt=0, le=10, title="learning rate")  # suits AdamW on a small model
    momentum: float = Field(0.9, ge=0, lt=1, title="momentum")  # of sgd and rmsprop
    weight_decay: float = Field(1e-2, ge=0, le=10, title="weight decay")  # AdamW's own default
    # Of the rate, from each stage to the one before it; 1: the same everywhere, as PyTorch does.
    stage_factor: float = Field(1.0, gt=0, le=1, title="rate factor a stage")

    @field_validator("name", mode="before")
    @classmethod
    def _plain_step(cls, value: object) -> object:
        from core.training import optimizer_table

        if why := optimizer_table.REFUSED.get(str(value).lower().replace("_", "")):
            values = {"name": str(value), "why": why}
            raise as_pydantic(Problem("recipe.optimizer_refused", values))
        return value


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


class ScheduleSpec(Spec):
    """How the learning rate moves from step to step."""

    name: Literal["constant", "cosine", "step", "one_cycle", "plateau"] = Field(
        "cosine", title="schedule"
    )
    warmup_epochs: float = Field(0.0, ge=0, le=1000, title="warm-up epochs")
    step_epochs: int = Field(10, ge=1, le=10_000, title="epochs between steps")  # of "step"
    gamma: float = Field(0.1, gt=0, le=1, title="factor of a step")  # of "step" and "plateau"
    plateau_epochs: int = Field(3, ge=0, le=10_000, title="epochs of a plateau")  # of "plateau"


class EarlyStoppingSpec(Spec):
    """When to end before the last epoch; the best checkpoint is kept in any case."""

    enabled: bool = Field(False, title="early stopping")
    monitor: Literal["val_loss", "val_accuracy"] = Field("val_loss", title="watched metric")
    patience: int = Field(5, ge=1, le=10_000, title="patience")  # epochs without improvement
    min_delta: float = Field(0.0, ge=0, le=100, title="smallest improvement")


class TrainSpec(Spec):
    """The loop: how long, in which precision, on what, from which seed."""

    epochs: int = Field(30, ge=1, le=10_000, title="epochs")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field("auto", title="device")
    precision: Literal["float32", "bfloat16", "float16"] = Field("float32", title="precision")
    label_smoothing: float = Field(0.0, ge=0, lt=1, title="label smoothing")
    class_weights: Literal["none", "balanced"] = Field("none", title="class weights")
    mix: Literal["none", "mixup", "cutmix", "either"] = Field("none", title="mixing of images")
    clip_norm: float | None = Field(None, gt=0, le=10_000, title="gradient norm at most")
    accumulate: int = Field(1, ge=1, le=1024, title="parts of a batch")  # one after another
    seed: int = Field(0, ge=0, lt=2**31, title="seed")
    threads: int = Field(2, ge=1, le=256, title="threads")  # part of the recipe: it moves the bits
    log_every: int = Field(1, ge=1, le=10_000, title="steps between records")

    @model_validator(mode="after")
    def _float16_needs_cuda(self) -> TrainSpec:
        if self.precision == "float16" and self.device in ("cpu", "mps"):
            raise as_pydantic(Problem("recipe.float16_without_cuda", {"device": self.device}))
        return self


class LoggerSpec(Spec):
    """Where metrics go beside the run folder."""

    tensorboard: bool = Field(True, title="TensorBoard")
    wandb: bool = Field(False, title="Weights & Biases")
    wandb_project: Text = Field("thaw", title="Weights & Biases project")


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
    loggers: LoggerSpec = LoggerSpec()

    def to_json(self) -> str:
        """The recipe as indented JSON; equal recipes give equal text."""
        return self.model_dump_json(indent=2) + "\n"


class RecipeError(SpecError):
    """A recipe that can't be used; `problems` has one for each field that is wrong."""


# --- reading -----------------------------------------------------------------------------


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


# --- changing ----------------------------------------------------------------------------


def with_value(recipe: Recipe, field: str, value: object) -> Recipe:
    """The recipe with one field changed, such as `"optimizer.lr"`.

    Raises:
        RecipeError: If the value is not allowed there.
        KeyError: If the recipe has no such field.
    """
    raw = recipe.model_dump()
    *parents, last = field.split(".")
    part = raw
    for parent in parents:
        part = part[parent]
    if last not in part:
        raise KeyError(field)
    part[last] = value
    return parse(raw)


def default_of(field: str) -> object:
    """The default value of a field, such as `"optimizer.lr"`."""
    value: object = Recipe()
    for name in field.split("."):
        value = getattr(value, name)
    return value


def choices_of(field: str) -> tuple[Any, ...]:
    """The allowed values of a field with a fixed set of them, in their order."""
    part: type[BaseModel] = Recipe
    *parents, last = field.split(".")
    for parent in parents:
        part = part.model_fields[parent].annotation
    return get_args(part.model_fields[last].annotation)


def with_model(
    recipe: Recipe, name: str, weights: str | None = None
) -> tuple[Recipe, tuple[Problem, ...]]:
    """The recipe with another model, and notices of what had to be reset for it.

    Names of layers mean nothing in another architecture, so the exceptions of the freeze
    plan go; the input size goes back to the weights' own. The head stays, unless it is one
    logit and the model can't have that.

    Args:
        weights: Name of the weights entry, "none", or None for the model's default entry.

    Raises:
        RecipeError: If torchvision has no such model or the model no such weights.
    """
    from core.models import catalogue, heads

    try:
        entry = catalogue.find_model(name)
        weights = weights or entry.default_weights
        chosen = ModelSpec(name=name, weights=weights)
    except ThawError as error:
        raise RecipeError((Problem(error.problem.id, error.problem.values, "model"),)) from None
    except ValidationError as error:
        raise RecipeError(problems_of(error, Recipe)) from None
    changes: dict[str, Any] = {"model": chosen}
    notices = []
    if name != recipe.model.name and recipe.freeze.exceptions:
        changes["freeze"] = recipe.freeze.model_copy(update={"exceptions": ()})
        notices.append(Problem("recipe.reset_exceptions", {"model": name}, "freeze.exceptions"))
    if name != recipe.model.name and recipe.unfreezing.at:
        changes["unfreezing"] = recipe.unfreezing.model_copy(update={"at": ()})
        notices.append(Problem("recipe.reset_openings", {"model": name}, "unfreezing.at"))
    if chosen != recipe.model and recipe.transform.size is not None:
        changes["transform"] = recipe.transform.model_copy(update={"size": None})
        notices.append(Problem("recipe.reset_size", {"model": name}, "transform.size"))
    if not heads.can_be(name, recipe.head):
        changes["head"] = recipe.head.model_copy(update={"outputs": "classes"})
        notices.append(Problem("recipe.reset_outputs_of_model", {"model": name}, "head.outputs"))
    return recipe.model_copy(update=changes), tuple(notices)


def with_data(
    recipe: Recipe, name: str, path: str = ""
) -> tuple[Recipe, tuple[Problem, ...]]:
    """The recipe with another data set, and notices of what had to be reset for it.

    The split and the augmentation go to what suits the data set, a choice of classes goes, and
    one logit where the data set is known to have another number of classes than two.

    Raises:
        RecipeError: If there is no such data set, or it can't be trained on.
    """
    from core.data import datasets

    try:
        same = (name, path) == (recipe.data.name, recipe.data.path)
        chosen = DataSpec(name=name, path=path, only=recipe.data.only if same else ())
    except ValidationError as error:
        problems = problems_of(error, Recipe)
        raise RecipeError(
            tuple(Problem(p.id, p.values, f"data.{p.field}".rstrip(".")) for p in problems)
        ) from None
    entry = datasets.find_dataset(name)
    changes: dict[str, Any] = {"data": chosen}
    notices = []
    if chosen.only != recipe.data.only:
        notices.append(Problem("recipe.reset_only", {"data": entry.title}, "data.only"))
    if recipe.head.outputs == "one_logit" and not same and entry.classes not in (None, 2):
        changes["head"] = recipe.head.model_copy(update={"outputs": "classes"})
        notices.append(Problem("recipe.reset_outputs", {"data": entry.title}, "head.outputs"))
    if name != recipe.data.name:
        split = SplitSpec(
            train_per_class=entry.train_per_class, val=entry.val, test=entry.test,
            seed=recipe.split.seed,
        )
        if split != recipe.split:
            changes["split"] = split
            notices.append(Problem("recipe.reset_split", {"data": entry.title}, "split"))
        if entry.augment != recipe.transform.augment:
            changes["transform"] = recipe.transform.model_copy(update={"augment": entry.augment})
            notices.append(
                Problem("recipe.reset_augment", {"augment": entry.augment}, "transform.augment")
            )
    return recipe.model_copy(update=changes), tuple(notices)
