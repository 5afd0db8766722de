"""The parts of a recipe that say how the loop trains, when it ends, and what is kept of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from core.messages import Problem
from core.spec import Spec, Text, as_pydantic


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


class ScheduleSpec(Spec):
    """How the learning rate moves from step to step."""

    name: Literal["constant", "cosine", "step", "one_cycle", "plateau"] = Field(
        "cosine", title="schedule"
    )
    warmup_epochs: float = Field(0.0, ge=0, le=1000, title="warm-up epochs")
    step_epochs: int = Field(10, ge=1, le=10_000, title="epochs between steps")  # of "step"
    gamma: float = Field(0.1, gt=0, le=1, title="factor of a step")  # of "step" and "plateau"
    plateau_epochs: int = Field(3, ge=0, le=10_000, title="epochs of a plateau")  # of "plateau"


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


class EarlyStoppingSpec(Spec):
    """When to end before the last epoch; the best checkpoint is kept in any case."""

    enabled: bool = Field(False, title="early stopping")
    monitor: Literal["val_loss", "val_accuracy"] = Field("val_loss", title="watched metric")
    patience: int = Field(5, ge=1, le=10_000, title="patience")  # epochs without improvement
    min_delta: float = Field(0.0, ge=0, le=100, title="smallest improvement")


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
