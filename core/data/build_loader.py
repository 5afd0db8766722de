"""From the arguments of an exploration to the real DataLoader, and to one over indices alone."""

import inspect
from typing import Any

import numpy as np
import torch
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
    default_convert,
)
from torch.utils.data.distributed import DistributedSampler

from core.data.collate import build_collate
from core.data.exploration import LoaderArguments
from core.data.index_text import indices_of
from core.data.refusals import refusal_of
from core.data.samplers import (
    ClassBalancedSampler,
    LengthBucketedBatchSampler,
    OneClassBatchSampler,
)
from core.data.trace import TracedCollate, TracedSamples, TracedStart, TracedStream
from core.data.worker_init import WORKER_INITS
from core.messages import ThawError

STALLED_SECONDS = 60.0  # a worker that hangs must not hang whoever looks
_ACCEPTED = frozenset(inspect.signature(DataLoader).parameters)


def build_loader(dataset: Any, arguments: LoaderArguments) -> DataLoader:
    """The real DataLoader over the traced data set.

    Args:
        dataset: One of `core.data.samples.open_dataset`.

    Raises:
        ThawError: If PyTorch refuses the arguments; its own words are in the sentence.
    """
    is_single = arguments.batch_size is None and arguments.batch_sampler == "default"
    collate = build_collate(
        arguments.collate, multiple=arguments.collate_multiple, length=arguments.collate_length,
        classes=len(dataset.classes),
    )
    if is_single and arguments.collate == "default":
        collate = default_convert  # the DataLoader's own default without batching
    first = WORKER_INITS.get(arguments.worker_init_fn)
    is_stream = isinstance(dataset, IterableDataset)
    try:
        return DataLoader(
            TracedStream(dataset) if is_stream else TracedSamples(dataset),
            collate_fn=TracedCollate(collate, single=is_single),
            worker_init_fn=TracedStart(first) if first else None,
            **_arguments(dataset, arguments),
            **_of_workers(arguments),
        )
    except (ValueError, TypeError, AssertionError, RuntimeError) as error:
        raise refused(error) from None


def index_loader(dataset: Any, arguments: LoaderArguments) -> DataLoader:
    """The same loader without workers over the places of the samples: batches of indices.

    Its generator is asked for the same numbers as that of the whole loader.
    """
    is_single = arguments.batch_size is None and arguments.batch_sampler == "default"
    return DataLoader(
        _Places(len(dataset)), collate_fn=_alone if is_single else tuple,
        **_arguments(dataset, arguments),
    )


def refused(error: Exception) -> ThawError:
    """The error that says that PyTorch refused, in its words and ours."""
    problem = refusal_of(error)
    return ThawError(problem.id, **problem.values)


class _Places(Dataset):
    def __init__(self, length: int) -> None:
        self._length = length

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> int:
        return index


def _alone(index: int) -> tuple[int]:
    return (index,)


def _arguments(dataset: Any, arguments: LoaderArguments) -> dict[str, Any]:
    """What decides the order."""
    generator = torch.Generator().manual_seed(arguments.seed)
    return {
        "batch_size": arguments.batch_size,
        "shuffle": arguments.shuffle,
        "sampler": _sampler(dataset, arguments, generator),
        "batch_sampler": _batch_sampler(dataset, arguments, generator),
        "drop_last": arguments.drop_last,
        "generator": generator,
    }


def _of_workers(arguments: LoaderArguments) -> dict[str, Any]:
    """What does not."""
    context, device = arguments.multiprocessing_context, arguments.pin_memory_device
    given = {
        "num_workers": arguments.num_workers,
        "prefetch_factor": arguments.prefetch_factor,
        "persistent_workers": arguments.persistent_workers,
        "pin_memory": arguments.pin_memory,
        "timeout": arguments.timeout or (STALLED_SECONDS if arguments.num_workers else 0),
        "in_order": arguments.in_order,
        "multiprocessing_context": None if context == "default" else context,
    }
    if device != "default" and "pin_memory_device" in _ACCEPTED:
        given["pin_memory_device"] = device
    return given


def _sampler(
    dataset: Any, arguments: LoaderArguments, generator: torch.Generator
) -> Sampler | None:
    name, drawn = arguments.sampler, arguments.num_samples
    if name == "default":
        return None
    targets = np.asarray(dataset.targets)
    places = range(len(targets))
    if name == "sequential":
        return SequentialSampler(places)
    if name in ("random", "with_replacement"):
        return RandomSampler(
            places, replacement=name == "with_replacement", num_samples=drawn, generator=generator
        )
    if name == "weighted":  # each class is as likely as any other
        weights = 1.0 / np.bincount(targets)[targets]
        return WeightedRandomSampler(
            weights.tolist(), drawn or len(targets), generator=generator
        )
    if name == "subset":
        indices = indices_of(arguments.subset)
        if max(indices) >= len(targets):
            raise ThawError(
                "batches.index_outside", index=max(indices), last=len(targets) - 1,
                data=type(dataset).__name__,
            )
        return SubsetRandomSampler(indices, generator=generator)
    if name == "class_balanced":
        return ClassBalancedSampler(targets, generator)
    return DistributedSampler(
        places, num_replicas=arguments.world_size, rank=arguments.rank, seed=arguments.seed
    )


def _batch_sampler(
    dataset: Any, arguments: LoaderArguments, generator: torch.Generator
) -> Sampler | None:
    name = arguments.batch_sampler
    size, drop_last = arguments.batch_sampler_size, arguments.batch_sampler_drop_last
    if name == "default":
        return None
    if name == "plain":
        return BatchSampler(SequentialSampler(range(len(dataset.targets))), size, drop_last)
    if name == "one_class":
        return OneClassBatchSampler(dataset.targets, size, drop_last, generator)
    if not hasattr(dataset, "lengths") and not isinstance(dataset, IterableDataset):
        raise ThawError("batches.no_lengths", data=type(dataset).__name__)
    lengths = getattr(dataset, "lengths", dataset.targets)  # a stream is refused anyway
    return LengthBucketedBatchSampler(lengths, size, drop_last, generator)
