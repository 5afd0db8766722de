"""The search for a learning rate in a process of its own; needs no torch itself."""

import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.messages import Problem
from core.recipe import Recipe
from core.training import measuring
from core.training.measuring import forget

__all__ = ["Found", "Search", "forget", "look", "start", "what_changed", "what_to_know"]

LIMIT_SECONDS = 900.0

# Fields that the curve does not depend on: what only counts over a whole run, and the rate itself.
_NO_MATTER = (
    "format", "name", "optimizer.lr", "schedule", "unfreezing", "train.epochs", "train.log_every",
    "train.compile", "train.ema", "train.threads", "early_stopping", "loggers", "checkpoints",
    "features", "loader.num_workers", "loader.on_device",
)
_MATTERS_LITTLE = {
    "adadelta": "lr.matters_little_adadelta",
    "rprop": "lr.matters_little_rprop",
    "adafactor": "lr.matters_little_adafactor",
}


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        rates: Of the head, rising.
        losses: Mean loss of the batch at each rate; NaN and infinite ones too.
        smoothed: None where the loss was no number.
        rate: What is suggested; None if the curve suggests nothing.
        why_not: Why.
        still_falling: Whether the loss still fell at the largest rate.
        groups: Stages that trained, from the input on.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float | None, ...]
    rate: float | None
    why_not: Problem | None
    still_falling: bool
    groups: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """All of it; a loss that is no number is null."""
        why = self.why_not
        return {
            "curve": [
                {"rate": rate, "loss": loss if math.isfinite(loss) else None, "smoothed": smoothed}
                for rate, loss, smoothed in zip(
                    self.rates, self.losses, self.smoothed, strict=True
                )
            ],
            "rate": self.rate,
            "why_not": {"id": why.id, "values": dict(why.values)} if why else None,
            "still_falling": self.still_falling,
            "groups": list(self.groups),
        }


@dataclass(frozen=True)
class Search:
    """How far a search is.

    Attributes:
        step: Of `lr_curve.STEPS`; 0 before the first.
        is_done: Whether nothing more will come.
        answer: When it is done.
        problem: Why there is nothing.
    """

    step: int
    is_done: bool
    answer: Found | None = None
    problem: Problem | None = None


def start(recipe: Recipe) -> Path:
    """Begins to search, detached from this process; returns the search's folder.

    Raises:
        ThawError: If a run is training, or something is being measured already.
    """
    return measuring.start(recipe, "lr_finder", "core.training.lr_finder_process")


def look(place: Path) -> Search:
    """How far a search is; well under a millisecond."""
    now = measuring.look(place)
    found = _read(now.answer["found"]) if now.answer else None
    _, _, step = now.phase.partition("step ")
    return Search(int(step or 0), now.phase == "done", found, now.problem)


def what_changed(searched: Recipe, recipe: Recipe) -> tuple[str, ...]:
    """Fields that differ and that the curve depends on, as `"optimizer.name"`."""
    return measuring.changed_fields(searched, recipe, _NO_MATTER)


def what_to_know(recipe: Recipe) -> Problem | None:
    """What to know of an optimiser whose rate matters little."""
    id = _MATTERS_LITTLE.get(recipe.optimizer.name)
    return Problem(id) if id else None


def _read(raw: dict[str, Any]) -> Found:
    why, curve = raw["why_not"], raw["curve"]
    return Found(
        rates=tuple(point["rate"] for point in curve),
        losses=tuple(math.nan if point["loss"] is None else point["loss"] for point in curve),
        smoothed=tuple(point["smoothed"] for point in curve),
        rate=raw["rate"], why_not=Problem(why["id"], why["values"]) if why else None,
        still_falling=raw["still_falling"], groups=tuple(raw["groups"]),
    )


def _measure(recipe: Recipe, place: Path, say: measuring.Say) -> dict[str, Any]:
    from core.training.lr_finder import find

    return {"found": find(recipe, place, say).as_json()}


if __name__ == "__main__":
    measuring.answer(Path(sys.argv[1]), _measure, LIMIT_SECONDS)
