"""Exercises on collate functions and data sets: what is asked, hints, and a solution each.

A solution runs in the same box as what a person types; a test checks every one of them.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes:
        defines: The function or class that the code must define.
        wants: What that is.
        task: What is asked, in Markdown.
        start: The code to begin with.
        hints: Step by step.
    """

    name: str
    title: str
    defines: str
    wants: Literal["collate", "dataset"]
    task: str
    start: str
    hints: tuple[str, ...]
    solution: str


_SAMPLES = (
    "`ExampleDataset` has ten samples: sample `i` is `{\"X\": …, \"y\": …}`, where `X` is the "
    "value `i`, `i + 1` times, and `y` is `i`, all float32. "
)
_IRIS = (
    "`X` is an array of 150 flowers with 4 lengths each (float64), `y` has the class of each "
    "(int64). The checker makes `IrisDataset(X, y)` and lets a `DataLoader` with the default "
    "`collate_fn` run over it. "
)

_NAIVE = '''\
import torch


def my_collate_fn(batch):
    # The lecture's naive version: check where it fails.
    missing = len(batch[1]["X"]) - len(batch[0]["X"])
    first = torch.cat([batch[0]["X"], torch.zeros(missing)])
    others = [sample["X"] for sample in batch[1:]]
    return {
        "X": torch.stack([first, *others]),
        "y": torch.stack([sample["y"] for sample in batch]),
    }
'''

_PADDED = '''\
import torch


def my_collate_fn(batch):
    longest = max(len(sample["X"]) for sample in batch)
    rows = []
    for sample in batch:
        zeros = torch.zeros(longest - len(sample["X"]))
        rows.append(torch.cat([sample["X"], zeros]))
    return {
        "X": torch.stack(rows),
        "y": torch.stack([sample["y"] for sample in batch]),
    }
'''

_PADDED_LEFT = _PADDED.replace('[sample["X"], zeros]', '[zeros, sample["X"]]')

_LENGTHS = _PADDED.replace(
    '''for sample in batch]),
    }''',
    '''for sample in batch]),
        "lengths": torch.tensor([len(sample["X"]) for sample in batch]),
    }''',
)

_DATASET = '''\
import torch
from torch.utils.data import Dataset


class IrisDataset(Dataset):
    def __init__(self, X, y):
        ...

    def __len__(self):
        ...

    def __getitem__(self, index):
        ...
'''

_DATASET_DONE = '''\
import torch
from torch.utils.data import Dataset


class IrisDataset(Dataset):
    def __init__(self, X, y):
        self.X = torch.tensor(X, dtype=torch.float32)
        self.y = torch.tensor(y, dtype=torch.int64)

    def __len__(self):
        return len(self.X)

    def __getitem__(self, index):
        return self.X[index], self.y[index]
'''

# As in the lecture: ten random rows are taken, and their number is always ten.
_DATASET_TEN = _DATASET_DONE.replace(
    "return len(self.X)", "return len(self.X[torch.randint(10, (10,))])"
)

_DICT_DONE = _DATASET_DONE.replace(
    "return self.X[index], self.y[index]", 'return {"X": self.X[index], "y": self.y[index]}'
)

EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        "pad", "Zero padding", "my_collate_fn", "collate",
        _SAMPLES + "Write `my_collate_fn(batch)`: it fills every `X` with zeros behind its end up "
        "to the longest of the batch, and returns `{\"X\": [B, longest], \"y\": [B]}`. It must "
        "work for every batch size and every order.",
        _NAIVE,
        (
            "`batch` is a list of samples. Which of them is the longest differs from batch to "
            "batch: `max(len(sample[\"X\"]) for sample in batch)`.",
            "Every sample needs zeros of its own: `longest - len(sample[\"X\"])` of them. That is "
            "never negative, and 0 for the longest.",
            "`torch.cat([sample[\"X\"], torch.zeros(missing)])` appends them. Do it in a loop "
            "over the batch, and give the list to `torch.stack`.",
        ),
        _PADDED,
    ),
    Exercise(
        "pad_left", "Zeros in front", "my_collate_fn", "collate",
        _SAMPLES + "This time the zeros stand before the values, so that the last column holds a "
        "real value of every sample.",
        _PADDED,
        (
            "The number of zeros stays the same; only their place changes.",
            "`torch.cat` joins in the order of its list.",
        ),
        _PADDED_LEFT,
    ),
    Exercise(
        "lengths", "With the lengths", "my_collate_fn", "collate",
        _SAMPLES + "Once it is padded nobody can tell a filled zero from a real one. Return the "
        "lengths as well: `{\"X\": …, \"y\": …, \"lengths\": [B]}` with zeros behind the end; the "
        "lengths are whole numbers (int64).",
        _PADDED,
        (
            "The length of a sample is `len(sample[\"X\"])`, before the padding.",
            "`torch.tensor` of a list of Python's whole numbers has the dtype int64.",
        ),
        _LENGTHS,
    ),
    Exercise(
        "dataset", "A Dataset over iris", "IrisDataset", "dataset",
        _IRIS + "Write the three methods, so that a batch is `[X, y]` with `X` float32 `[B, 4]`, "
        "as a layer wants it, and `y` int64 `[B]`, as `CrossEntropyLoss` wants it.",
        _DATASET,
        (
            "`__init__` keeps what it is given in `self`. `torch.tensor(X, dtype=torch.float32)` "
            "makes a tensor with the dtype that is asked for.",
            "`__len__` says how many samples there are: the rows of `X`. The `DataLoader` never "
            "asks for an index that is larger.",
            "`__getitem__` returns one sample, without a batch: the pair `self.X[index], "
            "self.y[index]`. The `DataLoader` makes the batch.",
        ),
        _DATASET_DONE,
    ),
    Exercise(
        "length", "The lecture's length", "IrisDataset", "dataset",
        _IRIS + "This one is the lecture's. It runs without an error, and a loop over it trains: "
        "on how many of the 150 rows? Check it, and repair it.",
        _DATASET_TEN,
        (
            "The `DataLoader` asks `len(dataset)` once and draws its indices from 0 up to that.",
            "`torch.randint(10, (10,))` are ten numbers below 10, so `self.X[…]` are ten rows: "
            "the length is 10 whatever `X` holds.",
        ),
        _DATASET_DONE,
    ),
    Exercise(
        "dataset_dict", "A Dataset that returns a dict", "IrisDataset", "dataset",
        _IRIS + "Now a sample is a dict, so that a batch is `{\"X\": [B, 4], \"y\": [B]}` with "
        "the same dtypes: `default_collate` stacks key by key.",
        _DATASET_DONE,
        ("Only the `return` of `__getitem__` changes.",),
        _DICT_DONE,
    ),
)

_BY_NAME = {one.name: one for one in EXERCISES}


def find_exercise(name: str) -> Exercise:
    """The exercise of a name that is in the table."""
    return _BY_NAME[name]
