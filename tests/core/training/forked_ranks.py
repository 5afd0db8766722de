"""A process that has torch imported and forks those that train a run together, as torchrun would.

Starting them anew takes ten seconds of imports, a fork takes milliseconds. It never starts a
second thread, nor computes anything, so what it forks is as good as a fresh process. What can go
wrong on the way is planted in its children.
"""

import gc
import json
import os
import platform
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from core.runs.folder import Run

_LIMIT_SECONDS = 240  # of a process that waits for another for ever


@dataclass(frozen=True)
class Plant:
    """What happens in the processes.

    Attributes:
        dies: The number of one that is killed when it has computed the first of its features.
        full: The number of one that finds the disk full then.
        stops_after: Steps after which somebody stops the run.
        no_disk: Whether no disk has room for features.
    """

    dies: int | None = None
    full: int | None = None
    stops_after: int | None = None
    no_disk: bool = False


@dataclass(frozen=True)
class Machine:
    """Some of the processes, numbered on from those of the machine before.

    Attributes:
        processes: How many.
        home: Their THAW_HOME.
        name: Of the machine.
    """

    processes: int
    home: str
    name: str = "here"


@dataclass
class Ranks:
    """The process, seen from a test."""

    process: subprocess.Popen = field(default_factory=lambda: subprocess.Popen(
        [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    ))

    def train(
        self, run: Run, *machines: Machine, plant: Plant | None = None, restarts: int = 0
    ) -> list[int]:
        """Works on a run in new processes, until all have ended; what each returns.

        Args:
            machines: One process of this machine by default.
            restarts: How often they were started before.
        """
        machines = machines or (Machine(1, os.environ["THAW_HOME"]),)
        asked = [str(run.path), [asdict(one) for one in machines], asdict(plant or Plant()),
                 restarts]
        print(json.dumps(asked), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        """Ends it."""
        self.process.communicate()


def _serve() -> None:
    import sklearn.datasets  # noqa: F401 - what each child would import first
    import torch
    from torchvision.models import vision_transformer

    from core.training import worker  # noqa: F401
    from tests.core.training.small_transformer import _small

    vision_transformer._vision_transformer = _small
    torch.set_num_threads(1)
    gc.freeze()  # a collection in a child would copy every page of what was imported
    for line in sys.stdin:
        path, machines, plant, restarts = json.loads(line)
        started = [
            _start(Path(path), place, Plant(**plant))
            for place in _places([Machine(**one) for one in machines], restarts)
        ]
        ends = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in started]
        print(json.dumps(ends), flush=True)


def _places(machines: Sequence[Machine], restarts: int) -> Iterator[dict[str, str]]:
    """What torchrun would put into the environment of each."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    rank, size = 0, sum(one.processes for one in machines)
    for machine in machines:
        for local in range(machine.processes):
            yield {
                "THAW_HOME": machine.home, "THAW_TEST_MACHINE": machine.name,
                "RANK": str(rank), "WORLD_SIZE": str(size), "LOCAL_RANK": str(local),
                "LOCAL_WORLD_SIZE": str(machine.processes), "TORCHELASTIC_RUN_ID": "job",
                "TORCHELASTIC_RESTART_COUNT": str(restarts), "TORCHELASTIC_MAX_RESTARTS": "3",
                "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
            }
            rank += 1


def _start(path: Path, place: dict[str, str], plant: Plant) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 70
    try:
        status = _work(path, place, plant)
    finally:
        os._exit(status)


def _work(path: Path, place: dict[str, str], plant: Plant) -> int:
    from core.runs.folder import Run
    from core.training import worker

    log = os.open(path / "worker.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):  # standard output is how the server answers
        os.dup2(log, stream)
    os.environ.update(place)
    signal.alarm(_LIMIT_SECONDS)
    run, rank = Run(path), int(place["RANK"])
    _plant(plant, rank)
    if rank:
        status = worker.follow(run.recipe().train.device)
    else:
        status = worker.work(run, resume=run.state() is not None, say=print)
    return {"finished": 0, "stopped": 0, "failed": 1, "interrupted": 2}[status]


def _plant(plant: Plant, rank: int) -> None:
    from core.training import feature_draft, feature_store, meeting
    from core.training.report import RunReport

    meeting.STRETCH_SECONDS = 0.0  # they hear from each other after each piece
    platform.node = lambda: os.environ["THAW_TEST_MACHINE"]
    write = feature_draft.write

    def with_an_end(files, start, rows, batches, dtype):
        def some():
            for batch in batches:
                yield batch
                if plant.dies == rank:
                    os.kill(os.getpid(), signal.SIGKILL)
                if plant.full == rank:
                    raise OSError(28, "No space left on device")
        return write(files, start, rows, some(), dtype)

    feature_draft.write = with_an_end
    if plant.no_disk:
        feature_store.fits_disk = lambda bytes: False
    if plant.stops_after:
        RunReport._own_wish = lambda report: (
            "stop" if report._training.progress.step == plant.stops_after else "go_on"
        )


if __name__ == "__main__":
    _serve()
