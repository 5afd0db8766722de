"""The epochs of a run as points of a curve, read as they are written; no torch is needed."""

import threading
from dataclasses import dataclass

from core.runs.folder import Run
from core.runs.metrics import MetricsReader, Record, valid_records

MAX_POINTS = 1000  # of a run's curves


@dataclass(frozen=True)
class EpochPoint:
    """What was measured after an epoch; epoch 0 is the model before its first step.

    Attributes:
        seconds: Of work since the run began.
        train_loss: Mean over the epoch, with augmentation; None for epoch 0.
        train_accuracy: In [0, 1], likewise.
        val_loss: None where validation has not ended.
        val_accuracy: In [0, 1], likewise.
    """

    epoch: int
    step: int
    seconds: float
    train_loss: float | None = None
    train_accuracy: float | None = None
    val_loss: float | None = None
    val_accuracy: float | None = None


@dataclass(frozen=True)
class Mark:
    """A step at which something was changed, such as a stage that was opened.

    Attributes:
        epoch: Epochs done by then.
        seconds: Of work since the run began.
    """

    epoch: int
    step: int
    seconds: float
    label: str


class RunCurve:
    """Reads the epochs and marks of a run; safe to use from several threads.

    Each call reads only what is new, and of that it keeps the epochs and marks alone.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._reader = MetricsReader(run.path / "metrics.jsonl")
        self._records: list[Record] = []

    def points(self) -> list[EpochPoint]:
        """All epochs in their order; at most `MAX_POINTS`, extremes of the loss kept."""
        epochs = [record for record in self._valid() if record["kind"] == "epoch"]
        return _thinned([_point(found) for found in _by_epoch(epochs).values()])

    def marks(self) -> list[Mark]:
        """What was changed on the way, by step."""
        return [
            Mark(record["epoch"] - 1, record["step"], record.get("seconds") or 0.0,
                 str(record["values"].get("label", "")))
            for record in self._valid() if record["kind"] == "mark"
        ]

    def _valid(self) -> list[Record]:
        with self._lock:
            new = self._reader.read_new()
            self._records += [record for record in new if _is_kept(record)]
            attempts = self._run.attempts().items()
            return valid_records(
                self._records,
                {number: one for number, one in attempts if _is_number(one.get("first_step"))},
            )


def _is_kept(record: Record) -> bool:
    """Whether it is an epoch or a mark as the worker writes it, whatever else lies in the file."""
    return (
        record["kind"] in ("epoch", "mark")
        and all(_is_number(record[key]) for key in ("attempt", "step", "epoch"))
        and isinstance(record["values"], dict)
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _by_epoch(records: list[Record]) -> dict[int, list[Record]]:
    found: dict[int, list[Record]] = {}
    for record in records:
        found.setdefault(record["epoch"], []).append(record)
    return dict(sorted(found.items()))


def _point(records: list[Record]) -> EpochPoint:
    values = {
        f"{record.get('split')}_{metric}": value
        for record in records
        for metric, value in record["values"].items() if _is_number(value)
    }
    last = records[-1]
    return EpochPoint(
        last["epoch"], last["step"], last.get("seconds") or 0.0,
        *(values.get(name) for name in
          ("train_loss", "train_accuracy", "val_loss", "val_accuracy")),
    )


def _thinned(points: list[EpochPoint]) -> list[EpochPoint]:
    """Of each stretch the points with the least and the greatest validation loss."""
    if len(points) <= MAX_POINTS:
        return points
    stretch = -(-2 * len(points) // (MAX_POINTS - 1))
    kept: dict[int, EpochPoint] = {}
    for start in range(0, len(points), stretch):
        part = points[start : start + stretch]
        for pick in (min, max):
            point = pick(part, key=lambda point: point.val_loss or 0.0)
            kept[point.epoch] = point
    kept[points[-1].epoch] = points[-1]
    return sorted(kept.values(), key=lambda point: point.epoch)
