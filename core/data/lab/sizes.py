"""Samples of different sizes under the default collate function."""

import torch
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset


class ExampleDataset(Dataset):
    def __len__(self):
        return 10

    def __getitem__(self, index):
        return torch.full((index + 1,), index), index  # item i is i, i + 1 times


def pad(samples):
    values, labels = zip(*samples, strict=True)
    return pad_sequence(values, batch_first=True), torch.tensor(labels)


def count(loader):
    samples = 0
    for values, labels in loader:
        print(f"labels {labels.tolist()}, values of shape {tuple(values.shape)}")
        samples += len(labels)
    return samples


def broken(batch_size, num_workers):
    loader = DataLoader(ExampleDataset(), batch_size=batch_size, num_workers=num_workers)
    return count(loader) == 10


def repaired(batch_size, num_workers):
    loader = DataLoader(
        ExampleDataset(), batch_size=batch_size, num_workers=num_workers, collate_fn=pad
    )
    return count(loader) == 10
