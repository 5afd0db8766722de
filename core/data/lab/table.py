"""The classics of the lab, as data: no torch is imported here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.messages import ThawError

Value = int | str | bool


@dataclass(frozen=True)
class Option:
    """One value that a classic can be tried with.

    Attributes:
        name: Of the argument of both programs.
        choices: All values; () for a whole number from `low` to `high`.
    """

    name: str
    default: Value
    about: str
    choices: tuple[Value, ...] = ()
    low: int = 0
    high: int = 0

    def takes(self, value: object) -> bool:
        """Whether the programs may be run with it."""
        if self.choices:
            return any(value == one and type(value) is type(one) for one in self.choices)
        return type(value) is int and self.low <= value <= self.high


@dataclass(frozen=True)
class Classic:
    """One mistake that people meet.

    Attributes:
        name: Of its file, `core/data/lab/{name}.py`.
        title: What a person chooses by.
        silent: Whether nothing is raised, and the batches are wrong.
        meets: How one meets it.
        why: Why it happens.
        repair: What the repaired program does.
        options: What it can be tried with.
        start: Start method of processes that it can't do without; "" if any will do.
    """

    name: str
    title: str
    silent: bool
    meets: str
    why: str
    repair: str
    options: tuple[Option, ...]
    start: str = ""


def _workers(default: int, low: int = 0, about: str = "") -> Option:
    return Option("num_workers", default, about or "0 makes the batches in the main process.",
                  low=low, high=4)


def _context(default: str, about: str) -> Option:
    return Option("context", default, about, choices=("fork", "spawn", "forkserver"))


_SEED = Option("seed", 0, "Of the random numbers.", low=0, high=9999)

CLASSICS: tuple[Classic, ...] = (
    Classic(
        "sizes", "Samples of different sizes", False,
        "The first batch is never made: the samples do not have one shape.",
        "`default_collate` makes a batch with `torch.stack`, and `torch.stack` takes tensors of "
        "one shape. With `batch_size=1` there is nothing to stack, so the fault stays hidden "
        "until the batch grows.",
        "A `collate_fn` fills the shorter ones up with zeros. For images, a transform that gives "
        "all of them one size does as well.",
        (Option("batch_size", 2, "1 hides the fault.", low=1, high=10), _workers(0)),
    ),
    Classic(
        "pickling", "A lambda and spawned workers", False,
        "It runs on Linux, and raises on macOS, on Windows, and on Linux from Python 3.14 on.",
        "A forked worker is a copy of the main process and has everything. A spawned one begins "
        "empty: data set and `collate_fn` are pickled and sent to it. Pickle sends a function as "
        "the name of what to import, and a lambda has none.",
        "The function gets a name at the top of a module. Values that it needs go along with "
        "`functools.partial`, or as attributes of a class.",
        (
            Option("lambda_is", "collate_fn", "Where the lambda is.",
                   choices=("collate_fn", "transform")),
            _context("spawn", "How the worker is started; fork pickles nothing."),
        ),
    ),
    Classic(
        "augmentation", "The same random numbers in every worker", True,
        "Nothing is raised. Every worker augments its samples with the same random numbers, and "
        "every epoch with those of the one before.",
        "The generator made in `__init__` is copied into each worker with the data set, state "
        "included, at the start of every epoch. Until PyTorch 1.8 the same happened to "
        "`np.random.random()`: since 1.9 every worker seeds NumPy's global state by itself. A "
        "generator of your own it can't know.",
        "Each copy makes its generator with its first sample, from `torch.initial_seed()`, which "
        "differs from worker to worker and from epoch to epoch.",
        (
            Option("drawn_by", "self.rng", "A generator of the data set's own, or NumPy's global "
                   "state.", choices=("self.rng", "np.random")),
            _workers(2), _SEED,
        ),
    ),
    Classic(
        "shuffled_sampler", "A sampler and shuffle", False,
        "The loader is refused before there is a batch.",
        "`shuffle=True` is short for a `RandomSampler`. A loader takes its order from one place, "
        "so it does not take a second one beside it.",
        "`shuffle` is left out: `WeightedRandomSampler` draws at random by itself, here the rare "
        "class as often as the other.",
        (
            Option("argument", "sampler", "Which argument gives the order.",
                   choices=("sampler", "batch_sampler")),
            _SEED,
        ),
    ),
    Classic(
        "raising", "A sample that raises", False,
        "Training stops in the middle of an epoch. The traceback is the worker's, and says "
        "nothing of which sample it was.",
        "A worker sends what was raised to the main process as text, and it is raised there "
        "again. The index is not in it: the sample could be any of the batch.",
        "A loop without a loader asks for one sample after another, so the index is known. "
        "`Subset` goes on without what was found; better still, mend the file.",
        (Option("damaged", 77, "Row of iris with a “?” in place of a number.", low=0, high=149),
         _workers(2)),
    ),
    Classic(
        "killed", "A worker that is killed", False,
        "A worker is gone, and there is no traceback at all.",
        "The system kills who takes too much memory, and a fault in a C library ends a process "
        "at once: no Python code runs any more that could say where it was. Here the data set "
        "kills its own process.",
        "A wrapper notes each index in shared memory before it asks for the sample: the notes "
        "outlive the worker. Every suspect is then tried in a process of its own.",
        (Option("deadly", 21, "The sample that kills.", low=0, high=63),
         _workers(2, 1, "With 0 it would be the main process that is killed.")),
        start="fork",
    ),
    Classic(
        "file_handle", "One file handle for all workers", True,
        "The samples are garbled, and differently each time. With 0 or 1 worker all is well.",
        "A handle opened in `__init__` is shared by all forked workers, and so is its place in "
        "the file: between the `seek` of one and its `read`, another one seeks. HDF5, zip and "
        "tar files are read in just this way. A spawned worker would have to pickle the handle, "
        "which raises.",
        "The data set keeps the path, and each copy opens the file with its first sample.",
        (_workers(2), _context("fork", "How the workers are started.")),
    ),
    Classic(
        "length", "A length that is always 10", True,
        "The lecture's data set. Nothing is raised; the model learns from ten rows of one class.",
        "`self.X[torch.randint(10, (10,))]` picks ten rows at random, so its `len` is always 10. "
        "A loader asks the data set for its length and for nothing else: it shuffles the numbers "
        "0 to 9, and never asks for another row.",
        "`__len__` says how many samples there are: `len(self.X)`.",
        (Option("batch_size", 4, "", low=1, high=150), _SEED),
    ),
    Classic(
        "iterable", "An IterableDataset with workers", True,
        "Nothing is raised. Every sample comes once from each worker.",
        "A worker has a copy of the data set. Where there are indices the loader shares them "
        "out; an `IterableDataset` has none, so every copy goes through all of it.",
        "`get_worker_info()` says which worker of how many this is, and each takes its share.",
        (Option("batch_size", 4, "", low=1, high=12), _workers(2)),
    ),
    Classic(
        "first_batch", "next(iter(loader)) in a loop", True,
        "Nothing is raised. Without shuffle it is the first batch each time; with it some samples "
        "come twice and others never. Workers are started anew for every batch.",
        "`iter(loader)` begins an epoch. `next` takes its first batch, and the rest is thrown "
        "away.",
        "One iterator an epoch: `for batch in loader`. Where batches are wanted one by one, "
        "`batches = iter(loader)` stands before the loop.",
        (Option("shuffle", False, "", choices=(False, True)), _workers(0), _SEED),
    ),
    Classic(
        "too_few", "drop_last with too few samples", False,
        "An epoch is over at once, and the mean loss is a division by zero.",
        "`drop_last=True` leaves out the last batch if it is not full. With fewer samples than "
        "`batch_size` that is the only one, and no batch is left.",
        "The last batch is only left out where others remain.",
        (Option("batch_size", 32, "There are 20 samples.", low=1, high=64),),
    ),
    Classic(
        "lone_sample", "One sample left for BatchNorm", False,
        "The last batch of the epoch raises, all others were fine.",
        "33 samples in batches of 8 leave one over. `BatchNorm1d` in training divides by the "
        "spread over the batch, and one sample has none.",
        "`drop_last=True` leaves the lone sample out. With `shuffle` it is another one every "
        "epoch.",
        (Option("batch_size", 8, "There are 33 samples.", low=2, high=33),),
    ),
    Classic(
        "none_sample", "None for what can't be read", False,
        "`__getitem__` returns `None` for a file that is damaged, and the batch can't be made.",
        "`default_collate` knows tensors, arrays, numbers, text, and lists and dictionaries of "
        "them. `None` is nothing that could be stacked.",
        "A `collate_fn` leaves out what is `None`: that batch is shorter.",
        (Option("unreadable", 5, "The sample that is None.", low=0, high=11),
         Option("batch_size", 4, "", low=1, high=12)),
    ),
)

_BY_NAME = {classic.name: classic for classic in CLASSICS}


def find_classic(name: str) -> Classic:
    """The classic of that name.

    Raises:
        ThawError: If there is none.
    """
    if name not in _BY_NAME:
        raise ThawError("lab.unknown", name=name, known=", ".join(_BY_NAME))
    return _BY_NAME[name]


def check(classic: Classic, values: Mapping[str, Any]) -> None:
    """Passes if the classic can be tried with these values.

    Raises:
        ThawError: If one is missing, unknown or out of its range.
    """
    known = {option.name: option for option in classic.options}
    for name in (*known, *values):
        if name not in known or name not in values or not known[name].takes(values[name]):
            raise ThawError("lab.value", name=name, value=str(values.get(name, "nothing")),
                            classic=classic.title, known=", ".join(known))
