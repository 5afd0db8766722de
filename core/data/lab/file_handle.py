"""One open file that all forked workers read from."""

# ruff: noqa: SIM115  # the handle stays open: that is what this is about

import tempfile
import time
from pathlib import Path

import torch
from torch.utils.data import DataLoader, Dataset

RECORDS, SIZE, USED = 80, 16, 60


def write_records(folder):
    path = Path(folder) / "records.bin"
    path.write_bytes(b"".join(bytes([index]) * SIZE for index in range(RECORDS)))
    return path  # record 7 is sixteen times 7


def read_record(file, index):
    file.seek(index * SIZE)  # the place in the file belongs to the file, not to the reader
    time.sleep(0.001)  # a disk that is not the fastest
    return list(file.read(SIZE))


class OneHandle(Dataset):
    def __init__(self, path):
        self.file = open(path, "rb", buffering=0)

    def __len__(self):
        return USED

    def __getitem__(self, index):
        return index, torch.tensor(read_record(self.file, index))


class HandleForEachWorker(Dataset):
    def __init__(self, path):
        self.path, self.file = path, None

    def __len__(self):
        return USED

    def __getitem__(self, index):
        if self.file is None:  # the first sample of this copy of the data set
            self.file = open(self.path, "rb", buffering=0)
        return index, torch.tensor(read_record(self.file, index))


def count_wrong(loader):
    wrong = 0
    for indices, records in loader:
        for index, record in zip(indices.tolist(), records.tolist(), strict=True):
            if set(record) != {index}:
                wrong += 1
                if wrong <= 8:
                    print(f"record {index} has {sorted(set(record))} in it")
    print(f"{wrong} of {USED} records are wrong")
    return wrong


def broken(num_workers, context):
    with tempfile.TemporaryDirectory() as folder:
        loader = DataLoader(
            OneHandle(write_records(folder)), batch_size=4, num_workers=num_workers,
            multiprocessing_context=context if num_workers else None,
        )
        return count_wrong(loader) == 0


def repaired(num_workers, context):
    with tempfile.TemporaryDirectory() as folder:
        loader = DataLoader(
            HandleForEachWorker(write_records(folder)), batch_size=4, num_workers=num_workers,
            multiprocessing_context=context if num_workers else None,
        )
        return count_wrong(loader) == 0
