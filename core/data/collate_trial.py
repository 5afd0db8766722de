"""All collate functions on one batch of samples: what is tried and what came out. No torch here."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, ValidationError

from core.data import child
from core.messages import Problem, ThawError
from core.spec import Spec, SpecError, problems_of

MAX_BATCH = 16


class CollateTrial(Spec):
    """The samples of one batch, and the options of the functions that are tried on them.

    Attributes:
        size: Side in pixels that images are resized to; None leaves them as they are stored.
        batch: Which of the epoch, from 0; past the end it is the last one.
        seed: Of the order, and of what MixUp and CutMix draw.
    """

    data: str = Field("example", title="data set")
    size: int | None = Field(None, ge=8, le=512, title="size")
    batch_size: int = Field(3, ge=1, le=MAX_BATCH, title="batch_size")
    order: Literal["in order", "shuffled"] = "in order"
    batch: int = Field(0, ge=0, le=10_000_000, title="batch")
    seed: int = Field(0, ge=0, lt=2**31, title="seed")
    multiple: int = Field(8, ge=1, le=1024, title="multiple")
    length: int = Field(16, ge=1, le=4096, title="length")


@dataclass(frozen=True)
class Part:
    """One tensor or value of a sample or of a batch.

    Attributes:
        name: The way to it: "0", "X", "3.1"; "" if it is all there is.
        kind: "tensor", or the name of its Python type.
        value: Its beginning: numbers, or a picture [..., H, W, 3] in uint8; None if neither.
        padding: Where the value is filled and not a sample's; None if the function fills nothing.
        filled: How many of all its values are padding.
        size: How many values it has.
    """

    name: str
    kind: str
    dtype: str
    shape: tuple[int, ...]
    value: np.ndarray | None
    padding: np.ndarray | None = None
    filled: int = 0
    size: int = 0


@dataclass(frozen=True)
class Failure:
    """How a function failed.

    Attributes:
        kind: Of the exception.
        said: Its own text.
        line: Of the function's source that raised it; "" for PyTorch's own function.
        why: What it was about these samples.
    """

    kind: str
    said: str
    line: str
    why: Problem


@dataclass(frozen=True)
class Made:
    """What one function made of the samples.

    Attributes:
        form: How the batch is built: "dict of X, y", "list of 3".
        lost: Values of the samples that it cut off.
        shares: Of the classes in each mixed label, its own first; () if it mixes nothing.
        failure: None if there is a batch.
    """

    name: str
    form: str = ""
    parts: tuple[Part, ...] = ()
    lost: int = 0
    shares: tuple[tuple[tuple[str, float], ...], ...] = ()
    failure: Failure | None = None


@dataclass(frozen=True)
class Tried:
    """Samples and what each function made of them.

    Attributes:
        batch: Which of the epoch it is, from 0.
        total: Batches of an epoch.
        indices: Of the samples in the data set; () of a stream, which has none.
        labels: The class of each sample.
        samples: The parts of each.
        reduced: Every which pixel of a picture is here.
    """

    batch: int
    total: int
    indices: tuple[int, ...]
    labels: tuple[str, ...]
    samples: tuple[tuple[Part, ...], ...]
    made: tuple[Made, ...]
    classes: int
    reduced: int = 1


def parse(raw: Mapping[str, Any]) -> CollateTrial:
    """The trial of a plain mapping.

    Raises:
        SpecError: With one problem for each field that is wrong.
    """
    try:
        return CollateTrial.model_validate(raw)
    except ValidationError as error:
        raise SpecError(problems_of(error, CollateTrial)) from None


# --- through a folder ------------------------------------------------------------------------


def write(folder: Path, tried: Tried) -> None:
    """Writes it as a job's answer: JSON, and arrays beside it."""
    arrays: dict[str, np.ndarray] = {}

    def kept(parts: tuple[Part, ...]) -> list[dict[str, Any]]:
        rows = []
        for part in parts:
            row = asdict(replace(part, value=None, padding=None))
            for field in ("value", "padding"):
                if (array := getattr(part, field)) is not None:
                    row[field] = f"a{len(arrays)}"
                    arrays[row[field]] = array
            rows.append(row)
        return rows

    answer = asdict(replace(tried, samples=(), made=()))
    answer["samples"] = [kept(parts) for parts in tried.samples]
    answer["made"] = [
        {**asdict(replace(one, parts=(), failure=None)), "parts": kept(one.parts),
         "failure": one.failure and _plain_failure(one.failure)}
        for one in tried.made
    ]
    with open(folder / "arrays.npz", "wb") as file:
        np.savez(file, **arrays)
    child.write_answer(folder, answer)


def read(folder: Path) -> Tried:
    """What `write` wrote."""
    answer = child.read_json(folder)
    with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:

        def parts(rows: list[dict[str, Any]]) -> tuple[Part, ...]:
            return tuple(
                Part(**{
                    **row, "shape": tuple(row["shape"]),
                    **{field: row[field] and arrays[row[field]] for field in ("value", "padding")},
                })
                for row in rows
            )

        made = tuple(
            Made(**{
                **one, "parts": parts(one["parts"]),
                "shares": tuple(tuple(map(tuple, row)) for row in one["shares"]),
                "failure": one["failure"] and _failure(one["failure"]),
            })
            for one in answer["made"]
        )
        return Tried(**{
            **answer, "indices": tuple(answer["indices"]), "labels": tuple(answer["labels"]),
            "samples": tuple(map(parts, answer["samples"])), "made": made,
        })


def _plain_failure(failure: Failure) -> dict[str, Any]:
    why = {"id": failure.why.id, "values": dict(failure.why.values)}
    return {"kind": failure.kind, "said": failure.said, "line": failure.line, "why": why}


def _failure(row: dict[str, Any]) -> Failure:
    try:
        return Failure(**{**row, "why": Problem(row["why"]["id"], row["why"]["values"])})
    except (KeyError, TypeError):
        raise ThawError("child.ended") from None
