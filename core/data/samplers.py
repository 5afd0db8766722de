"""Samplers beside PyTorch's own: which sample comes where, and which samples share a batch.

Each stands by itself, so that its source can be shown and run as it is. All draw from the
generator that they are given, when they are iterated and not before: so a DataLoader with the
same generator and seed has the same order.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch.utils.data import Sampler


class ClassBalancedSampler(Sampler[int]):
    """Every class as often as the largest: a round takes one sample of each.

    Unlike drawing by weights this is exact: of C classes any C samples in a row that begin at a
    multiple of C hold one of each. Samples of small classes come again, in another order.

    Args:
        labels: Class index of each sample.
        generator: Where the order comes from.
    """

    def __init__(self, labels: Sequence[int], generator: torch.Generator) -> None:
        labels = np.asarray(labels)
        self.members = [np.flatnonzero(labels == one) for one in np.unique(labels)]
        self.generator = generator

    def __len__(self) -> int:
        return len(self.members) * max(map(len, self.members), default=0)

    def __iter__(self) -> Iterator[int]:
        rounds = max(map(len, self.members), default=0)
        columns = []
        for members in self.members:
            column: list[int] = []
            while len(column) < rounds:
                order = torch.randperm(len(members), generator=self.generator)
                column += members[order.numpy()].tolist()
            columns.append(column[:rounds])
        for samples in zip(*columns, strict=True):
            order = torch.randperm(len(samples), generator=self.generator)
            yield from (samples[place] for place in order.tolist())


class LengthBucketedBatchSampler(Sampler[list[int]]):
    """Batches of samples of about the same length, so that little of them is padding.

    Shuffles all samples, sorts each run of `batches_in_bucket` batches by length and cuts it
    into batches, which come in random order. Sorting everything would save a little more
    padding and make every epoch the same.

    Args:
        lengths: Of each sample.
        batch_size: Samples in a batch.
        drop_last: Leaves out the batch that is not full.
        generator: Where the order comes from.
        batches_in_bucket: How many batches are sorted together.
    """

    def __init__(
        self,
        lengths: Sequence[int],
        batch_size: int,
        drop_last: bool,
        generator: torch.Generator,
        batches_in_bucket: int = 10,
    ) -> None:
        self.lengths = np.asarray(lengths)
        self.batch_size, self.drop_last = batch_size, drop_last
        self.generator, self.batches_in_bucket = generator, batches_in_bucket

    def __len__(self) -> int:
        whole, rest = divmod(len(self.lengths), self.batch_size)
        return whole + (1 if rest and not self.drop_last else 0)

    def __iter__(self) -> Iterator[list[int]]:
        order = torch.randperm(len(self.lengths), generator=self.generator).numpy()
        bucket, batches = self.batch_size * self.batches_in_bucket, []
        for start in range(0, len(order), bucket):
            members = order[start : start + bucket]
            members = members[np.argsort(self.lengths[members], kind="stable")]
            for first in range(0, len(members), self.batch_size):
                batches.append(members[first : first + self.batch_size].tolist())
        if self.drop_last:
            batches = [batch for batch in batches if len(batch) == self.batch_size]
        for place in torch.randperm(len(batches), generator=self.generator).tolist():
            yield batches[place]


class OneClassBatchSampler(Sampler[list[int]]):
    """Batches that hold samples of one class alone, in random order.

    A model that is trained like this forgets one class while it sees the next, and BatchNorm
    measures each class by itself: it is here to be seen, and useful to whoever compares classes.

    Args:
        labels: Class index of each sample.
        batch_size: Samples in a batch.
        drop_last: Leaves out the last batch of each class if it is not full.
        generator: Where the order comes from.
    """

    def __init__(
        self,
        labels: Sequence[int],
        batch_size: int,
        drop_last: bool,
        generator: torch.Generator,
    ) -> None:
        labels = np.asarray(labels)
        self.members = [np.flatnonzero(labels == one) for one in np.unique(labels)]
        self.batch_size, self.drop_last = batch_size, drop_last
        self.generator = generator

    def __len__(self) -> int:
        if self.drop_last:
            return sum(len(members) // self.batch_size for members in self.members)
        return sum(-(-len(members) // self.batch_size) for members in self.members)

    def __iter__(self) -> Iterator[list[int]]:
        batches = []
        for members in self.members:
            order = members[torch.randperm(len(members), generator=self.generator).numpy()]
            for first in range(0, len(order), self.batch_size):
                batch = order[first : first + self.batch_size].tolist()
                if len(batch) == self.batch_size or not self.drop_last:
                    batches.append(batch)
        for place in torch.randperm(len(batches), generator=self.generator).tolist():
            yield batches[place]
