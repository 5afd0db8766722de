"""A worker that is killed, which leaves no traceback, and how to find the sample."""

import multiprocessing
import os
import signal

import torch
from torch.utils.data import DataLoader, Dataset, Subset, get_worker_info


class Deadly(Dataset):
    def __init__(self, deadly):
        self.deadly = deadly

    def __len__(self):
        return 64

    def __getitem__(self, index):
        if index == self.deadly:  # as the system does to who takes too much memory
            os.kill(os.getpid(), signal.SIGKILL)
        return index


class Noted(Dataset):
    """Notes where the workers share it which sample each begins with."""

    def __init__(self, dataset, num_workers):
        self.dataset = dataset
        self.begun = torch.full((num_workers,), -1).share_memory_()

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        self.begun[get_worker_info().id] = index
        return self.dataset[index]


def kills(dataset, index):
    process = multiprocessing.Process(target=dataset.__getitem__, args=(index,))
    process.start()
    process.join()
    print(f"sample {index}: a process of its own ends with exit code {process.exitcode}")
    return process.exitcode != 0


def load(dataset, num_workers):
    return DataLoader(dataset, batch_size=4, num_workers=num_workers, collate_fn=list)


def count(loader):
    samples = 0
    for batch in loader:
        samples += len(batch)
    print(f"{samples} samples came")
    return samples


def broken(deadly, num_workers):
    return count(load(Deadly(deadly), num_workers)) == 64


def repaired(deadly, num_workers):
    dataset = Deadly(deadly)
    noted = Noted(dataset, num_workers)
    try:
        count(load(noted, num_workers))
    except RuntimeError:
        print(f"each worker had begun with: {noted.begun.tolist()}")
    suspects = [index for index in noted.begun.tolist() if index >= 0]
    left_out = [index for index in suspects if kills(dataset, index)]
    kept = [index for index in range(len(dataset)) if index not in left_out]
    return count(load(Subset(dataset, kept), num_workers)) == len(kept)
