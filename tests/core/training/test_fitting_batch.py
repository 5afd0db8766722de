"""The batch size that fits: the search, and a run that really ran out of memory and goes on."""

import ast
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from core.recipe import parse
from core.runs.folder import list_runs
from core.training import fitting_batch, fitting_batch_try

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("asked", [1, 2, 7, 32, 64, 100, 1000])
def test_the_search_finds_the_largest_to_a_sixteenth(asked: int) -> None:
    for limit in range(asked + 1):
        tried: list[int] = []

        def fits(size: int, limit: int = limit, tried: list[int] = tried) -> bool:
            tried.append(size)
            return size <= limit

        found = fitting_batch.largest(asked, fits)
        assert found <= limit
        assert limit - found < max(asked // 16, 1)
        assert len(tried) == len(set(tried)) <= 2 * asked.bit_length() + 4
        assert found == 0 or found in tried


@pytest.mark.parametrize(
    ("asked", "fitting", "parts", "many"),
    [(64, 28, 1, 4), (64, 32, 1, 2), (64, 60, 1, 2), (64, 10, 1, 8), (97, 40, 1, 3),
     (64, 40, 2, 4), (100, 99, 1, 2), (5, 1, 1, 5)],
)
def test_parts_are_no_larger_than_what_fits(
    asked: int, fitting: int, parts: int, many: int
) -> None:
    found = fitting_batch.parts_for(asked, fitting, parts)
    assert found == many
    assert -(-asked // found) <= -(-fitting // parts)


# Half of what a step takes is the activations of the batch.
BIG: dict[str, object] = {
    "name": "big",
    "model": {"name": "shufflenet_v2_x0_5", "weights": "none"},
    "freeze": {"preset": "from_scratch"},
    "data": {"name": "digits", "only": ["0", "1"]},
    "split": {"train_per_class": 10, "val": 0.03, "test": 0.02},
    "transform": {"size": 512, "augment": "none"},
    "loader": {"batch_size": 8},
    "optimizer": {"name": "sgd"},
    "train": {"epochs": 1, "threads": 1, "device": "cpu"},
    "loggers": {"tensorboard": False},
}


# --- one of several processes ------------------------------------------------------------


@pytest.mark.parametrize(
    ("processes", "share"), [(1, 1000), (2, 450), (4, 175), (11, 0), (20, 0)]
)
def test_on_one_machine_each_process_has_what_the_others_leave(
    processes: int, share: int
) -> None:
    assert fitting_batch_try.share_of(1000, 100, processes) == share


SPY = """
import sys
from pathlib import Path
from core import portable
from core.training import fitting_batch_try
from core.training.ranks import SharedForward
calls, limits = [], []
class Spied(SharedForward):
    def __call__(self, inputs):
        given = super().__call__(inputs)
        held = self._shared._get_ddp_logging_data()["bucket_sizes"]
        trains = sum(4 * p.numel() for p in self._model.parameters() if p.requires_grad)
        calls.append((len(inputs), trains, sum(map(int, held.split(",")))))
        return given
fitting_batch_try.SharedForward = Spied
def spied(kind, limit):
    used = fitting_batch_try._bytes_of("VmData", Path("/proc/self/status").read_text())
    limits.append((limit[0] - used) / portable.available_memory())
import resource
resource.setrlimit = spied
fitting_batch_try.main(Path(sys.argv[1]))
print(calls, limits, sep=";")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is set on Linux")
def test_a_try_for_three_processes_holds_what_one_of_them_holds(home: Path) -> None:
    parts = {**BIG, "transform": {"size": 32, "augment": "none"}, "loader": {"batch_size": 5}}
    train = {"epochs": 1, "threads": 1, "device": "cpu", "processes": 3, "compile": True}
    home.mkdir(exist_ok=True)
    (home / "recipe.json").write_text(parse({**parts, "train": train}).to_json())
    said = subprocess.run(
        [sys.executable, "-c", SPY, str(home)], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "THAW_HOME": str(home), "OMP_NUM_THREADS": "1"}, check=True,
    ).stdout
    calls, limits = said.strip().splitlines()[-1].split(";")
    assert json.loads((home / "answer.json").read_text()) == {"fits": True}
    seen = ast.literal_eval(calls)
    assert len(seen) == 4 and {rows for rows, *_ in seen} == {2}  # a third of five, rounded up
    assert all(held == trains > 1e6 for _, trains, held in seen)  # all gradients once more
    [share] = ast.literal_eval(limits)
    assert 0 < share < 0.32  # 0.9 of a third of what is free, less what the others begin with


# --- under a real limit ------------------------------------------------------------------

def limited(bytes: int, home: Path, *argv: str) -> subprocess.CompletedProcess:
    """A command whose process, and all that it starts, may have so much writable memory."""
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (bytes, resource.RLIM_INFINITY))

    return subprocess.run(
        [sys.executable, "-m", "core", *argv], cwd=ROOT, capture_output=True, text=True,
        preexec_fn=limit, timeout=560, check=False,
        env={**os.environ, "THAW_HOME": str(home), "OMP_NUM_THREADS": "1"},
    )


def started_bytes() -> int:
    """Writable memory of a process that has imported all that a worker does."""
    read = "print(*(line for line in open('/proc/self/status') if line.startswith('VmData')))"
    printed = subprocess.run(
        [sys.executable, "-c", f"import core.training.worker\n{read}"], cwd=ROOT,
        capture_output=True, text=True, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    ).stdout
    return int(printed.split()[1]) * 1024


def test_a_run_out_of_memory_goes_on_with_what_fits(home: Path) -> None:
    home.mkdir(exist_ok=True)
    recipe = home / "recipe.json"
    recipe.write_text(parse(BIG).to_json())
    bytes = started_bytes() + 650_000_000  # about half of what the steps take

    failed = limited(bytes, home, "train", str(recipe), "--json")
    assert failed.returncode == 1, failed.stderr
    assert json.loads(failed.stdout)["error"]["id"] == "training.out_of_memory"
    assert "batches of 8" in failed.stderr and "Traceback" not in failed.stdout

    run = list_runs(home / "runs")[0]
    found = limited(bytes, home, "train", run.id, "--find-batch-size", "--json")
    assert found.returncode == 0, found.stderr
    answer = json.loads(found.stdout)["fitting_batch"]
    fits = {one["batch_size"] for one in answer["tries"] if one["fits"] and one["parts"] == 1}
    fails = {one["batch_size"] for one in answer["tries"] if not one["fits"]}
    assert answer["batch_size"] == max(fits) < min(fails) == max(fits) + 1
    assert answer["parts"] is None or answer["parts"] * answer["batch_size"] >= 8

    smaller = str(answer["batch_size"])
    # What a process takes at its start varies; one that gets no thread dies without a word.
    went = limited(
        bytes + 60_000_000, home, "train", run.id, "--resume", "--batch-size", smaller, "--json"
    )
    assert went.stdout, (went.returncode, went.stderr)
    assert json.loads(went.stdout)["status"] == "finished", went.stderr
    assert run.state()["samples"]["train"] == 20
    assert run.state()["step"] == -(-20 // answer["batch_size"])
    assert max(run.attempts()) == 2
    assert list((home / "cache").glob("fitting_batch_*")) == []
