"""The parts of a recipe that say which images there are, and how they come to the model."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from core.messages import Problem, ThawError
from core.spec import Spec, Text, as_pydantic


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
