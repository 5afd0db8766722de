"""The program that is printed, run as it stands, against the batches that are on the screen."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris

from core.data import datasets
from core.data.exploration import Exploration, parse
from core.data.explore import explore
from core.data.loader_code import code_of
from core.data.trace import leaves
from tests.core.data.making import classes, folder


def ran(code: str) -> list[list[tuple[str, np.ndarray]]]:
    """The leaves of every batch that the program's own loop gets."""
    seen: list[object] = []
    names: dict[str, object] = {"__name__": "program"}
    exec(compile(code, "batches.py", "exec"), names)
    names["shape_of"] = lambda batch: batch
    names["print"] = lambda *said: seen.append(said[-1])
    names["main"]()
    return [
        [(name, np.asarray(value)) for name, value in leaves(batch)] for batch in seen
    ]


def assert_same(wanted: Exploration) -> None:
    """The program yields the batches of the first epoch, tensor by tensor."""
    found = explore(wanted)
    assert found.batches and found.problem is None
    got = ran(code_of(wanted))[: len(found.batches)]
    assert len(got) == len(found.batches)
    for batch, other in zip(found.batches, got, strict=True):
        for leaf, (name, value) in zip(batch.leaves, other, strict=False):
            assert (leaf.name, leaf.shape) == (name, value.shape)
            assert leaf.value.dtype == value.dtype
            assert np.array_equal(leaf.value, value), leaf.name


TABLE = [
    {},
    {"batch_size": 8, "shuffle": True},
    {"batch_size": 8, "shuffle": True, "seed": 7},
    {"batch_size": 600, "drop_last": True},
    {"batch_size": None, "shuffle": True},
    {"batch_size": 7, "sampler": "sequential"},
    {"batch_size": 7, "sampler": "random"},
    {"batch_size": 7, "sampler": "random", "num_samples": 20},
    {"batch_size": 7, "sampler": "with_replacement"},
    {"batch_size": 7, "sampler": "with_replacement", "num_samples": 3000, "seed": 3},
    {"batch_size": 7, "sampler": "weighted"},
    {"batch_size": 7, "sampler": "weighted", "num_samples": 30},
    {"batch_size": 4, "sampler": "subset", "subset": "0-9"},
    {"batch_size": 4, "sampler": "subset", "subset": "3, 1, 40-44"},
    {"batch_size": 10, "sampler": "class_balanced"},
    {"batch_size": 10, "sampler": "distributed", "rank": 1, "world_size": 3},
    {"batch_size": 10, "sampler": "distributed", "set_epoch": True, "seed": 2},
    {"batch_sampler": "plain"},
    {"batch_sampler": "plain", "batch_sampler_size": 500, "batch_sampler_drop_last": True},
    {"batch_sampler": "one_class", "batch_sampler_size": 5},
    {"batch_size": 6, "collate": "list"},
    {"batch_size": 6, "collate": "dict", "shuffle": True},
    {"batch_size": 6, "collate": "pad_images"},
    {"batch_size": 6, "collate": "mix_up"},
    {"batch_size": 6, "collate": "mix_up", "shuffle": True, "seed": 4},
    {"batch_size": 6, "collate": "cut_mix", "sampler": "random"},
    {"batch_size": 8, "pin_memory": False, "in_order": True, "drop_last": True},
]
SEQUENCES = [
    {"batch_size": 3, "collate": "pad_zero"},
    {"batch_size": 3, "collate": "pad_left", "shuffle": True},
    {"batch_size": 3, "collate": "pad_multiple"},
    {"batch_size": 3, "collate": "pad_multiple", "collate_multiple": 5},
    {"batch_size": 3, "collate": "pad_length", "collate_length": 6},
    {"batch_size": 2, "collate": "my_collate_fn"},
    {"batch_sampler": "length_bucketed", "batch_sampler_size": 4, "collate": "pad_zero"},
    {"batch_sampler": "length_bucketed", "batch_sampler_size": 4, "collate": "pad_zero",
     "batch_sampler_drop_last": True, "seed": 5},
    {"batch_size": 3, "collate": "list", "sampler": "with_replacement"},
    {"batch_size": None},
]
WORKERS = [
    {"batch_size": 100, "num_workers": 2, "shuffle": True},
    {"batch_size": 100, "num_workers": 1, "prefetch_factor": 4, "persistent_workers": True,
     "timeout": 30},
    {"batch_size": 100, "num_workers": 2, "worker_init_fn": "seed_numpy"},
    {"batch_size": 100, "num_workers": 2, "worker_init_fn": "same_seed",
     "multiprocessing_context": "fork"},
]


@pytest.mark.parametrize("loader", TABLE, ids=str)
def test_digits(loader):
    assert_same(parse({"data": "digits", "batches": 3, "loader": loader}))


@pytest.mark.parametrize("loader", SEQUENCES, ids=str)
@pytest.mark.parametrize("data", ["example", "sentences"])
def test_sequences(data, loader):
    if data == "sentences" and loader.get("collate") == "my_collate_fn":
        pytest.skip("the lecture's function fails on it, as it should")
    assert_same(parse({"data": data, "batches": 4, "loader": loader}))


@pytest.mark.parametrize("loader", WORKERS, ids=str)
@pytest.mark.parametrize("data", ["digits", "noisy"])
def test_workers(data, loader):
    assert_same(parse({"data": data, "batches": 4, "loader": loader}))


@pytest.mark.parametrize(
    "name", [one.name for one in datasets.DATASETS if not (one.torchvision or one.needs_path)]
)
def test_every_data_set_that_needs_no_network(name):
    entry = datasets.find_dataset(name)
    loader = {"batch_size": 5, "shuffle": not entry.stream}
    if entry.kind == "sequence":
        loader["collate"] = "pad_zero"
    if name == "shapes":
        loader["collate"] = "pad_images"
    assert_same(parse({"data": name, "batches": 3, "loader": loader}))
    if entry.kind == "image":
        assert_same(parse({"data": name, "size": 20, "batches": 2, "loader": {"batch_size": 5}}))


@pytest.mark.parametrize("init", ["default", "split_stream"])
@pytest.mark.parametrize("data", ["stream", "stream_split"])
def test_streams_with_workers(data, init):
    if data == "stream_split" and init == "split_stream":
        pytest.skip("divided twice")
    loader = {"batch_size": 8, "num_workers": 2, "worker_init_fn": init}
    assert_same(parse({"data": data, "batches": 20, "loader": loader}))


@pytest.mark.parametrize("files", [
    classes("ant", "bee"),
    {f"train/{name}": one for name, one in classes("ant", "bee").items()}
    | {f"val/{name}": one for name, one in classes("ant", "bee", each=2).items()},
], ids=["a folder a class", "train and val"])
def test_a_folder(tmp_path: Path, files):
    root = folder(tmp_path / "my 'pictures'", files)
    loader = {"batch_size": 3, "shuffle": True}
    wanted = parse({"data": "folder", "path": str(root), "size": 16, "loader": loader})
    assert_same(wanted)
    assert ("ImageFolder(" in code_of(wanted)) is ("ant/0.png" in files)


@pytest.mark.parametrize("raw", [
    {"loader": {"batch_size": 8, "shuffle": True}},
    pytest.param({"data": "sentences", "epochs": 2, "loader": {
        "batch_sampler": "length_bucketed", "collate": "pad_zero", "num_workers": 2,
        "multiprocessing_context": "spawn"}}, marks=pytest.mark.long),
], ids=str)
def test_it_runs_in_a_process_that_has_no_thaw(tmp_path: Path, raw):
    wanted = parse(raw)
    file = tmp_path / "batches.py"
    file.write_text(code_of(wanted), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", str(file)], cwd=tmp_path, capture_output=True, text=True,
        timeout=240, env={"OMP_NUM_THREADS": "1", "PATH": ""}, check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == wanted.batches * wanted.epochs
    first = explore(wanted).batches[0].leaves[0]
    assert str(first.shape) in lines[0]


@pytest.mark.parametrize("loader", [
    {"batch_size": 16, "shuffle": True},
    {"batch_size": 16, "shuffle": True, "num_workers": 1, "persistent_workers": True},
    {"batch_size": 16, "sampler": "distributed", "set_epoch": True},
    {"batch_sampler": "one_class"},
], ids=str)
def test_later_epochs_have_the_order_that_is_shown(loader):
    wanted = parse({"data": "iris", "batches": 3, "epochs": 3, "loader": loader})
    rows = load_iris().data
    seen = iter(ran(code_of(wanted)))
    for epoch in explore(wanted).epochs:
        for indices in epoch[:3]:
            assert np.array_equal(next(seen)[0][1], rows[list(indices)])


def test_it_names_only_what_is_not_default_and_imports_only_what_it_uses():
    code = code_of(parse({"data": "iris"}))
    assert "DataLoader(\n    dataset,\n)" in code
    assert "import torch\n" in code and "v2" not in code and "Tensor" not in code
