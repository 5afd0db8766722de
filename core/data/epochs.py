"""The order of several epochs: which samples each batch of each epoch is made of."""

from collections.abc import Iterator
from typing import Any

from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler

from core.data.build_loader import index_loader
from core.data.exploration import LoaderArguments

Epoch = tuple[tuple[int, ...], ...]

MOST_SAMPLES = 10_000  # of an epoch; a longer one is told up to there


def orders(dataset: Any, arguments: LoaderArguments, epochs: int) -> tuple[Epoch, ...]:
    """What a loader that is iterated so many times draws, by the loader over indices alone.

    Args:
        dataset: One with indices; of a stream only the loader itself can say it.
    """
    loader = index_loader(dataset, arguments)
    found = []
    for number in range(epochs):
        announce(loader, arguments, number)
        drawn = _drawn(loader, persistent=arguments.persistent_workers and number > 0)
        found.append(told(drawn))
        for _ in drawn:  # what is not told is drawn nevertheless: the next epoch depends on it
            if number == epochs - 1:
                break
    return tuple(found)


def announce(loader: DataLoader, arguments: LoaderArguments, epoch: int) -> None:
    """Tells a distributed sampler which epoch begins, if the loop does that."""
    if arguments.set_epoch and isinstance(loader.sampler, DistributedSampler):
        loader.sampler.set_epoch(epoch)


def told(batches: Iterator[tuple[int, ...]]) -> Epoch:
    """The first batches, up to the most samples that are told."""
    found, samples = [], 0
    for batch in batches:
        found.append(batch)
        samples += len(batch)
        if samples >= MOST_SAMPLES:
            break
    return tuple(found)


def _drawn(loader: DataLoader, *, persistent: bool) -> Iterator[tuple[int, ...]]:
    """One epoch's batches of indices."""
    if not persistent:
        return iter(loader)
    # Workers that stay draw no new seed: only the sampler begins anew.
    indices = loader.batch_sampler if loader.batch_sampler is not None else loader.sampler
    return (tuple(one) if isinstance(one, list) else (one,) for one in iter(indices))
