"""Every classic is run: it goes wrong in its own way, its repair does not, and nobody is left."""

import multiprocessing
import time

import psutil
import pytest
import torch
from sklearn.datasets import load_iris
from torch.utils.data import DataLoader, RandomSampler

from core import places
from core.data.child import Children
from core.data.lab import ask
from core.data.lab.ask import Comparison
from core.data.lab.table import CLASSICS, Classic, find_classic
from core.messages import ThawError

FORK = "fork" in multiprocessing.get_all_start_methods()
pytestmark = pytest.mark.skipif(not FORK, reason="its processes are forked")


@pytest.fixture(autouse=True)
def nobody_is_left(children):
    yield
    until = time.monotonic() + 10
    server = psutil.Process(children._server.pid) if children._server else None
    while server and server.children(recursive=True) and time.monotonic() < until:
        time.sleep(0.02)
    assert not (server and server.children(recursive=True))
    assert not any(places.cache_root().iterdir())


def compare(children: Children, name: str, **values: object) -> Comparison:
    given = {option.name: option.default for option in find_classic(name).options} | values
    found = ask.compare(children, name, given)
    assert found.broken.problem is None and found.repaired.problem is None
    return found


@pytest.mark.parametrize("classic", CLASSICS, ids=lambda classic: classic.name)
def test_the_broken_one_goes_wrong_and_the_repaired_one_does_not(children, classic: Classic):
    found = compare(children, classic.name)
    assert found.repaired.right is True and found.repaired.printed
    assert not found.repaired.type
    if classic.silent:
        assert found.broken.right is False and not found.broken.type
    else:
        assert found.broken.right is None
        assert found.broken.type and found.broken.text and found.broken.line
        assert found.broken.line in found.broken.code


def raised(action) -> Exception:
    with pytest.raises(Exception) as caught:
        action()
    return caught.value


@pytest.mark.parametrize(
    ("name", "oracle"),
    [
        ("sizes", lambda: torch.utils.data.default_collate([torch.ones(1), torch.ones(2)])),
        ("shuffled_sampler",
         lambda: DataLoader([1], sampler=RandomSampler([1]), shuffle=True)),
        ("lone_sample", lambda: torch.nn.BatchNorm1d(8)(torch.ones(1, 8))),
        ("too_few", lambda: 0.0 / len(DataLoader([1], batch_size=2, drop_last=True))),
    ],
)
def test_the_exception_is_the_one_of_pytorch(children, name, oracle):
    expected, found = raised(oracle), compare(children, name).broken
    assert (found.type, found.text) == (type(expected).__name__, str(expected))


def test_exceptions_of_workers_come_with_their_traceback_and_no_path_of_this_machine(children):
    found = compare(children, "raising", damaged=3, num_workers=1)
    assert found.broken.type == "ValueError"
    assert found.broken.text.startswith("Caught ValueError in DataLoader worker process 0.")
    assert found.broken.text.endswith("could not convert string to float: '?'")
    assert 'File "torch/utils/data/_utils/worker.py"' in found.broken.text
    assert "sample 3: ValueError" in found.repaired.printed
    assert "149 samples came" in found.repaired.printed


@pytest.mark.parametrize("deadly", [0, 63])
def test_the_sample_that_kills_is_found(children, deadly):
    found = compare(children, "killed", deadly=deadly, num_workers=3)
    assert found.broken.type == "RuntimeError" and "DataLoader worker" in found.broken.text
    assert f"sample {deadly}: a process of its own ends with exit code -9" in (
        found.repaired.printed)
    assert "63 samples came" in found.repaired.printed


def test_numpys_global_state_is_seeded_by_pytorch_and_an_own_generator_is_not(children):
    own = compare(children, "augmentation").broken
    lines = [line.partition(": ")[2] for line in own.printed.splitlines()[:-1]]
    assert len(lines) == 8 and len(set(lines)) == 2  # two workers, two epochs
    assert compare(children, "augmentation", drawn_by="np.random").broken.right
    assert compare(children, "augmentation", num_workers=0).broken.right


def test_what_hides_a_fault(children):
    assert compare(children, "sizes", batch_size=1).broken.right
    assert compare(children, "pickling", context="fork").broken.right
    assert compare(children, "file_handle", num_workers=1).broken.right
    assert compare(children, "iterable", num_workers=0).broken.right
    assert compare(children, "lone_sample", batch_size=10).broken.right
    assert compare(children, "too_few", batch_size=20).broken.right


def test_an_open_file_is_garbled_by_fork_and_refused_by_spawn(children):
    garbled = compare(children, "file_handle", num_workers=3).broken
    wrong = int(garbled.printed.splitlines()[-1].split()[0])
    assert wrong and len(garbled.printed.splitlines()) == min(wrong, 8) + 1
    spawned = compare(children, "file_handle", context="spawn")
    assert spawned.broken.type == "TypeError" and "pickle" in spawned.broken.text
    assert spawned.repaired.right


@pytest.mark.parametrize("where", ["collate_fn", "transform"])
def test_a_lambda_is_refused_by_every_start_method_that_pickles(children, where):
    found = compare(children, "pickling", lambda_is=where, context="forkserver")
    assert "pickle" in found.broken.text and "lambda" in found.broken.text
    assert found.repaired.right


def test_the_lectures_length_reaches_ten_rows_of_iris(children):
    found = compare(children, "length", batch_size=10, seed=3)
    assert len(load_iris().data) == 150
    assert "len(dataset) is 10, len(loader) is 1\n" in found.broken.printed
    assert "len(dataset) is 150, len(loader) is 15\n" in found.repaired.printed
    assert "{0: 10}" in found.broken.printed


@pytest.mark.parametrize(
    ("name", "values", "id"),
    [("nothing", {}, "lab.unknown"), ("sizes", {"batch_size": 2}, "lab.value"),
     ("sizes", {"batch_size": 0, "num_workers": 0}, "lab.value"),
     ("sizes", {"batch_size": True, "num_workers": 0}, "lab.value"),
     ("too_few", {"batch_size": 2, "more": 1}, "lab.value")],
)
def test_what_can_not_be_tried_is_refused_before_a_process_starts(children, name, values, id):
    with pytest.raises(ThawError) as caught:
        ask.compare(children, name, values)
    assert caught.value.problem.id == id


def test_a_start_method_that_a_system_lacks_gets_a_sentence(children, monkeypatch, tmp_path):
    from core.data.lab import run

    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    asked = {"classic": "killed", "side": "broken", "values": {"deadly": 1, "num_workers": 1}}
    with pytest.raises(ThawError, match="can't start a process by “fork”"):
        run.answer(tmp_path, asked)
