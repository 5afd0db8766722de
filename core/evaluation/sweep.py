"""What came out of a sweep: each run's figures, and the places of its map over their seeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.evaluation.experiment import TO_COME, Figure, Standing, figure, standing_of
from core.runs.folder import Run
from core.runs.status import RunStatus, status
from core.runs.sweep import Sweep
from core.runs.sweep_fields import SEEDS
from core.runs.sweep_spec import AxisSpec, Cell, SweepSpec

Metric = Literal["val_accuracy", "val_loss", "accuracy", "seconds"]
METRICS: tuple[Metric, ...] = ("val_accuracy", "val_loss", "accuracy", "seconds")
ACCURACIES: tuple[Metric, ...] = ("val_accuracy", "accuracy")
LOWER_IS_BETTER: tuple[Metric, ...] = ("val_loss", "seconds")
# Of several seeds that stand differently, the first of these is said.
_FIRST: tuple[Standing, ...] = ("failed", "running", "waiting", "stopped", "missing")


@dataclass(frozen=True)
class CellOutcome:
    """One run of a sweep, or the place of one that is missing.

    Attributes:
        run: The one that counts; None if it was removed.
        val_accuracy: Of the best epoch, in [0, 1]; None before there is one, as the others.
        val_loss: Of the best epoch.
        val_samples: Images that it was measured on.
        accuracy: On the held-out images after the last epoch, in [0, 1].
        samples: Held-out images.
        seconds: Of training and validation.
    """

    cell: Cell
    standing: Standing
    run: Run | None = None
    now: RunStatus | None = None
    val_accuracy: float | None = None
    val_loss: float | None = None
    val_samples: int = 0
    accuracy: float | None = None
    samples: int = 0
    seconds: float | None = None


@dataclass(frozen=True)
class Place:
    """A place on the map: the runs that differ in nothing but their seeds.

    Attributes:
        cell: Values of the fields that the map shows.
        outcomes: One a seed; one alone where no seed is varied.
    """

    cell: Cell
    outcomes: tuple[CellOutcome, ...]

    @property
    def finished(self) -> list[CellOutcome]:
        """Its runs that have finished."""
        return [one for one in self.outcomes if one.standing == "finished"]

    @property
    def is_whole(self) -> bool:
        """Whether all its runs have finished."""
        return len(self.finished) == len(self.outcomes)

    @property
    def standing(self) -> Standing:
        """"finished" if all its runs have, else what stands in the way."""
        found = {one.standing for one in self.outcomes}
        return next((one for one in _FIRST if one in found), "finished")

    def figure(self, metric: Metric) -> Figure | None:
        """Over its runs that have finished; None if there are none."""
        return figure([getattr(one, metric) for one in self.finished])


def outcomes_of(sweep: Sweep) -> list[CellOutcome]:
    """One for each cell, in the order in which they are trained."""
    return [_outcome(cell, sweep.run_of(cell)) for cell in sweep.spec.cells()]


def shown_axes(spec: SweepSpec) -> tuple[AxisSpec, ...]:
    """The fields that the map shows: all but seeds, or the seeds where nothing else is varied."""
    return tuple(axis for axis in spec.axes if axis.field not in SEEDS) or spec.axes


def places_of(spec: SweepSpec, outcomes: Sequence[CellOutcome]) -> list[Place]:
    """The places of the map, in the order of the fields' values."""
    shown = [spec.axes.index(axis) for axis in shown_axes(spec)]
    grouped: dict[Cell, list[CellOutcome]] = {}
    for one in outcomes:
        grouped.setdefault(tuple(one.cell[at] for at in shown), []).append(one)
    return [Place(cell, tuple(found)) for cell, found in grouped.items()]


def best_of(places: Sequence[Place], metric: Metric) -> Place | None:
    """The best of those all of whose runs have finished; the first of several as good.

    By held-out accuracy nothing is chosen: then it is the best by validation accuracy.
    """
    by: Metric = "val_accuracy" if metric == "accuracy" else metric
    known = [(place.figure(by), place) for place in places if place.is_whole]
    values = [(found.mean, place) for found, place in known if found]
    choose = min if by in LOWER_IS_BETTER else max
    return choose(values, key=lambda pair: pair[0])[1] if values else None


def is_going(outcomes: Sequence[CellOutcome]) -> bool:
    """Whether runs are to come."""
    return any(one.standing in TO_COME for one in outcomes)


def _outcome(cell: Cell, run: Run | None) -> CellOutcome:
    if run is None:
        return CellOutcome(cell, "missing")
    now = status(run)
    best, test = now.best or {}, now.state.get("test") or {}
    return CellOutcome(
        cell, standing_of(run, now), run, now,
        val_accuracy=best.get("val_accuracy"),
        val_loss=best.get("val_loss"),
        val_samples=(now.state.get("samples") or {}).get("val", 0),
        accuracy=test.get("accuracy"),
        samples=test.get("samples", 0),
        seconds=now.seconds or None,
    )
