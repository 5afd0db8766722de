"""When a DataLoader did what: a loader of the same batches, each of which says so.

It happens in whichever process: indices were drawn and reached the worker, each sample was
made, the batch was collated, sent and received. Nothing is written: a batch brings its own
moments (`race_moments`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from torch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info

from core.data.race_moments import Moments, TracedBatch
from core.data.trace import TracedCollate, TracedSamples, TracedStart, TracedStream, now


class TimedIndices:
    """A sampler or batch sampler that numbers what it hands out, and notes when.

    Attributes:
        draws: When it was asked for each list of indices and when it had them, since it was last
            iterated; also of batches that nobody took.
    """

    def __init__(self, indices: Any) -> None:
        self._indices = indices
        self.draws: list[tuple[float, float]] = []

    def __len__(self) -> int:
        return len(self._indices)

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        # At once and not at the first draw: a sampler may draw from the loader's generator here.
        self.draws = []
        return self._timed(iter(self._indices), self.draws)

    @staticmethod
    def _timed(
        indices: Iterator[Any], draws: list[tuple[float, float]]
    ) -> Iterator[tuple[int, Any]]:
        number = 0
        while True:
            asked = now()
            try:
                index = next(indices)
            except StopIteration:
                return
            draws.append((asked, now()))
            yield number, index
            number += 1


@dataclass(slots=True)
class _Fetched:
    """The samples of a batch, or the only one, before they are collated."""

    number: int
    made: list[float]
    samples: Any
    count: int = 1


class TimedSamples(Dataset):
    """A data set that notes when each sample was there."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, handed: tuple[int, Any]) -> _Fetched:
        begun = now()
        sample = self.dataset[handed[1]]
        return _Fetched(handed[0], [begun, now()], sample)

    def __getitems__(self, handed: tuple[int, list[Any]]) -> _Fetched:
        """What a loader calls for a whole batch."""
        made, dataset = [now()], self.dataset
        number, indices = handed
        if getattr(dataset, "__getitems__", None):
            samples = dataset.__getitems__(indices)
            made.append(now())
        else:
            samples = []
            for index in indices:
                samples.append(dataset[index])
                made.append(now())
        return _Fetched(number, made, samples, len(samples))


class TimedStream(IterableDataset):
    """An iterable data set whose samples carry when they were asked for and there."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)  # TypeError where it has none, as it would itself

    def __iter__(self) -> Iterator[tuple[float, float, Any]]:
        samples = iter(self.dataset)
        while True:
            begun = now()
            try:
                sample = next(samples)
            except StopIteration:
                return
            yield begun, now(), sample


class TimedCollate:
    """A collate function whose batch carries its moments."""

    def __init__(self, collate: Callable[[Any], Any]) -> None:
        self.collate = collate

    def __call__(self, fetched: Any) -> TracedBatch:
        if not isinstance(fetched, _Fetched):
            fetched = _of_stream(fetched)
        collating = now()
        batch = self.collate(fetched.samples)
        return TracedBatch(batch, Moments(
            fetched.number, fetched.count, fetched.made, collating, now(), *_here
        ))


def _of_stream(found: list[tuple[float, float, Any]] | tuple[float, float, Any]) -> _Fetched:
    is_batch = isinstance(found, list)
    begun, made, samples = zip(*(found if is_batch else [found]), strict=True)
    whole = list(samples) if is_batch else samples[0]
    return _Fetched(-1, [begun[0], *made], whole, len(samples))


# Of the worker that this process is: its id, its first moment, and when it was ready.
_here: tuple[int | None, float, float] = (None, 0.0, 0.0)


class TimedStart:
    """A `worker_init_fn` that notes when the worker was there, and calls the loader's own."""

    def __init__(self, first: Callable[[int], None] | None) -> None:
        self._first = first

    def __call__(self, worker: int) -> None:
        global _here
        up = now()
        # Whoever asks for the worker's data set means their own.
        info = get_worker_info()
        object.__setattr__(info, "dataset", info.dataset.dataset)  # it is frozen
        if self._first is not None:
            self._first(worker)
        _here = (worker, up, now())


def traced(loader: DataLoader) -> DataLoader:
    """A loader of the same batches in the same order, each a `TracedBatch`."""
    dataset, collate, first = loader.dataset, loader.collate_fn, loader.worker_init_fn
    # What says of which samples a batch is made would be timed too.
    if isinstance(dataset, (TracedSamples, TracedStream)):
        dataset = dataset.dataset
    if isinstance(collate, TracedCollate):
        collate = collate.collate
    if isinstance(first, TracedStart):
        first = first.first
    parts: dict[str, Any] = {}
    if isinstance(dataset, IterableDataset):
        parts = {"batch_size": loader.batch_size, "drop_last": loader.drop_last}
    elif loader.batch_sampler is not None:
        parts = {"batch_sampler": TimedIndices(loader.batch_sampler)}
    else:
        parts = {"batch_size": None, "sampler": TimedIndices(loader.sampler)}
    timed = TimedStream if isinstance(dataset, IterableDataset) else TimedSamples
    return DataLoader(
        timed(dataset), collate_fn=TimedCollate(collate),
        worker_init_fn=TimedStart(first),
        num_workers=loader.num_workers, prefetch_factor=loader.prefetch_factor,
        persistent_workers=loader.persistent_workers, pin_memory=loader.pin_memory,
        timeout=loader.timeout, in_order=loader.in_order, generator=loader.generator,
        multiprocessing_context=loader.multiprocessing_context, **parts,
    )
