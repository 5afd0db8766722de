"""What a DataLoader really yields: every batch with who made it, from what, and when.

The real DataLoader runs; the data set and the collate function are wrapped so that each batch
carries the indices of its samples, the worker that made it and the moment it was ready.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import (
    DataLoader,
    Dataset,
    RandomSampler,
    Sampler,
    SequentialSampler,
    WeightedRandomSampler,
    default_convert,
)

from core.data import datasets
from core.data.batch import Batch, Explored, Leaf
from core.data.collate import build_collate
from core.data.exploration import Exploration, LoaderArguments
from core.data.samples import open_dataset
from core.data.trace import TracedCollate, TracedSamples, leaves, now
from core.messages import Problem, ThawError

MAX_LEAVES = 64  # of one batch; a list of a thousand pictures says no more
_STALLED_SECONDS = 60.0


def explore(wanted: Exploration) -> Explored:
    """Runs the DataLoader for the first batches of an epoch.

    Raises:
        ThawError: If the data can't be had, or the DataLoader refuses its arguments.
    """
    dataset = open_dataset(wanted.data, wanted.path, wanted.size)
    loader = build_loader(dataset, wanted.loader)
    torch.manual_seed(wanted.loader.seed)  # of what a collate function draws, MixUp say
    found: list[Batch] = []
    problem = None
    iterator = None
    begun = now()
    try:
        iterator = iter(loader)
        for _ in range(min(wanted.batches, len(loader))):
            asked = now() - begun
            traced = next(iterator, None)
            if traced is None:
                break
            found.append(_batch(traced, dataset, asked, begun, now() - begun))
    except Exception as error:
        problem = _explained(error, wanted)
    finally:
        if getattr(iterator, "_workers", None):
            iterator._shutdown_workers()  # or they would live until the next collection
    return Explored(len(dataset), len(loader), tuple(found), dataset.classes, problem)


def build_loader(dataset: Dataset, arguments: LoaderArguments) -> DataLoader:
    """The real DataLoader over the traced data set.

    Raises:
        ThawError: If the DataLoader refuses its arguments; its own words are in the sentence.
    """
    collate = build_collate(
        arguments.collate, multiple=getattr(arguments, "collate_multiple", 8),
        length=getattr(arguments, "collate_length", 16), classes=len(dataset.classes),
    )
    if arguments.batch_size is None and arguments.collate == "default":
        collate = default_convert  # the DataLoader's own default without batching
    generator = torch.Generator().manual_seed(arguments.seed)
    context = arguments.multiprocessing_context
    try:
        return DataLoader(
            TracedSamples(dataset),
            batch_size=arguments.batch_size,
            shuffle=arguments.shuffle if arguments.sampler == "default" else None,
            sampler=_sampler(arguments.sampler, dataset, generator),
            drop_last=arguments.drop_last,
            collate_fn=TracedCollate(collate, single=arguments.batch_size is None),
            num_workers=arguments.num_workers,
            prefetch_factor=arguments.prefetch_factor,
            persistent_workers=arguments.persistent_workers,
            pin_memory=arguments.pin_memory,
            # A worker that hangs must not hang whoever looks.
            timeout=arguments.timeout or (_STALLED_SECONDS if arguments.num_workers else 0),
            in_order=arguments.in_order,
            multiprocessing_context=None if context == "default" else context,
            generator=generator,
        )
    except ValueError as error:
        raise ThawError("batches.loader_refused", why=_one_line(error)) from None


def _sampler(name: str, dataset: Any, generator: torch.Generator) -> Sampler | None:
    if name == "sequential":
        return SequentialSampler(dataset)
    if name == "random":
        return RandomSampler(dataset, generator=generator)
    if name == "with_replacement":
        return RandomSampler(dataset, replacement=True, generator=generator)
    if name == "weighted":  # each class is as likely as any other
        counts = np.bincount(dataset.targets)
        weights = 1.0 / counts[dataset.targets]
        return WeightedRandomSampler(weights.tolist(), len(dataset), generator=generator)
    return None


def _batch(
    traced: dict[str, Any], dataset: Any, asked: float, begun: float, received: float
) -> Batch:
    counts = Counter(dataset.classes[int(dataset.targets[i])] for i in traced["indices"])
    return Batch(
        indices=tuple(traced["indices"]),
        leaves=tuple(
            _leaf(name, value, traced["sizes"])
            for name, value in leaves(traced["batch"])[:MAX_LEAVES]
        ),
        classes={name: counts[name] for name in dataset.classes if counts[name]},
        worker=traced["worker"],
        asked=asked,
        made=float(traced["made"]) - begun,
        received=received,
    )


def _leaf(name: str, value: Any, sizes: Sequence[dict[str, int]]) -> Leaf:
    if isinstance(value, Tensor):
        array, kind = value.detach().cpu().numpy(), "tensor"
        dtype = str(value.dtype).removeprefix("torch.")
    elif isinstance(value, np.ndarray):
        array, kind, dtype = value, "ndarray", str(value.dtype)
    else:
        kind = dtype = type(value).__name__
        is_number = isinstance(value, (int, float, np.generic))
        return Leaf(name, kind, dtype, (), np.asarray(value) if is_number else None)
    brought = [one.get(name) for one in sizes]
    padding, lengths = 0, ()
    if array.ndim and len(array) == len(sizes) and all(size is not None for size in brought):
        room = array.size // max(len(array), 1)  # less than a sample brought where it was cut off
        padding = sum(max(room - size, 0) for size in brought)
        lengths = tuple(brought) if padding > 0 else ()
    return Leaf(name, kind, dtype, tuple(array.shape), array, max(padding, 0), lengths)


# --- what went wrong ---------------------------------------------------------------------

_UNEQUAL = re.compile(r"equal size, but got (\[.*?\]) at entry 0 and (\[.*?\]) at entry")


def _explained(error: Exception, wanted: Exploration) -> Problem:
    if isinstance(error, ThawError):
        return error.problem
    said = str(error)
    if found := _UNEQUAL.search(said):
        is_image = datasets.find_dataset(wanted.data).kind == "image"
        return Problem(
            "batches.unequal",
            {"first": found[1], "other": found[2],
             "resize": ", or give a size in pixels" if is_image else ""},
        )
    if "exited unexpectedly" in said or "is killed by signal" in said:
        return Problem("batches.worker_died", {})
    if "timed out" in said:
        return Problem("batches.timeout", {"seconds": wanted.loader.timeout or _STALLED_SECONDS})
    return Problem(
        "batches.collate_failed", {"collate": wanted.loader.collate, "why": _one_line(error)}
    )


def _one_line(error: Exception) -> str:
    """The last line that says something: errors of workers carry a whole traceback."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:300]
