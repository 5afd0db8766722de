"""What people expect of a run before it shows: `predictions.jsonl` in its folder.

A line a prediction, appended while the first epoch has not ended; none is ever changed, for a
prediction that is made after seeing the curve isn't one.
"""

import json
import os
import time
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from core.messages import Problem, ThawError
from core.runs.folder import Run
from core.runs.meta import only_changer
from core.runs.metrics import read_records
from core.runs.status import status
from core.spec import Spec, as_pydantic

MOST = 100  # of a run
NAMELESS = "Prediction"  # of who gives no name
_FILE = "predictions.jsonl"

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Epoch = Annotated[float, Field(ge=0, le=10_000)]
Accuracy = Annotated[float, Field(ge=0, le=1)]


class Prediction(Spec):
    """What one person expects of the validation accuracy.

    Attributes:
        name: Whose it is.
        kind: "curve", or "final" for the last epoch's accuracy alone.
        points: (epoch, accuracy in [0, 1]), epochs ascending; of "final" the last one counts.
    """

    name: Name = Field(title="name")
    kind: Literal["curve", "final"] = Field("curve", title="kind of prediction")
    points: tuple[tuple[Epoch, Accuracy], ...] = Field(
        title="predicted points", min_length=1, max_length=100
    )

    @field_validator("points")
    @classmethod
    def _ascending(
        cls, value: tuple[tuple[float, float], ...]
    ) -> tuple[tuple[float, float], ...]:
        epochs = [epoch for epoch, _ in value]
        if any(later <= earlier for earlier, later in zip(epochs, epochs[1:], strict=False)):
            raise as_pydantic(Problem("prediction.not_ascending"))
        return value

    def at(self, epoch: float) -> float:
        """The accuracy after an epoch: on the line between two points, flat beyond the ends."""
        before = self.points[0]
        for point in self.points:
            if point[0] >= epoch:
                span = point[0] - before[0]
                share = (epoch - before[0]) / span if span and epoch > before[0] else 1.0
                return before[1] + share * (point[1] - before[1])
            before = point
        return before[1]


def is_open(run: Run) -> bool:
    """Whether a prediction can still be made: no epoch has ended."""
    now = status(run)
    if now.epoch > 1 or now.status == "finished":
        return False
    records = read_records(run.path / "metrics.jsonl")
    return not any(one["kind"] == "epoch" and one["epoch"] >= 1 for one in records)


def add(run: Run, predictions: Iterable[Prediction]) -> None:
    """Keeps predictions of a run for good.

    Raises:
        ThawError: If its first epoch has ended, somebody of that name has predicted already, or
            there are too many.
    """
    with only_changer(run):
        if not is_open(run):
            raise ThawError("prediction.too_late", run=run.name)
        known = read(run)
        names = {one.name.casefold() for one in known}
        lines = []
        for one in predictions:
            if one.name.casefold() in names:
                raise ThawError("prediction.name_taken", name=one.name)
            names.add(one.name.casefold())
            lines.append(json.dumps({"made": time.time(), **one.model_dump(mode="json")}) + "\n")
        if len(known) + len(lines) > MOST:
            raise ThawError("prediction.too_many", most=MOST)
        if lines:
            _append(run, "".join(lines))


def read(run: Run) -> list[Prediction]:
    """The predictions of a run, the oldest first; lines that are damaged are left out."""
    try:
        lines = (run.path / _FILE).read_bytes().splitlines()
    except OSError:
        return []
    found: dict[str, Prediction] = {}
    for line in lines:
        if (one := _parsed(line)) is not None:
            found.setdefault(one.name.casefold(), one)
    return list(found.values())


def _append(run: Run, text: str) -> None:
    try:
        with open(run.path / _FILE, "ab+") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":  # a writer that was killed tore the last line
                    text = "\n" + text
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ThawError(
            "prediction.unwritable", path=str(run.path), why=error.strerror or str(error)
        ) from None


def _parsed(line: bytes) -> Prediction | None:
    try:
        raw = json.loads(line)
        raw.pop("made", None)
        return Prediction.model_validate(raw)
    except (ValueError, TypeError, AttributeError):  # the last two: it is no object
        return None


def free_name(wanted: str, taken: Sequence[str]) -> str:
    """The name, or `NAMELESS` for none, numbered where somebody has it already."""
    name = wanted.strip()[:36] or NAMELESS
    known = {one.casefold() for one in taken}
    if name.casefold() not in known:
        return name
    number = next(n for n in range(2, len(known) + 3) if f"{name} {n}".casefold() not in known)
    return f"{name} {number}"
