"""The parts of a recipe: what each field may be, and what is wrong with it otherwise."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from core.messages import Problem, ThawError
from core.spec import Spec, as_pydantic

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
    # "batch": whole batches on the training device, other numbers than one by one in the loader.
    augment_on: Literal["loader", "batch"] = Field("loader", title="augmentation computed")

    @model_validator(mode="after")
    def _in_batches(self) -> TransformSpec:
        if self.augment_on == "batch" and self.augment == "trivial":
            raise as_pydantic(Problem("recipe.trivial_in_batches"))
        return self


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
    # Of a GPU, where the prepared images fit there; a loader with workers brings them in any case.
    on_device: Literal["auto", "off"] = Field("auto", title="images kept on the device")

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
    # "auto": bfloat16 on a GPU that has it, float16 on another, float32 elsewhere.
    precision: Literal["auto", "float32", "bfloat16", "float16"] = Field("auto", title="precision")
    # "auto": channels last on a GPU. On a CPU it depends on model and machine, so measure there.
    memory_format: Literal["auto", "contiguous", "channels_last"] = Field(
        "auto", title="memory format"
    )
    compile: bool = Field(False, title="torch.compile")
    label_smoothing: float = Field(0.0, ge=0, lt=1, title="label smoothing")
    class_weights: Literal["none", "balanced"] = Field("none", title="class weights")
    mix: Literal["none", "mixup", "cutmix", "either"] = Field("none", title="MixUp, CutMix")
    clip_norm: float | None = Field(None, gt=0, le=10_000, title="gradient clipping")
    accumulate: int = Field(1, ge=1, le=1024, title="gradient accumulation")  # one after another
    ema: float | None = Field(None, gt=0, lt=1, title="weight averaging (EMA)")  # decay of a step
    # That torchrun starts, each with a GPU of its own; they share every batch.
    processes: int = Field(1, ge=1, le=64, title="processes")
    sync_batchnorm: bool = Field(False, title="BatchNorm over all processes")  # of GPUs
    seed: int = Field(0, ge=0, lt=2**31, title="seed")
    threads: int = Field(2, ge=1, le=256, title="threads")  # part of the recipe: it moves the bits
    log_every: int = Field(1, ge=1, le=10_000, title="steps between records")

    @model_validator(mode="after")
    def _float16_needs_cuda(self) -> TrainSpec:
        if self.precision == "float16" and self.device in ("cpu", "mps"):
            raise as_pydantic(Problem("recipe.float16_without_cuda", {"device": self.device}))
        return self

    @model_validator(mode="after")
    def _shared_where_it_can_be(self) -> TrainSpec:
        if self.processes > 1 and self.device == "mps":
            raise as_pydantic(Problem("recipe.processes_on_mps"))
        if self.processes > 1 and self.sync_batchnorm and self.device == "cpu":
            raise as_pydantic(Problem("recipe.sync_batchnorm_without_cuda"))
        return self


class CheckpointSpec(Spec):
    """Which epochs' checkpoints stay on disk; the best and the newest two do in any case."""

    every: int = Field(1, ge=1, le=10_000, title="epochs between kept checkpoints")
    budget_gb: float = Field(1.0, ge=0, le=10_000, title="gigabytes of checkpoints")


class LoggerSpec(Spec):
    """Where metrics go beside the run folder."""

    tensorboard: bool = Field(True, title="TensorBoard")
    details: bool = Field(False, title="histograms, images and graph")  # of TensorBoard
    wandb: bool = Field(False, title="Weights & Biases")
    wandb_project: Text = Field("thaw", title="Weights & Biases project")
    wandb_entity: Text = Field("", title="Weights & Biases entity")  # "": the account's own
    wandb_mode: Literal["auto", "online", "offline"] = Field(
        "auto", title="Weights & Biases mode"
    )  # "auto": offline where no key is set
