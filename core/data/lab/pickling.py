"""A lambda that has to travel to a worker."""

import torch
from torch.utils.data import DataLoader, Dataset


class Numbers(Dataset):
    def __init__(self, transform):
        self.transform = transform

    def __len__(self):
        return 8

    def __getitem__(self, index):
        return self.transform(torch.tensor(float(index)))


def halve(x):
    return x / 2


def add_up(loader):
    total = 0.0
    for batch in loader:
        print(batch.tolist())
        total += batch.sum().item()
    return total


def broken(lambda_is, context):
    if lambda_is == "transform":
        dataset, collate = Numbers(lambda x: x / 2), torch.stack
    else:
        dataset, collate = Numbers(halve), lambda samples: torch.stack(samples)
    loader = DataLoader(
        dataset, batch_size=4, collate_fn=collate, num_workers=1,
        multiprocessing_context=context,
    )
    return add_up(loader) == 14.0


def repaired(lambda_is, context):
    loader = DataLoader(  # both functions have a name that a worker can import
        Numbers(halve), batch_size=4, collate_fn=torch.stack, num_workers=1,
        multiprocessing_context=context,
    )
    return add_up(loader) == 14.0
