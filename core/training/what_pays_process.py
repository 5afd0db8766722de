"""Measuring in which precision, memory format and threads steps are fastest; needs no torch."""

import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from core import recipe as recipes
from core.recipe import Recipe
from core.training import measuring
from core.training.measuring import forget

__all__ = ["Found", "Variant", "forget", "look", "start", "what_changed"]

LIMIT_SECONDS = 300.0

# What changes neither how long a step takes nor which variants there are.
_NO_MATTER = (
    "format", "name", "split", "optimizer.lr", "optimizer.momentum", "optimizer.weight_decay",
    "schedule", "unfreezing", "train.epochs", "train.label_smoothing", "train.seed", "train.ema",
    "train.precision", "train.memory_format", "train.threads", "train.compile", "train.log_every",
    "train.sync_batchnorm",
    "early_stopping", "loggers", "checkpoints", "features",
)


@dataclass(frozen=True)
class Variant:
    """One way to compute a step.

    Attributes:
        precision: As the recipe names it.
        memory_format: As the recipe names it.
        threads: Of the CPU.
        seconds: Of a step without its batch, the median; of several processes, of one's share.
        steps: How many that is the median of.
        stopped: Whether it was given up after its first steps, being many times slower.
    """

    precision: str
    memory_format: str
    threads: int
    seconds: float
    steps: int
    stopped: bool


@dataclass(frozen=True)
class Found:
    """All variants on one device; first the plain one, in the recipe's threads."""

    device: str
    variants: tuple[Variant, ...]

    @property
    def fastest(self) -> Variant:
        """The one with the shortest step."""
        return min(self.variants, key=lambda one: one.seconds)

    def times_faster(self, variant: Variant) -> float:
        """How many steps of it fit into one of the plain variant."""
        return self.variants[0].seconds / variant.seconds


def start(recipe: Recipe) -> Path:
    """Begins to measure, detached from this process; returns the measurement's folder.

    Raises:
        ThawError: If a run is training, or something is being measured already.
    """
    return measuring.start(recipe, "what_pays", "core.training.what_pays_process")


def look(place: Path) -> measuring.Look:
    """How far a measurement is, with what was `Found` in the end; well under a millisecond."""
    found = measuring.look(place)
    if not found.answer:
        return found
    raw = found.answer["what_pays"]
    variants = tuple(Variant(**one) for one in raw["variants"])
    return replace(found, answer=Found(raw["device"], variants))


def with_variant(recipe: Recipe, variant: Variant) -> Recipe:
    """The recipe, computed that way."""
    for name in ("precision", "memory_format", "threads"):
        recipe = recipes.with_value(recipe, f"train.{name}", getattr(variant, name))
    return recipe


def what_changed(measured: Recipe, recipe: Recipe) -> tuple[str, ...]:
    """Fields that differ and that a step's seconds depend on, as `"loader.batch_size"`."""
    return measuring.changed_fields(measured, recipe, _NO_MATTER)


def _measure(recipe: Recipe, place: Path, say: measuring.Say) -> dict[str, Any]:
    from core.training.what_pays import measure

    return {"what_pays": asdict(measure(recipe, place, say))}


if __name__ == "__main__":
    measuring.answer(Path(sys.argv[1]), _measure, LIMIT_SECONDS)
