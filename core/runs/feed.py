"""A run's metrics as numbered points, read as they are written; what a live chart is fed with."""

import math
import threading
from dataclasses import dataclass

from core.runs.folder import Run
from core.runs.metrics import MetricsReader, Record, valid_records

MAX_POINTS = 1000  # of a series, when all of it is asked for


@dataclass(frozen=True)
class StageOpening:
    """A step at which frozen stages began to train.

    Attributes:
        before: The optimiser's groups until then: name, params and lr of each.
        after: The groups from then on.
    """

    step: int
    epoch: int
    label: str
    before: list[dict]
    after: list[dict]


@dataclass(frozen=True)
class Points:
    """Some of a run's points.

    Attributes:
        revision: Raised when points that were handed out are void (a resume); all begins anew.
        steps: [number, step, epoch, loss, accuracy, lr] of training steps.
        epochs: [epoch, step, train loss, train accuracy, validation loss, validation accuracy].
        marks: [step, label].
        openings: Stages that were opened on the way.
        count: How many step points there are in all.
    """

    revision: int
    steps: list[list[float | None]]
    epochs: list[list[float | None]]
    marks: list[list]
    count: int
    openings: tuple[StageOpening, ...] = ()


class RunFeed:
    """Reads a run once for all who watch it; safe to use from several threads.

    `update` reads only what is new, so its cost does not grow with the run.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._reader = MetricsReader(run.path / "metrics.jsonl")
        self._records: list[Record] = []
        self._attempts: dict = {}
        self._revision = 0
        self._begin()

    def _begin(self) -> None:
        self._steps: list[list[float | None]] = []
        self._epochs: dict[int, list[float | None]] = {}
        self._marks: list[list] = []
        self._openings: list[StageOpening] = []

    def update(self) -> None:
        """Takes in what was written since the last call."""
        with self._lock:
            new = self._reader.read_new()
            if any(record["attempt"] not in self._attempts for record in new):
                # A new attempt voids points of the ones before: what was kept is sorted again.
                self._attempts = self._run.attempts()
                self._records += new
                self._revision += 1
                self._begin()
                for record in valid_records(self._records, self._attempts):
                    self._take(record)
                return
            self._records += new
            for record in new:
                self._take(record)

    def _take(self, record: Record) -> None:
        values = record["values"]
        if record["kind"] == "step":
            self._steps.append(
                [len(self._steps), record["step"], record["epoch"],
                 *(_finite(values.get(name)) for name in ("loss", "accuracy", "lr"))]
            )
        elif record["kind"] == "epoch":
            row = self._epochs.setdefault(
                record["epoch"], [record["epoch"], record["step"], None, None, None, None]
            )
            at = 2 if record["split"] == "train" else 4
            row[at : at + 2] = [_finite(values.get("loss")), _finite(values.get("accuracy"))]
        elif record["kind"] == "mark":
            label = str(values.get("label", ""))
            self._marks.append([record["step"], label])
            if "after" in values:
                self._openings.append(
                    StageOpening(record["step"], record["epoch"], label,
                                 values.get("before", []), values["after"])
                )

    def all(self) -> Points:
        """Everything, thinned to the extremes of its stretches where it is long."""
        with self._lock:
            return self._points(_thinned(self._steps, MAX_POINTS))

    def since(self, number: int) -> Points:
        """The step points from a number on, and all epochs."""
        with self._lock:
            return self._points(self._steps[max(number, 0) :])

    def _points(self, steps: list[list[float | None]]) -> Points:
        epochs = _thinned(list(self._epochs.values()), MAX_POINTS, column=4)
        return Points(self._revision, steps, epochs, list(self._marks), len(self._steps),
                      tuple(self._openings))


def _finite(value: float | None) -> float | None:
    """None for what JSON and a chart don't know: NaN and infinity."""
    return value if value is not None and math.isfinite(value) else None


def _thinned(
    rows: list[list[float | None]], most: int, column: int = 3
) -> list[list[float | None]]:
    """At most `most` rows: of each stretch the ones with the least and the greatest value."""
    if len(rows) <= most:
        return list(rows)
    stretch = -(-2 * len(rows) // most)
    kept: list[list[float | None]] = []
    for start in range(0, len(rows), stretch):
        part = rows[start : start + stretch]
        low = min(part, key=lambda row: row[column] or 0.0)
        high = max(part, key=lambda row: row[column] or 0.0)
        kept += [low] if low is high else sorted((low, high), key=lambda row: row[0])
    if kept[-1] is not rows[-1]:
        kept.append(rows[-1])
    return kept
