"""`next(iter(loader))` in a loop: a new epoch for every batch."""

import torch
from torch.utils.data import DataLoader

DATA = list(range(12))


def broken(shuffle, num_workers, seed):
    torch.manual_seed(seed)
    loader = DataLoader(DATA, batch_size=4, shuffle=shuffle, num_workers=num_workers)
    seen = set()
    for step in range(len(loader)):
        batch = next(iter(loader))
        print(f"step {step}: {batch.tolist()}")
        seen.update(batch.tolist())
    print(f"{len(seen)} of {len(DATA)} samples were seen")
    return len(seen) == len(DATA)


def repaired(shuffle, num_workers, seed):
    torch.manual_seed(seed)
    loader = DataLoader(DATA, batch_size=4, shuffle=shuffle, num_workers=num_workers)
    seen = set()
    for step, batch in enumerate(loader):
        print(f"step {step}: {batch.tolist()}")
        seen.update(batch.tolist())
    print(f"{len(seen)} of {len(DATA)} samples were seen")
    return len(seen) == len(DATA)
