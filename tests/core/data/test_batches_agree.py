"""The same batches from core, from the command line and from a DataLoader that nobody watches.

The table has every argument; the plain loader is built here, from PyTorch's own names.
"""

import argparse
import inspect
import json
import subprocess
import sys
from functools import partial
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils import data as torch_data
from torch.utils._pytree import tree_leaves
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler

from core.commands import batches as command
from core.data import samplers, worker_init
from core.data.collate import COLLATE_FUNCTIONS
from core.data.exploration import ARGUMENTS, OPTIONS, LoaderArguments, parse
from core.data.explore import explore
from core.data.samples import open_dataset

ROOT = Path(__file__).parents[3]
BATCHES, EPOCHS = 3, 2


def table() -> list[tuple[str, dict[str, Any]]]:
    """Data sets and arguments that go together; what is not named is at its default."""
    found: list[tuple[str, dict[str, Any]]] = []

    def add(data: str, **arguments: Any) -> None:
        found.append((data, {"seed": len(found) % 7, **arguments}))

    for data, size, shuffle, drop in product(
        ("iris", "digits", "wine"), (1, 7, 64), (False, True), (False, True)
    ):
        add(data, batch_size=size, shuffle=shuffle, drop_last=drop)
    for data, size, shuffle, drop in product(
        ("iris", "wine", "long_tail"), (2, 3, 5, 10, 32), (False, True), (False, True)
    ):
        add(data, batch_size=size, shuffle=shuffle, drop_last=drop)
    for data in ("iris", "wine", "digits", "example", "sentences", "shapes", "noisy"):
        add(data, batch_size=None)
        add(data, batch_size=None, shuffle=True)
        for collate, shuffle in product(("list", "dict"), (False, True)):
            add(data, batch_size=3, collate=collate, shuffle=shuffle)
    for data, collate, size in product(
        ("example", "sentences"), ("pad_zero", "pad_left", "pad_multiple", "pad_length"), (2, 5)
    ):
        add(data, batch_size=size, collate=collate, shuffle=size == 5, collate_multiple=4,
            collate_length=12)
    for collate, size in product(("pad_images", "mix_up", "cut_mix"), (4, 9)):
        add("digits", batch_size=size, collate=collate, shuffle=True)
    add("shapes", batch_size=4, collate="pad_images", shuffle=True)
    add("example", batch_size=2, collate="my_collate_fn")
    for sampler, data, size in product(
        ("sequential", "random", "with_replacement", "weighted", "subset", "class_balanced"),
        ("wine", "long_tail"), (None, 1, 8),
    ):
        add(data, sampler=sampler, batch_size=size, subset="3, 40-60, 5")
    for sampler in ("random", "with_replacement", "weighted"):
        add("iris", sampler=sampler, num_samples=50, batch_size=16, drop_last=True)
    for rank, world, told in product((0, 1, 2), (1, 3), (False, True)):
        if rank < world:
            add("iris", sampler="distributed", rank=rank, world_size=world, set_epoch=told,
                batch_size=8)
    for name, data, size, drop in product(
        ("plain", "one_class", "length_bucketed"), ("example", "sentences"), (2, 5), (False, True)
    ):
        add(data, batch_sampler=name, batch_sampler_size=size, batch_sampler_drop_last=drop,
            collate="pad_zero")
    for data, name in product(("iris", "long_tail", "random_5000"), ("plain", "one_class")):
        add(data, batch_sampler=name, batch_sampler_size=32)
    for size, drop in product((None, 1, 8), (False, True)):
        if size or not drop:
            add("stream", batch_size=size, drop_last=drop)
    return found


def of_workers() -> list[tuple[str, dict[str, Any]]]:
    """The same with processes that make the batches."""
    of_all = {"num_workers": 2, "batch_size": 8}
    rows = [
        ("digits", {"shuffle": True}),
        ("digits", {"shuffle": True, "persistent_workers": True}),
        ("digits", {"shuffle": True, "prefetch_factor": 1, "num_workers": 1}),
        ("digits", {"prefetch_factor": 4, "drop_last": True}),
        ("digits", {"in_order": False, "num_workers": 1, "shuffle": True}),
        ("noisy", {"shuffle": True}),
        ("noisy", {"worker_init_fn": "seed_numpy"}),
        ("noisy", {"worker_init_fn": "same_seed", "shuffle": True}),
        ("iris", {"sampler": "weighted", "timeout": 30.0}),
        ("iris", {"sampler": "with_replacement", "persistent_workers": True}),
        ("iris", {"batch_size": None, "shuffle": True}),
        ("wine", {"sampler": "class_balanced", "multiprocessing_context": "fork"}),
        ("wine", {"shuffle": True, "pin_memory": True}),
        ("wine", {"shuffle": True, "pin_memory": True, "pin_memory_device": "cuda"}),
        ("sentences", {"batch_sampler": "length_bucketed", "batch_size": 1,
                       "collate": "pad_left"}),
        ("stream", {}),
        ("stream", {"worker_init_fn": "split_stream", "persistent_workers": True}),
        ("stream_split", {"drop_last": True}),
        ("digits", {"collate": "mix_up", "shuffle": True}),
    ]
    return [(data, {**of_all, "seed": place, **more}) for place, (data, more) in enumerate(rows)]


# --- a loader that nobody watches --------------------------------------------------------

# How many of these there are is asked of the installed torch by a test below.
PLAIN = ("shuffle", "drop_last", "num_workers", "prefetch_factor", "persistent_workers",
         "pin_memory", "timeout", "in_order", "multiprocessing_context", "batch_size",
         "pin_memory_device")


def plain(data: Any, arguments: dict[str, Any], *, places: bool = False) -> DataLoader:
    """PyTorch's loader with these arguments.

    Args:
        places: Over the places of the samples in place of the samples.
    """
    known = {name: arguments[name] for name in PLAIN if name in arguments}
    generator = torch.Generator().manual_seed(arguments["seed"])
    if "sampler" in arguments:
        known["sampler"] = _sampler(data, arguments, generator)
    if "batch_sampler" in arguments:
        known["batch_sampler"] = _batch_sampler(data, arguments, generator)
    if places:
        alone = arguments.get("batch_size", 1) is None
        return DataLoader(range(len(data)), collate_fn=_one if alone else list,
                          generator=generator, **known)
    collate = arguments.get("collate", "default")
    if collate != "default":
        options = {"pad_multiple": {"multiple": arguments.get("collate_multiple", 8)},
                   "pad_length": {"length": arguments.get("collate_length", 16)},
                   "mix_up": {"classes": 10}, "cut_mix": {"classes": 10}}.get(collate, {})
        known["collate_fn"] = partial(COLLATE_FUNCTIONS[collate], **options)
    if "worker_init_fn" in arguments:
        known["worker_init_fn"] = getattr(worker_init, arguments["worker_init_fn"])
    return DataLoader(data, generator=generator, **known)


def _one(index: int) -> list[int]:
    return [index]


def _sampler(data: Any, arguments: dict[str, Any], generator: torch.Generator) -> Any:
    drawn = arguments.get("num_samples")
    labels = torch.as_tensor(np.asarray(data.targets))
    return {
        "sequential": lambda: torch_data.SequentialSampler(data),
        "random": lambda: torch_data.RandomSampler(data, num_samples=drawn, generator=generator),
        "with_replacement": lambda: torch_data.RandomSampler(
            data, replacement=True, num_samples=drawn, generator=generator),
        "weighted": lambda: torch_data.WeightedRandomSampler(
            (1.0 / torch.bincount(labels).double())[labels], drawn or len(data),
            generator=generator),
        "subset": lambda: torch_data.SubsetRandomSampler([3, *range(40, 61), 5], generator),
        "class_balanced": lambda: samplers.ClassBalancedSampler(labels.tolist(), generator),
        "distributed": lambda: DistributedSampler(
            data, arguments["world_size"], arguments["rank"], seed=arguments["seed"]),
    }[arguments["sampler"]]()


def _batch_sampler(data: Any, arguments: dict[str, Any], generator: torch.Generator) -> Any:
    size = arguments.get("batch_sampler_size", 8)
    drop = arguments.get("batch_sampler_drop_last", False)
    if arguments["batch_sampler"] == "plain":
        return torch_data.BatchSampler(torch_data.SequentialSampler(data), size, drop)
    if arguments["batch_sampler"] == "one_class":
        return samplers.OneClassBatchSampler(data.targets, size, drop, generator)
    lengths = [len(data[place]["X"]) for place in range(len(data))]
    return samplers.LengthBucketedBatchSampler(lengths, size, drop, generator)


def first_batches(loader: DataLoader, seed: int) -> list[list[Any]]:
    torch.manual_seed(seed)
    np.random.seed(seed)
    iterator = iter(loader)
    found = [tree_leaves(batch) for batch in islice(iterator, BATCHES)]
    if hasattr(iterator, "_shutdown_workers"):
        iterator._shutdown_workers()
    return found


def orders(loader: DataLoader, arguments: dict[str, Any]) -> list[list[list[int]]]:
    found = []
    for epoch in range(EPOCHS):
        if arguments.get("set_epoch"):
            loader.sampler.set_epoch(epoch)
        found.append([list(batch) for batch in loader])
    if loader._iterator is not None and hasattr(loader._iterator, "_shutdown_workers"):
        loader._iterator._shutdown_workers()
    return found


# --- the comparison ----------------------------------------------------------------------


def argv(data: str, arguments: dict[str, Any]) -> list[str]:
    """What a person would type."""
    given = [data, "--batches", str(BATCHES), "--epochs", str(EPOCHS), "--values"]
    for name, value in arguments.items():
        option = "--" + name.replace("_", "-")
        if isinstance(value, bool):
            given.append(option if value else f"--no-{option[2:]}")
        else:
            given += [option, str(value)]
    return given


def commanded(data: str, arguments: dict[str, Any]) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    parser.add_argument("--json", action="store_true")
    answer = command.run(parser.parse_args([*argv(data, arguments), "--json"]))
    return json.loads(json.dumps(answer))


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """A process with threads of its own must not be forked."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


TABLE = table()


def test_the_table_is_large_and_has_every_argument():
    rows = [*TABLE, *of_workers()]
    assert len({json.dumps(row, sort_keys=True) for row in rows}) >= 250
    seen = {name for _, arguments in rows for name in arguments}
    assert set(LoaderArguments.model_fields) == seen


def test_every_argument_of_the_installed_loader_has_a_field():
    of_torch = set(inspect.signature(DataLoader).parameters) - {"dataset"}
    assert of_torch == set(ARGUMENTS)
    assert set(ARGUMENTS.values()) | set(OPTIONS) == set(LoaderArguments.model_fields)


def assert_agree(data: str, arguments: dict[str, Any]) -> None:
    wanted = {"data": data, "batches": BATCHES, "epochs": EPOCHS, "loader": arguments}
    dataset = open_dataset(data)
    expected = first_batches(plain(dataset, arguments), arguments["seed"])
    seen, told = explore(parse(wanted)), commanded(data, arguments)
    assert seen.problem is told["problem"] is None
    assert len(seen.batches) == len(told["batches"]) == len(expected)
    assert expected or not seen.total
    for batch, row, values in zip(seen.batches, told["batches"], expected, strict=True):
        assert list(batch.indices) == row["indices"]
        assert len(values) == len(batch.leaves) == len(row["tensors"])
        for leaf, there, value in zip(batch.leaves, row["tensors"], values, strict=True):
            value = np.asarray(value)
            assert np.array_equal(leaf.value, value) and leaf.value.dtype == value.dtype
            assert list(leaf.shape) == there["shape"] == list(value.shape)
            assert np.array_equal(np.array(there["values"], dtype=value.dtype), value)
    epochs = [[list(batch) for batch in epoch] for epoch in seen.epochs]
    assert epochs == told["epochs"]
    for batch, drawn in zip(seen.batches, epochs[0], strict=False):
        assert list(batch.indices) == drawn
    if not data.startswith("stream"):
        assert epochs == orders(plain(dataset, arguments, places=True), arguments)
        assert seen.total == len(plain(dataset, arguments))


@pytest.mark.parametrize("part", range(8))
def test_without_workers(part):
    for data, arguments in TABLE[part::8]:
        assert_agree(data, arguments)


@pytest.mark.parametrize("data, arguments", of_workers(), ids=str)
def test_with_workers(data, arguments):
    assert_agree(data, arguments)


def test_the_real_command_says_the_same():
    data, arguments = "digits", {"batch_size": 5, "shuffle": True, "num_workers": 2, "seed": 4}
    done = subprocess.run(
        [sys.executable, "-m", "core", "batches", *argv(data, arguments), "--json"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=True,
    )
    answer, expected = json.loads(done.stdout), commanded(data, arguments)
    for one in (*answer["batches"], *expected["batches"]):
        del one["times"]
    assert answer == expected


# --- epochs of a stream, of a sampler that is told, and of workers that stay --------------


def test_workers_yield_a_naive_stream_twice_and_a_split_one_once():
    def drawn(data: str, **more: Any) -> list[list[int]]:
        loader = {"num_workers": 2, "batch_size": 8, **more}
        seen = explore(parse({"data": data, "epochs": 2, "loader": loader}))
        return [sorted(i for batch in epoch for i in batch) for epoch in seen.epochs]

    once, twice = list(range(60)), sorted([*range(60), *range(60)])
    assert drawn("stream") == [twice, twice]
    assert drawn("stream", num_workers=0) == drawn("stream_split", num_workers=0) == [once, once]
    assert drawn("stream_split") == [once, once]
    assert drawn("stream", worker_init_fn="split_stream") == [once, once]


def test_an_epoch_that_nobody_tells_is_the_one_before():
    def epochs(**more: Any) -> tuple:
        loader = {"sampler": "distributed", "batch_size": 10, **more}
        return explore(parse({"data": "iris", "epochs": 3, "loader": loader})).epochs

    silent, told = epochs(), epochs(set_epoch=True)
    assert silent[0] == silent[1] == silent[2] == told[0]
    assert len({told[0], told[1], told[2]}) == 3
    other = {i for batch in epochs(rank=1)[0] for i in batch}
    assert {i for batch in silent[0] for i in batch} | other == set(range(150))


def test_a_long_epoch_is_told_in_part_and_drawn_whole(monkeypatch):
    whole = explore(parse({"epochs": 3, "loader": {"shuffle": True, "batch_size": 9}})).epochs
    monkeypatch.setattr("core.data.epochs.MOST_SAMPLES", 100)
    told = explore(parse({"epochs": 3, "loader": {"shuffle": True, "batch_size": 9}})).epochs
    assert told == tuple(epoch[:12] for epoch in whole)
    drawn = {"sampler": "with_replacement", "batch_size": 9}
    some = explore(parse({"epochs": 3, "loader": drawn})).epochs
    monkeypatch.undo()
    assert some == tuple(
        epoch[:12] for epoch in explore(parse({"epochs": 3, "loader": drawn})).epochs
    )
