"""A sampler together with shuffle."""

from collections import Counter

import torch
from torch.utils.data import BatchSampler, DataLoader, WeightedRandomSampler

LABELS = [0] * 90 + [1] * 10  # one class is rare


def balanced(seed):
    counts = Counter(LABELS)
    weights = [1 / counts[label] for label in LABELS]
    generator = torch.Generator().manual_seed(seed)
    return WeightedRandomSampler(weights, len(LABELS), generator=generator)


def count(loader):
    seen = Counter()
    for labels in loader:
        seen.update(labels.tolist())
    print(f"class 0: {seen[0]} samples, class 1: {seen[1]} samples")
    return sum(seen.values())


def broken(argument, seed):
    if argument == "batch_sampler":
        batches = BatchSampler(balanced(seed), batch_size=20, drop_last=False)
        loader = DataLoader(LABELS, batch_sampler=batches, shuffle=True)
    else:
        loader = DataLoader(LABELS, batch_size=20, sampler=balanced(seed), shuffle=True)
    return count(loader) == 100


def repaired(argument, seed):
    if argument == "batch_sampler":
        batches = BatchSampler(balanced(seed), batch_size=20, drop_last=False)
        loader = DataLoader(LABELS, batch_sampler=batches)
    else:
        loader = DataLoader(LABELS, batch_size=20, sampler=balanced(seed))
    return count(loader) == 100
