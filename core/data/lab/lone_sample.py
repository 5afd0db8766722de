"""A last batch of one sample under batch normalisation."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def train(loader):
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))
    sizes = []
    for (x,) in loader:
        sizes.append(len(x))
        print(f"batch {len(sizes)}: {len(x)} samples")
        model(x).mean().backward()
    return bool(sizes)


def broken(batch_size):
    dataset = TensorDataset(torch.rand(33, 4))
    return train(DataLoader(dataset, batch_size=batch_size))


def repaired(batch_size):
    dataset = TensorDataset(torch.rand(33, 4))
    return train(DataLoader(dataset, batch_size=batch_size, drop_last=True))
