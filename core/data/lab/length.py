"""The lecture's `__len__`, which is always 10."""

from collections import Counter

import torch
from sklearn.datasets import load_iris
from torch.utils.data import DataLoader, Dataset


class IrisDataset(Dataset):
    def __init__(self):
        self.X, self.y = load_iris(return_X_y=True)

    def __len__(self):
        return len(self.X[torch.randint(10, (10,))])

    def __getitem__(self, index):
        return index, self.X[index], self.y[index]


class WholeIris(IrisDataset):
    def __len__(self):
        return len(self.X)


def look_at(dataset, batch_size, seed):
    torch.manual_seed(seed)
    loader = DataLoader(dataset, batch_size=batch_size, shuffle=True)
    print(f"len(dataset) is {len(dataset)}, len(loader) is {len(loader)}")
    rows, classes = [], Counter()
    for indices, _, targets in loader:
        rows += indices.tolist()
        classes.update(targets.tolist())
    print(f"rows in the order they came: {rows[:20]}")
    print(f"{len(set(rows))} of {len(dataset.X)} rows; samples of each class: {dict(classes)}")
    return len(set(rows)) == len(dataset.X)


def broken(batch_size, seed):
    return look_at(IrisDataset(), batch_size, seed)


def repaired(batch_size, seed):
    return look_at(WholeIris(), batch_size, seed)
