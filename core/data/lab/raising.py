"""A sample that raises in a worker, and how to find it."""

import torch
from sklearn.datasets import load_iris
from torch.utils.data import DataLoader, Dataset, Subset


class Rows(Dataset):
    def __init__(self, damaged):
        self.rows = [[str(value) for value in row] for row in load_iris().data]
        self.rows[damaged][2] = "?"  # as in many a file of measurements

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        return torch.tensor([float(text) for text in self.rows[index]])


def find_damaged(dataset):
    damaged = []
    for index in range(len(dataset)):  # without a loader: the index is known
        try:
            dataset[index]
        except Exception as error:
            print(f"sample {index}: {type(error).__name__}: {error}")
            damaged.append(index)
    return damaged


def count(loader):
    samples = 0
    for batch in loader:
        samples += len(batch)
    print(f"{samples} samples came")
    return samples


def broken(damaged, num_workers):
    loader = DataLoader(Rows(damaged), batch_size=10, num_workers=num_workers)
    return count(loader) == 150


def repaired(damaged, num_workers):
    dataset = Rows(damaged)
    left_out = find_damaged(dataset)
    kept = [index for index in range(len(dataset)) if index not in left_out]
    loader = DataLoader(Subset(dataset, kept), batch_size=10, num_workers=num_workers)
    return count(loader) == len(kept)
