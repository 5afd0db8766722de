"""One NumPy generator, copied into every worker."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, get_worker_info


def worker_id():
    worker = get_worker_info()
    return -1 if worker is None else worker.id


class OwnGenerator(Dataset):
    def __init__(self):
        self.rng = np.random.default_rng()  # made once, in the main process

    def __len__(self):
        return 8

    def __getitem__(self, index):
        return worker_id(), self.rng.random()


class GlobalState(Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, index):
        return worker_id(), np.random.random()


class OneForEachWorker(Dataset):
    def __init__(self):
        self.rng = None

    def __len__(self):
        return 8

    def __getitem__(self, index):
        if self.rng is None:  # the first sample of this copy of the data set
            self.rng = np.random.default_rng(torch.initial_seed())
        return worker_id(), self.rng.random()


def all_differ(dataset, num_workers, seed):
    torch.manual_seed(seed)
    np.random.seed(seed)
    loader = DataLoader(dataset, batch_size=2, num_workers=num_workers)
    drawn = []
    for epoch in (1, 2):
        for workers, numbers in loader:
            who = f"worker {workers[0]}" if num_workers else "main process"
            print(f"epoch {epoch}, {who}: " + "  ".join(f"{x:.4f}" for x in numbers))
            drawn += numbers.tolist()
    print(f"{len(set(drawn))} different numbers among {len(drawn)}")
    return len(set(drawn)) == len(drawn)


def broken(drawn_by, num_workers, seed):
    dataset = OwnGenerator() if drawn_by == "self.rng" else GlobalState()
    return all_differ(dataset, num_workers, seed)


def repaired(drawn_by, num_workers, seed):
    return all_differ(OneForEachWorker(), num_workers, seed)
