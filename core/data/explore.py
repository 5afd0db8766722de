"""What a DataLoader really yields: every batch with who made it, from what, and when.

The real DataLoader runs; the data set and the collate function are wrapped so that each batch
carries the indices of its samples, the worker that made it and the moment it was ready.
"""

import re
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset

from core.data import collate_why, datasets, explored_files
from core.data.batch import Batch, Explored, Leaf
from core.data.build_loader import STALLED_SECONDS, build_loader, refused
from core.data.epochs import MOST_SAMPLES, Epoch, announce, orders
from core.data.exploration import Exploration, parse
from core.data.leaf import leaf_of
from core.data.samples import open_dataset
from core.data.trace import leaves, now
from core.messages import Problem, ThawError

MAX_LEAVES = 64  # of one batch; a list of a thousand pictures says no more
_SAMPLES_BYTES = 48_000_000  # of samples before they were collated, in all batches together
_LEAVES_BYTES = 250_000_000  # the same of batches, where rows are cut off

__all__ = ["answer", "build_loader", "explore", "leaves"]


def answer(folder: Path, values: Mapping[str, Any]) -> None:
    """The job: `values` are the fields of an `Exploration`."""
    explored_files.write(folder, explore(parse(values), rows=explored_files.ROWS))


def explore(wanted: Exploration, *, rows: int | None = None) -> Explored:
    """Runs the DataLoader for the first batches, and says the order of whole epochs.

    Args:
        rows: How many of each tensor are kept; None keeps all.

    Raises:
        ThawError: If the data can't be had, or the DataLoader refuses its arguments.
    """
    try:
        dataset = open_dataset(wanted.data, wanted.path, wanted.size)
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            loader = build_loader(dataset, wanted.loader)
            run = _Run(dataset, loader, wanted, rows)
            run.first_epoch()
            run.later_epochs()
    except ThawError as error:
        raise _named(error, wanted) from None
    return Explored(
        samples=len(dataset.targets),
        total=run.total,
        batches=tuple(run.batches),
        class_names=dataset.classes,
        problem=run.problem,
        epochs=tuple(run.epochs),
        labels=tuple(np.asarray(dataset.targets).tolist()),
        warnings=tuple(dict.fromkeys(_said(one) for one in warned if _is_torchs(one))),
        left_out=tuple(getattr(dataset, "left_out", ())),
    )


class _Run:
    """A loader that is iterated: what has come of it so far."""

    def __init__(
        self, dataset: Any, loader: DataLoader, wanted: Exploration, rows: int | None
    ) -> None:
        self.dataset, self.loader, self.wanted, self.rows = dataset, loader, wanted, rows
        self.is_stream = isinstance(dataset, IterableDataset)
        self.batches: list[Batch] = []
        self.epochs: list[Epoch] = []
        self.problem: Problem | None = None
        self.total = 0 if self.is_stream else len(loader)
        self._samples = self._leaves = 0  # bytes that are kept of them

    def first_epoch(self) -> None:
        """The first batches; of a stream all, as nobody else knows its order."""
        arguments = self.wanted.loader
        torch.manual_seed(arguments.seed)  # of what a collate function draws, MixUp say
        np.random.seed(arguments.seed)
        with self._iterated(0) as (iterator, begun):
            indices, samples = [], 0
            while samples < MOST_SAMPLES if self.is_stream else self._wants_more():
                asked = now() - begun
                traced = next(iterator, None)
                if traced is None:
                    break
                if self._wants_more():
                    self._take(traced, asked, begun, now() - begun)
                indices.append(tuple(traced["indices"]))
                samples += len(indices[-1])
            if self.is_stream:
                self.total = len(indices)
                self.epochs.append(tuple(indices))

    def later_epochs(self) -> None:
        """The order of every epoch that was asked for."""
        if not self.is_stream:
            self.epochs = list(orders(self.dataset, self.wanted.loader, self.wanted.epochs))
            return
        for number in range(1, self.wanted.epochs):
            with self._iterated(number) as (iterator, _):
                self.epochs.append(tuple(tuple(traced["indices"]) for traced in iterator))

    @contextmanager
    def _iterated(self, number: int) -> Iterator[tuple[Any, float]]:
        announce(self.loader, self.wanted.loader, number)
        iterator, begun = None, now()
        try:
            try:
                iterator = iter(self.loader)
            except Exception as error:
                raise refused(error) from None
            yield iterator, begun
        except ThawError as error:
            if iterator is None:
                raise
            self.problem = error.problem
        except Exception as error:
            self.problem = _explained(error, self.wanted)
        finally:
            is_last = number == self.wanted.epochs - 1 or not self.is_stream or self.problem
            if getattr(iterator, "_workers", None) and (
                is_last or not self.wanted.loader.persistent_workers
            ):
                iterator._shutdown_workers()  # or they would live until the next collection

    def _wants_more(self) -> bool:
        return len(self.batches) < self.wanted.batches

    def _take(self, traced: dict[str, Any], asked: float, begun: float, received: float) -> None:
        dataset = self.dataset
        # Of what would be too much together, the first row alone.
        rows = 1 if self.rows and self._leaves > _LEAVES_BYTES else self.rows
        counts = Counter(dataset.classes[int(dataset.targets[i])] for i in traced["indices"])
        samples = traced["samples"] if self._samples < _SAMPLES_BYTES else ()
        self._samples += sum(map(_bytes, samples))
        found = tuple(
            leaf_of(name, value, traced["sizes"], rows=rows)
            for name, value in leaves(traced["batch"])[:MAX_LEAVES]
        )
        self._leaves += _bytes(found)
        self.batches.append(Batch(
            indices=tuple(traced["indices"]),
            leaves=found,
            classes={name: counts[name] for name in dataset.classes if counts[name]},
            worker=traced["worker"],
            asked=asked,
            made=float(traced["made"]) - begun,
            received=received,
            samples=tuple(tuple(one) for one in samples),
        ))


def _bytes(leaves: Sequence[Leaf]) -> int:
    return sum(leaf.value.nbytes for leaf in leaves if leaf.value is not None)


# --- what went wrong ---------------------------------------------------------------------

_UNEQUAL = re.compile(r"equal size, but got (\[.*?\]) at entry 0 and (\[.*?\]) at entry")


def _named(error: ThawError, wanted: Exploration) -> ThawError:
    """The sentences about a data set call it by its title."""
    if error.problem.id not in ("batches.no_lengths", "batches.index_outside"):
        return error
    title = datasets.find_dataset(wanted.data).title
    return ThawError(error.problem.id, **{**error.problem.values, "data": title})


def _explained(error: Exception, wanted: Exploration) -> Problem:
    said = str(error)
    if problem := collate_why.naive(error):
        return problem
    is_naive = wanted.loader.collate == "my_collate_fn"  # whose stack is its own
    if (found := _UNEQUAL.search(said)) and not is_naive:
        is_image = datasets.find_dataset(wanted.data).kind == "image"
        return Problem(
            "batches.unequal",
            {"first": found[1], "other": found[2],
             "resize": ", or give a size in pixels" if is_image else ""},
        )
    if "exited unexpectedly" in said or "is killed by signal" in said:
        return Problem("batches.worker_died", {})
    if isinstance(error, MemoryError) or "can't allocate memory" in said:
        return Problem("batches.memory", {})
    if "timed out" in said:
        return Problem("batches.timeout", {"seconds": wanted.loader.timeout or STALLED_SECONDS})
    went = said + "".join(traceback.format_exception(error))
    if "self.collate(" in went:
        return Problem(
            "batches.collate_failed", {"collate": wanted.loader.collate, "why": _one_line(error)}
        )
    return Problem("batches.stopped", {"kind": type(error).__name__, "why": _one_line(error)})


def _one_line(error: Exception) -> str:
    """The last line that says something: errors of workers carry a whole traceback."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:300]


def _said(warned: warnings.WarningMessage) -> str:
    return " ".join(str(warned.message).split())[:400]


def _is_torchs(warned: warnings.WarningMessage) -> bool:
    """Whether it is about the loader: others are of no use to whoever looks at batches."""
    return issubclass(warned.category, UserWarning) and any(
        part in str(warned.message) for part in ("DataLoader", "pin_memory")
    )
