"""drop_last with fewer samples than one batch holds."""

import torch
from torch.utils.data import DataLoader

DATA = torch.arange(20.0)


def mean_loss(loader):
    print(f"len(loader) is {len(loader)}")
    total = 0.0
    for batch in loader:
        total += batch.mean().item()  # stands for the loss
    print(f"mean over the batches: {total / len(loader):.3f}")
    return len(loader) > 0


def broken(batch_size):
    return mean_loss(DataLoader(DATA, batch_size=batch_size, drop_last=True))


def repaired(batch_size):
    drop_last = len(DATA) >= batch_size  # leaves a batch out only where others are left
    return mean_loss(DataLoader(DATA, batch_size=batch_size, drop_last=drop_last))
