"""`metrics.jsonl`: one line a record, appended; read incrementally, as long as a run grows."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas

Record = dict[str, Any]


class MetricsWriter:
    """Appends records; each is handed to the system at once and to the disk by `sync`.

    Args:
        path: `metrics.jsonl` of the run. A line that a killed writer tore is ended first, so
            that the next record stands on a line of its own.
        attempt: Number of the process among those that worked on the run.
    """

    def __init__(self, path: Path, attempt: int) -> None:
        self._attempt = attempt
        self._file = open(path, "ab")  # noqa: SIM115 - open for the whole run
        if self._file.tell():
            with open(path, "rb") as file:
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    self._file.write(b"\n")

    def write(self, kind: str, **fields: Any) -> None:
        """Appends one record of a kind ("step", "epoch" or "mark")."""
        record = {"attempt": self._attempt, "kind": kind, **fields}
        self._file.write(json.dumps(record, separators=(",", ":")).encode() + b"\n")
        self._file.flush()

    def sync(self) -> None:
        """Waits until the records are on the disk."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Syncs and closes."""
        if not self._file.closed:
            self.sync()
            self._file.close()


class MetricsReader:
    """Reads what was appended since it last read; a line still being written waits."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def read_new(self) -> list[Record]:
        """The new records, in the order of the file; torn and damaged lines are left out."""
        try:
            with open(self._path, "rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        return [record for line in whole.splitlines() if (record := _parsed(line)) is not None]


def read_records(path: Path) -> list[Record]:
    """All whole records of a file."""
    return MetricsReader(path).read_new()


def valid_records(
    records: Iterable[Record], attempts: Mapping[int, Mapping[str, Any]]
) -> list[Record]:
    """The records that count, by step.

    An attempt goes on from a checkpoint, so what earlier ones recorded beyond its first step
    is void. Where two attempts recorded the same, the later one counts.

    Args:
        attempts: `first_step` by number of attempt, as `Run.attempts` gives them.
    """
    newest: dict[tuple, Record] = {}
    for record in records:
        attempt = record["attempt"]
        later = (start["first_step"] for number, start in attempts.items() if number > attempt)
        if record["step"] > min(later, default=record["step"]):
            continue
        key = (record["kind"], record["step"], record["epoch"], record.get("split"),
               str(record["values"].get("label", "")))
        if key not in newest or newest[key]["attempt"] <= attempt:
            newest[key] = record
    return sorted(newest.values(), key=lambda record: (record["step"], record["epoch"]))


def frame(records: Iterable[Record], kind: str | None = None) -> "pandas.DataFrame":
    """Records as a tidy frame: kind, step, epoch, samples, seconds, split, metric, value."""
    import pandas

    rows = [
        {**{key: record.get(key) for key in _COLUMNS}, "metric": metric, "value": value}
        for record in records
        if kind is None or record["kind"] == kind
        for metric, value in record["values"].items()
        if isinstance(value, int | float)
    ]
    return pandas.DataFrame(rows, columns=[*_COLUMNS, "metric", "value"])


_COLUMNS = ["kind", "step", "epoch", "samples", "seconds", "split"]


def _parsed(line: bytes) -> Record | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    needed = {"attempt", "kind", "step", "epoch", "values"}
    return record if isinstance(record, dict) and needed <= record.keys() else None
