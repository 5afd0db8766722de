"""What a worker of a DataLoader does before its first batch: `worker_init_fn` by name.

Each stands by itself, so that its source can be shown and run as it is.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info


def seed_numpy(worker_id: int) -> None:
    """Seeds NumPy by the worker's own seed, so that no two workers draw the same.

    What everyone wrote before PyTorch did it by itself.
    """
    np.random.seed(torch.initial_seed() % 2**32)


def same_seed(worker_id: int) -> None:
    """Seeds NumPy with the same number in every worker: all of them draw the same.

    A mistake that is often made to be reproducible.
    """
    np.random.seed(0)


def split_stream(worker_id: int) -> None:
    """Gives each worker its own part of a stream that has a `start` and an `end`.

    The second way of PyTorch's documentation: the data set need not know of workers.
    """
    info = get_worker_info()
    stream = info.dataset
    if not isinstance(stream, IterableDataset):
        return  # the indices of other data sets are divided already
    share = math.ceil((stream.end - stream.start) / info.num_workers)
    stream.start = stream.start + worker_id * share
    stream.end = min(stream.start + share, stream.end)


# By the names of core.data.exploration.WorkerInit; what is not here is PyTorch's default.
WORKER_INITS: dict[str, Callable[[int], None]] = {
    "seed_numpy": seed_numpy,
    "same_seed": same_seed,
    "split_stream": split_stream,
}
