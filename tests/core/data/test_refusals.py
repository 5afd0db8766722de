"""What PyTorch refuses is refused, with its own words, and nothing else: over all pairs."""

import re
from itertools import combinations
from typing import Any

import pytest
import torch
from torch.utils import data as torch_data
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler

from core.data import samplers, worker_init
from core.data.collate import COLLATE_FUNCTIONS
from core.data.exploration import ARGUMENTS, LoaderArguments, parse
from core.data.explore import explore
from core.data.refusals import REFUSALS, refusal_of
from core.data.samples import open_dataset
from core.messages import ENGLISH, ThawError, sentence

# Of every argument all that it can be beside its default, or some of it where that is endless.
VALUES: dict[str, tuple[Any, ...]] = {
    "batch_size": (None, 4),
    "shuffle": (True,),
    "sampler": ("sequential", "random", "with_replacement", "weighted", "subset",
                "class_balanced", "distributed"),
    "batch_sampler": ("plain", "length_bucketed", "one_class"),
    "num_workers": (1,),
    "collate_fn": ("list", "pad_zero"),
    "pin_memory": (True,),
    "drop_last": (True,),
    "timeout": (5.0,),
    "worker_init_fn": ("seed_numpy",),
    "multiprocessing_context": ("fork",),
    "generator": (3,),
    "prefetch_factor": (2,),
    "persistent_workers": (True,),
    "pin_memory_device": ("cuda",),
    "in_order": (False,),
}
SINGLES = [(name, value) for name, values in VALUES.items() for value in values]
PAIRS = [
    (one, other) for one, other in combinations(SINGLES, 2) if one[0] != other[0]
]


def real(data: Any, arguments: dict[str, Any]) -> DataLoader:
    """PyTorch's own constructors, without anything of ours around them."""
    generator = torch.Generator().manual_seed(arguments.get("generator", 0))
    known = {
        name: value for name, value in arguments.items()
        if name not in ("sampler", "batch_sampler", "collate_fn", "worker_init_fn", "generator")
    }
    labels = list(getattr(data, "targets", range(10)))
    places = range(len(labels))
    make = {
        "sequential": lambda: torch_data.SequentialSampler(places),
        "random": lambda: torch_data.RandomSampler(places),
        "with_replacement": lambda: torch_data.RandomSampler(places, replacement=True),
        "weighted": lambda: torch_data.WeightedRandomSampler([1.0] * len(labels), len(labels)),
        "subset": lambda: torch_data.SubsetRandomSampler(range(10)),
        "class_balanced": lambda: samplers.ClassBalancedSampler(labels, generator),
        "distributed": lambda: DistributedSampler(places, num_replicas=2, rank=0),
        "plain": lambda: torch_data.BatchSampler(
            torch_data.SequentialSampler(places), 8, False),
        "length_bucketed": lambda: samplers.LengthBucketedBatchSampler(
            labels, 8, False, generator),
        "one_class": lambda: samplers.OneClassBatchSampler(labels, 8, False, generator),
    }
    for name in ("sampler", "batch_sampler"):
        if name in arguments:
            known[name] = make[arguments[name]]()
    if "collate_fn" in arguments:
        known["collate_fn"] = COLLATE_FUNCTIONS[arguments["collate_fn"]]
    if "worker_init_fn" in arguments:
        known["worker_init_fn"] = getattr(worker_init, arguments["worker_init_fn"])
    return DataLoader(data, generator=generator, **known)


def said_by_torch(data: Any, arguments: dict[str, Any]) -> str:
    """"" if PyTorch takes it, up to `iter(loader)`."""
    iterator = None
    try:
        loader = real(data, arguments)
        if not arguments.get("num_workers"):  # with workers nothing more is asked there
            iterator = iter(loader)
    except Exception as error:
        text = re.sub(r" at 0x[0-9a-f]+", "", f"{type(error).__name__}: {error}")
        return " ".join(text.split())
    finally:
        del iterator
    return ""


def said_here(name: str, arguments: dict[str, Any]) -> str:
    loader = {ARGUMENTS[key]: value for key, value in arguments.items()}
    wanted = parse({"data": name, "batches": 1, "loader": loader})
    try:
        explore(wanted)
    except ThawError as error:
        assert error.problem.values["said"] in str(error)
        return error.problem.values["said"]
    return ""


@pytest.fixture
def no_workers_start(monkeypatch):
    """What is refused is refused before there are any; starting some for each pair takes long."""
    monkeypatch.setattr(
        torch_data.dataloader, "_MultiProcessingDataLoaderIter", lambda loader: iter(())
    )


def test_every_argument_is_there():
    assert set(VALUES) == set(ARGUMENTS)
    default = LoaderArguments()
    assert all(getattr(default, ARGUMENTS[name]) != value for name, value in SINGLES)


@pytest.mark.parametrize("name", ["example", "stream"])
def test_all_pairs_are_refused_where_pytorch_refuses_them(name, no_workers_start):
    data = open_dataset(name)
    refused = 0
    for pair in [*((single,) for single in SINGLES), *PAIRS]:
        arguments = dict(pair)
        if name == "stream" and arguments.get("collate_fn") == "pad_zero":
            continue  # a function for sequences, which Thaw does not offer here
        expected = said_by_torch(data, arguments)
        refused += bool(expected)
        assert said_here(name, arguments) == expected, arguments
    assert refused > 50


def test_every_row_of_the_table_is_still_what_pytorch_says():
    """Each by PyTorch itself, so that a new wording in a new version is noticed."""
    iris, stream = open_dataset("iris"), open_dataset("stream")
    said = [
        said_by_torch(data, arguments) for data, arguments in (
            (iris, {"shuffle": True, "sampler": "random"}),
            (iris, {"batch_sampler": "plain", "drop_last": True}),
            (iris, {"batch_size": None, "drop_last": True}),
            (iris, {"prefetch_factor": 2}),
            (iris, {"persistent_workers": True}),
            (iris, {"multiprocessing_context": "fork"}),
            (iris, {"multiprocessing_context": "thread", "num_workers": 1}),
            (stream, {"shuffle": True}),
            (stream, {"sampler": "random"}),
            (stream, {"batch_sampler": "plain"}),
            (iris, {"timeout": 1.0}),
        )
    ]
    for wrong in (lambda: DistributedSampler(iris, num_replicas=2, rank=2),
                  lambda: torch_data.RandomSampler([])):
        with pytest.raises(ValueError) as caught:
            wrong()
        said.append(str(caught.value))
    for part, id in REFUSALS:
        assert sum(part in one for one in said) == 1, part
        assert "{said}" in ENGLISH[id]


def test_a_refusal_that_nobody_knows_shows_pytorchs_text():
    problem = refusal_of(ValueError("new in\n  version 9: <X object at 0x7f12>"))
    assert problem.id == "batches.loader_refused"
    assert "ValueError: new in version 9: <X object>" in sentence(problem)


def test_a_rank_that_does_not_exist():
    with pytest.raises(ThawError) as caught:
        explore(parse({"loader": {"sampler": "distributed", "rank": 2}}))
    assert caught.value.problem.id == "batches.refused_rank"
    assert "Invalid rank 2" in str(caught.value)
