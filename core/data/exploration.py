"""What is explored: a data set and the arguments of a DataLoader over it. No torch here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from core import recipe as recipes
from core.data import collate_table, datasets
from core.messages import Problem, ThawError
from core.recipe import Recipe
from core.spec import Spec, SpecError, as_pydantic, problems_of

Sampler = Literal["default", "sequential", "random", "with_replacement", "weighted"]


class LoaderArguments(Spec):
    """Arguments of `torch.utils.data.DataLoader`, by its names and with its defaults.

    `seed` goes into the `generator`. What can't be said in JSON (a sampler object,
    `worker_init_fn`) is a choice by name or not there.
    """

    batch_size: int | None = Field(1, ge=1, le=65536, title="batch_size")
    shuffle: bool = Field(False, title="shuffle")
    sampler: Sampler = Field("default", title="sampler")
    drop_last: bool = Field(False, title="drop_last")
    collate: str = Field("default", title="collate_fn")
    num_workers: int = Field(0, ge=0, le=16, title="num_workers")
    prefetch_factor: int | None = Field(None, ge=1, le=64, title="prefetch_factor")
    persistent_workers: bool = Field(False, title="persistent_workers")
    pin_memory: bool = Field(False, title="pin_memory")
    timeout: float = Field(0.0, ge=0, le=60, title="timeout")  # seconds; 0: none
    in_order: bool = Field(True, title="in_order")
    multiprocessing_context: Literal["default", "fork", "spawn", "forkserver"] = Field(
        "default", title="multiprocessing_context"
    )
    seed: int = Field(0, ge=0, lt=2**31, title="seed")

    @field_validator("collate")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            collate_table.find_collate(value)
        except ThawError as error:
            raise as_pydantic(error.problem) from error
        return value

    @model_validator(mode="after")
    def _go_together(self) -> LoaderArguments:
        if self.shuffle and self.sampler != "default":
            raise as_pydantic(
                Problem("batches.sampler_and_shuffle", {"sampler": self.sampler}, "shuffle")
            )
        if self.batch_size is None and self.drop_last:
            raise as_pydantic(Problem("batches.no_batching", {"argument": "drop_last"}))
        if self.num_workers == 0:
            for argument, default in (
                ("prefetch_factor", None), ("persistent_workers", False), ("timeout", 0.0),
                ("multiprocessing_context", "default"),
            ):
                if getattr(self, argument) != default:
                    values = {"argument": argument, "default": str(default)}
                    raise as_pydantic(Problem("batches.needs_workers", values))
        return self


class Exploration(Spec):
    """A data set, how its samples are handed out, and the loader over them.

    Attributes:
        path: Folder of "folder"; id of "upload".
        size: Side in pixels that images are resized to; None leaves them as they are stored.
        batches: How many are made, from the first.
    """

    data: str = Field("digits", title="data set")
    path: str = Field("", title="folder", max_length=4000)
    size: int | None = Field(None, ge=8, le=512, title="size")
    loader: LoaderArguments = LoaderArguments()
    batches: int = Field(4, ge=1, le=200, title="number of batches")

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
        changed = recipes.with_value(changed, f"loader.{name}", getattr(wanted.loader, name))
    changed = recipes.with_value(changed, "transform.size", wanted.size)
    default = LoaderArguments()
    left = [
        name for name in LoaderArguments.model_fields
        if name not in recipes.LoaderSpec.model_fields and name != "seed"
        and getattr(wanted.loader, name) != getattr(default, name)
    ]
    if left:
        notices += (Problem("batches.not_taken", {"names": ", ".join(left)}),)
    return changed, notices


def call_text(exploration: Exploration) -> str:
    """The DataLoader as a person would write it: only what is not its default."""
    chosen, default = exploration.loader, LoaderArguments()
    entry = datasets.find_dataset(exploration.data)
    parts = ["dataset"]
    for name in LoaderArguments.model_fields:
        value = getattr(chosen, name)
        if value == getattr(default, name):
            continue
        if name == "collate":
            parts.append(f"collate_fn={value}")
        elif name == "sampler":
            parts.append(f"sampler={_SAMPLERS[value]}")
        elif name != "seed":
            parts.append(f"{name}={value!r}")
    if chosen.shuffle or chosen.sampler in ("random", "with_replacement", "weighted"):
        parts.append(f"generator=torch.Generator().manual_seed({chosen.seed})")
    return f"# dataset: {entry.title}\nloader = DataLoader({', '.join(parts)})"


_SAMPLERS = {
    "sequential": "SequentialSampler(dataset)",
    "random": "RandomSampler(dataset)",
    "with_replacement": "RandomSampler(dataset, replacement=True)",
    "weighted": "WeightedRandomSampler(weights, len(dataset))",
}
