"""What is explored: a data set and the arguments of a DataLoader over it. No torch here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from core import recipe as recipes
from core.data import collate_table, datasets, index_text
from core.messages import Problem, ThawError
from core.recipe import Recipe
from core.spec import Spec, SpecError, as_pydantic, problems_of

Sampler = Literal[
    "default", "sequential", "random", "with_replacement", "weighted", "subset",
    "class_balanced", "distributed",
]
BatchSampler = Literal["default", "plain", "length_bucketed", "one_class"]
WorkerInit = Literal["default", "seed_numpy", "same_seed", "split_stream"]

# Each argument of the DataLoader and the field that holds it.
ARGUMENTS: dict[str, str] = {
    "batch_size": "batch_size",
    "shuffle": "shuffle",
    "sampler": "sampler",
    "batch_sampler": "batch_sampler",
    "num_workers": "num_workers",
    "collate_fn": "collate",
    "pin_memory": "pin_memory",
    "drop_last": "drop_last",
    "timeout": "timeout",
    "worker_init_fn": "worker_init_fn",
    "multiprocessing_context": "multiprocessing_context",
    "generator": "seed",
    "prefetch_factor": "prefetch_factor",
    "persistent_workers": "persistent_workers",
    "pin_memory_device": "pin_memory_device",
    "in_order": "in_order",
}
_OWN_BATCHES = ("plain", "length_bucketed", "one_class")
# An option of what was chosen by name: for which argument and which of its choices it counts.
OPTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "num_samples": ("sampler", ("random", "with_replacement", "weighted")),
    "subset": ("sampler", ("subset",)),
    "rank": ("sampler", ("distributed",)),
    "world_size": ("sampler", ("distributed",)),
    "set_epoch": ("sampler", ("distributed",)),
    "batch_sampler_size": ("batch_sampler", _OWN_BATCHES),
    "batch_sampler_drop_last": ("batch_sampler", _OWN_BATCHES),
    "collate_multiple": ("collate", ("pad_multiple",)),
    "collate_length": ("collate", ("pad_length",)),
}


class LoaderArguments(Spec):
    """Arguments of `torch.utils.data.DataLoader`, by its names and with its defaults.

    `seed` goes into the `generator`. What can't be said in JSON (a sampler object, a function)
    is a choice by name, with its options behind it. What does not go together is refused by the
    DataLoader itself and not here.

    Attributes:
        num_samples: How many a sampler draws in an epoch; None for as many as there are.
        subset: Indices, as in "0-9, 20".
        rank: Which of the `world_size` processes the loader runs in.
        set_epoch: Whether the loop tells the distributed sampler of every epoch.
        batch_sampler_size: Samples in a batch of the batch sampler.
    """

    batch_size: int | None = Field(1, ge=1, le=65536, title="batch_size")
    shuffle: bool = Field(False, title="shuffle")
    sampler: Sampler = Field("default", title="sampler")
    batch_sampler: BatchSampler = Field("default", title="batch_sampler")
    drop_last: bool = Field(False, title="drop_last")
    collate: str = Field("default", title="collate_fn")
    num_workers: int = Field(0, ge=0, le=16, title="num_workers")
    prefetch_factor: int | None = Field(None, ge=1, le=64, title="prefetch_factor")
    persistent_workers: bool = Field(False, title="persistent_workers")
    pin_memory: bool = Field(False, title="pin_memory")
    pin_memory_device: Literal["default", "cuda"] = Field("default", title="pin_memory_device")
    timeout: float = Field(0.0, ge=0, le=60, title="timeout")  # seconds; 0: none
    worker_init_fn: WorkerInit = Field("default", title="worker_init_fn")
    in_order: bool = Field(True, title="in_order")
    multiprocessing_context: Literal["default", "fork", "spawn", "forkserver"] = Field(
        "default", title="multiprocessing_context"
    )
    seed: int = Field(0, ge=0, lt=2**31, title="seed")

    num_samples: int | None = Field(None, ge=1, le=100_000, title="num_samples")
    subset: str = Field("0-9", max_length=2000, title="indices")
    rank: int = Field(0, ge=0, le=1023, title="rank")
    world_size: int = Field(2, ge=1, le=1024, title="num_replicas")
    set_epoch: bool = Field(False, title="set_epoch")
    batch_sampler_size: int = Field(8, ge=1, le=65536, title="batch_size of the batch sampler")
    batch_sampler_drop_last: bool = Field(False, title="drop_last of the batch sampler")
    collate_multiple: int = Field(8, ge=1, le=1024, title="multiple")
    collate_length: int = Field(16, ge=1, le=4096, title="length")

    @field_validator("collate")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            collate_table.find_collate(value)
        except ThawError as error:
            raise as_pydantic(error.problem) from error
        return value

    @field_validator("subset")
    @classmethod
    def _indices(cls, value: str) -> str:
        try:
            index_text.indices_of(value)
        except ThawError as error:
            raise as_pydantic(error.problem) from error
        return value

    def counts(self, name: str) -> bool:
        """Whether a field makes a difference beside what else is chosen."""
        argument, choices = OPTIONS.get(name, ("", ()))
        return not argument or getattr(self, argument) in choices


class Exploration(Spec):
    """A data set, how its samples are handed out, and the loader over them.

    Attributes:
        path: Folder of "folder"; id of "upload".
        size: Side in pixels that images are resized to; None leaves them as they are stored.
        batches: How many are made, from the first.
        epochs: Of how many the order is told.
    """

    data: str = Field("digits", title="data set")
    path: str = Field("", title="folder", max_length=4000)
    size: int | None = Field(None, ge=8, le=512, title="size")
    loader: LoaderArguments = LoaderArguments()
    batches: int = Field(4, ge=1, le=200, title="number of batches")
    epochs: int = Field(1, ge=1, le=10, title="number of epochs")

    @model_validator(mode="after")
    def _fits(self) -> Exploration:
        try:
            entry = datasets.find_dataset(self.data)
            if entry.needs_path and not self.path.strip():
                raise ThawError("data.path_missing", name=entry.title)
        except ThawError as error:
            raise as_pydantic(error.problem) from error
        if self.size is not None and entry.kind != "image":
            raise as_pydantic(Problem("batches.size_of_no_image", {"data": entry.title}))
        collate = collate_table.find_collate(self.loader.collate)
        if entry.kind not in collate.kinds:
            fitting = [one.name for one in collate_table.COLLATES if entry.kind in one.kinds]
            values = {
                "collate": collate.title, "kinds": ", ".join(collate.kinds), "data": entry.title,
                "kind": entry.kind, "known": ", ".join(fitting),
            }
            raise as_pydantic(Problem("batches.wrong_kind", values))
        return self


def parse(raw: Mapping[str, Any]) -> Exploration:
    """The exploration of a plain mapping.

    Raises:
        SpecError: With one problem for each field that is wrong.
    """
    try:
        return Exploration.model_validate(raw)
    except ValidationError as error:
        raise SpecError(problems_of(error, Exploration)) from None


def into_recipe(recipe: Recipe, wanted: Exploration) -> tuple[Recipe, tuple[Problem, ...]]:
    """The recipe with the explored data and loader, and notices of what it could not take.

    Raises:
        RecipeError: If the data can't be trained on, or the training loop can't use the batches.
    """
    changed, notices = recipe, ()
    if (wanted.data, wanted.path) != (recipe.data.name, recipe.data.path):
        changed, notices = recipes.with_data(recipe, wanted.data, wanted.path)
    for name in recipes.LoaderSpec.model_fields:
        if name in LoaderArguments.model_fields:  # the rest is no argument of DataLoader
            value = getattr(wanted.loader, name)
            changed = recipes.with_value(changed, f"loader.{name}", value)
    changed = recipes.with_value(changed, "transform.size", wanted.size)
    left = [
        name for name in changed_fields(wanted.loader)
        if name not in recipes.LoaderSpec.model_fields and name != "seed" and name not in OPTIONS
    ]
    if left:
        notices += (Problem("batches.not_taken", {"names": ", ".join(left)}),)
    return changed, notices


def changed_fields(loader: LoaderArguments) -> list[str]:
    """The fields that count and are not at their defaults."""
    default = LoaderArguments()
    return [
        name for name in LoaderArguments.model_fields
        if loader.counts(name) and getattr(loader, name) != getattr(default, name)
    ]
