"""The program that is printed, run as it stands, against the batches that are on the screen."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_iris

from core.data import datasets
from core.data.exploration import Exploration, parse
from core.data.explore import explore
from core.data.loader_code import code_of
from core.data.trace import leaves
from tests.core.data.making import classes, folder
from tests.core.data.test_batches_agree import TABLE, of_workers


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """A process with threads of its own must not be forked."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


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
    assert found.problem is None and (found.batches or not found.total)
    got = ran(code_of(wanted))[: len(found.batches)]
    assert len(got) == len(found.batches)
    for batch, other in zip(found.batches, got, strict=True):
        for leaf, (name, value) in zip(batch.leaves, other, strict=False):
            assert (leaf.name, leaf.shape) == (name, value.shape)
            assert leaf.value.dtype == value.dtype
            assert np.array_equal(leaf.value, value), leaf.name


@pytest.mark.parametrize("part", range(6))
def test_the_whole_table_of_arguments(part):
    for data, arguments in TABLE[part::6]:
        assert_same(parse({"data": data, "batches": 3, "loader": arguments}))


@pytest.mark.parametrize("data, arguments", of_workers(), ids=str)
def test_workers(data, arguments):
    assert_same(parse({"data": data, "batches": 3, "loader": arguments}))


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
