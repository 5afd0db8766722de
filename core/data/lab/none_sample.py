"""`__getitem__` that returns None for what it can't read."""

import torch
from torch.utils.data import DataLoader, Dataset, default_collate


class Rows(Dataset):
    def __init__(self, unreadable):
        self.unreadable = unreadable

    def __len__(self):
        return 12

    def __getitem__(self, index):
        if index == self.unreadable:
            return None
        return torch.tensor([index, index * 2.0])


def without_none(samples):
    return default_collate([sample for sample in samples if sample is not None])


def count(loader):
    samples = 0
    for batch in loader:
        print(f"samples {batch[:, 0].int().tolist()}")
        samples += len(batch)
    return samples


def broken(unreadable, batch_size):
    return count(DataLoader(Rows(unreadable), batch_size=batch_size)) == 11


def repaired(unreadable, batch_size):
    loader = DataLoader(Rows(unreadable), batch_size=batch_size, collate_fn=without_none)
    return count(loader) == 11
