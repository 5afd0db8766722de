"""Everything numeric that a run recorded, as columns; quick on runs of many steps, without torch.

`metrics.jsonl` of 10,000 steps is 2.5 MB. Read line by line by `json` it takes 60 ms, read as one
table by pyarrow (which Streamlit brings) 13 ms: with 20 runs that is the wait of a click.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.runs.folder import Run
from core.runs.metrics import Record, read_records

if TYPE_CHECKING:
    import pyarrow

_WHERE = ("attempt", "step", "epoch", "samples", "seconds")
KINDS = ("step", "epoch")


class Metric(NamedTuple):
    """What was recorded: by whom ("step" or "epoch"), of which images ("train" or "val")."""

    kind: str
    split: str
    name: str


@dataclass(frozen=True)
class Series:
    """A metric over a run, by step.

    Attributes:
        step: Training steps done by then, int64 [N], like all others.
        epoch: The epoch that the record belongs to, from 1; 0 before the first step.
        samples: Training samples seen by then, float64.
        seconds: Of work since the run began, float64.
        value: float64, finite: what was NaN or infinite is left out.
    """

    step: np.ndarray
    epoch: np.ndarray
    samples: np.ndarray
    seconds: np.ndarray
    value: np.ndarray

    def __len__(self) -> int:
        return len(self.step)

    def at(self, rows: np.ndarray | slice) -> "Series":
        """Some of its rows, by number, as a mask or as a slice."""
        return Series(*(getattr(self, name)[rows] for name in
                        ("step", "epoch", "samples", "seconds", "value")))


def read_series(run: Run) -> dict[Metric, Series]:
    """Each metric of a run; what a resume made void is left out, and so are damaged lines."""
    path = run.path / "metrics.jsonl"
    try:
        data = path.read_bytes()
    except OSError:
        return {}
    columns = _by_arrow(data[: data.rfind(b"\n") + 1])
    if columns is None:
        columns = _by_json(read_records(path))
    starts = {
        number: one["first_step"] for number, one in run.attempts().items()
        if isinstance(one.get("first_step"), int | float)
    }
    return _split(columns, starts)


@dataclass
class _Columns:
    kind: np.ndarray  # of str
    split: np.ndarray  # of str
    where: dict[str, np.ndarray]  # float64, NaN where nothing was said
    values: dict[str, np.ndarray]  # likewise


def _by_arrow(data: bytes) -> _Columns | None:
    """None for what it can't read as one table (NaN, a torn line, odd types)."""
    try:
        import pyarrow
        from pyarrow import json
    except ImportError:
        return None
    if not data:
        return None
    options = json.ReadOptions(use_threads=False, block_size=len(data) + 1)
    try:
        table = json.read_json(io.BytesIO(data), read_options=options)
        values = table.column("values").combine_chunks()
        found = {
            field.name: _numbers(values.field(field.name)) for field in values.type
            if pyarrow.types.is_integer(field.type) or pyarrow.types.is_floating(field.type)
        }
        where = {name: _numbers(table.column(name)) for name in _WHERE}
        return _Columns(_words(table, "kind"), _words(table, "split"), where, found)
    except (pyarrow.ArrowException, KeyError, TypeError, ValueError, AttributeError):
        return None


def _numbers(column: "pyarrow.Array") -> np.ndarray:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=float)


def _words(table: "pyarrow.Table", name: str) -> np.ndarray:
    return table.column(name).to_numpy()


def _by_json(records: Iterable[Record]) -> _Columns:
    kept = [record for record in records if _is_whole(record)]
    names = dict.fromkeys(
        name for record in kept for name, value in record["values"].items() if _is_number(value)
    )
    return _Columns(
        np.array([record["kind"] for record in kept], dtype=object),
        np.array([record.get("split") for record in kept], dtype=object),
        {name: _column(kept, name) for name in _WHERE},
        {name: _column([record["values"] for record in kept], name) for name in names},
    )


def _column(rows: list[dict], name: str) -> np.ndarray:
    found = (row.get(name) for row in rows)
    return np.array([value if _is_number(value) else np.nan for value in found], dtype=float)


def _is_whole(record: Record) -> bool:
    return isinstance(record["values"], dict) and all(
        _is_number(record[name]) for name in ("attempt", "step", "epoch")
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _split(columns: _Columns, starts: dict[int, float]) -> dict[Metric, Series]:
    where = columns.where
    whole = ~np.isnan(where["step"]) & ~np.isnan(where["epoch"]) & ~np.isnan(where["attempt"])
    counts = whole & _counts(where["attempt"], where["step"], starts)
    found: dict[Metric, Series] = {}
    for kind in KINDS:
        of_kind = counts & (columns.kind == kind)
        for split in dict.fromkeys(columns.split[of_kind].tolist()):
            if not isinstance(split, str):
                continue
            rows = _ordered(where, np.flatnonzero(of_kind & (columns.split == split)))
            shared = _Rows(where, rows)
            for name, values in columns.values.items():
                said = np.isfinite(values[rows])
                if said.all():
                    found[Metric(kind, split, name)] = shared.with_value(values[rows])
                elif said.any():
                    own = rows[said]
                    found[Metric(kind, split, name)] = _Rows(where, own).with_value(values[own])
    return found


def _counts(attempt: np.ndarray, step: np.ndarray, starts: dict[int, float]) -> np.ndarray:
    """False for what an attempt recorded beyond the step that a later one began at."""
    keep = np.ones(len(step), dtype=bool)
    for number, first in starts.items():
        keep &= (attempt >= number) | (step <= first)
    return keep


def _ordered(where: dict[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
    """Rows by step; where two attempts recorded the same step and epoch, the later one counts."""
    step, epoch = where["step"][rows], where["epoch"][rows]
    order = np.lexsort((rows, where["attempt"][rows], epoch, step))
    last = np.ones(len(rows), dtype=bool)
    last[:-1] = (np.diff(step[order]) != 0) | (np.diff(epoch[order]) != 0)
    return rows[order][last]


class _Rows:
    """Where some rows lie; metrics that were recorded together share these columns."""

    def __init__(self, where: dict[str, np.ndarray], rows: np.ndarray) -> None:
        self._columns = (
            where["step"][rows].astype(np.int64), where["epoch"][rows].astype(np.int64),
            np.nan_to_num(where["samples"][rows]), np.nan_to_num(where["seconds"][rows]),
        )

    def with_value(self, value: np.ndarray) -> Series:
        return Series(*self._columns, value)
