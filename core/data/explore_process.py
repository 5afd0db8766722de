"""Exploring a loader outside the app: DataLoader workers must never be the server's children.

One process that has torch imported waits for jobs and forks a child for each, so an answer
takes a tenth of a second instead of three. Where a process can't be forked safely (macOS,
Windows) each job is a process of its own. Jobs and answers are JSON and .npz files in a folder:
nothing is unpickled.
"""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from core import places, portable
from core.data import exploration
from core.data.batch import Batch, Explored, Leaf
from core.data.exploration import Exploration
from core.messages import Problem, ThawError

JOB_SECONDS = 90.0  # longer than a DataLoader's own timeout may be
_START_SECONDS = 60.0  # importing torch from a cold disk
_KEPT_ROWS = 64  # of a tensor: more are never drawn
_KEPT_BYTES = 8_000_000
_PROJECT = Path(__file__).parents[2]
_CAN_FORK = sys.platform == "linux"


class Explorer:
    """Runs explorations in another process; safe to use from several threads, one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: subprocess.Popen | None = None

    def explore(self, wanted: Exploration, *, seconds: float = JOB_SECONDS) -> Explored:
        """`core.data.explore.explore` in another process; of each tensor the first rows alone.

        Raises:
            ThawError: As there; or the process ended, or took too long.
        """
        folder = Path(tempfile.mkdtemp(prefix="explore_", dir=places.cache_root()))
        try:
            (folder / "job.json").write_text(wanted.model_dump_json(), encoding="utf-8")
            if _CAN_FORK:
                self._ask_server(folder, seconds)
            else:
                _run_once(folder, seconds)
            return _read_answer(folder, seconds)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Ends the waiting process."""
        with self._lock:
            self._end()

    def _ask_server(self, folder: Path, seconds: float) -> None:
        with self._lock:
            for last in (False, True):
                server = self._running_server()
                try:
                    server.stdin.write(json.dumps({"folder": str(folder), "seconds": seconds}))
                    server.stdin.write("\n")
                    server.stdin.flush()
                    if _read_line(server, seconds + _START_SECONDS):
                        return
                except OSError:
                    pass
                self._end()  # it was killed between two jobs: once more with a new one
                if last:
                    raise ThawError("batches.process_failed", why="it ended by itself")

    def _running_server(self) -> subprocess.Popen:
        if self._server is None or self._server.poll() is not None:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "core.data.explore_process", "serve"], cwd=_PROJECT,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}, start_new_session=True,
            )
        return self._server

    def _end(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None


def _read_line(server: subprocess.Popen, seconds: float) -> str:
    """The server's next line; "" if it ended or said nothing for so long."""
    import select

    ready, _, _ = select.select([server.stdout], [], [], seconds)
    return server.stdout.readline() if ready else ""


def _run_once(folder: Path, seconds: float) -> None:
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(
            [sys.executable, "-m", "core.data.explore_process", "once", str(folder)],
            cwd=_PROJECT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=seconds + _START_SECONDS, check=False,
        )


# --- the answer, as files ----------------------------------------------------------------


def _write_answer(folder: Path, found: Explored) -> None:
    arrays: dict[str, Any] = {}
    answer = dataclasses.asdict(dataclasses.replace(found, batches=(), problem=None))
    answer["problem"] = found.problem and _as_json(found.problem)
    answer["batches"] = []
    for batch in found.batches:
        row = dataclasses.asdict(dataclasses.replace(batch, leaves=()))
        row["leaves"] = []
        for leaf in batch.leaves:
            name = None
            if leaf.value is not None and leaf.value.dtype != object:
                name = f"a{len(arrays)}"
                arrays[name] = _first_rows(leaf.value)
            row["leaves"].append(
                {**dataclasses.asdict(dataclasses.replace(leaf, value=None)), "value": name}
            )
        answer["batches"].append(row)
    with open(folder / "arrays.npz", "wb") as file:
        np.savez(file, **arrays)
    portable.write_json(folder / "answer.json", answer)


def _first_rows(array: Any) -> Any:
    if not array.ndim or not len(array):
        return array
    fitting = max(1, int(_KEPT_BYTES / max(array[0].nbytes, 1)))
    return array[: min(_KEPT_ROWS, fitting)]


def _read_answer(folder: Path, seconds: float) -> Explored:
    answer = portable.read_json(folder / "answer.json")
    if answer is None:
        raise ThawError("batches.took_too_long", seconds=seconds)
    if raised := answer.get("raised"):
        raise ThawError(raised["id"], **raised["values"])
    with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
        batches = tuple(
            Batch(
                **{
                    **row,
                    "indices": tuple(row["indices"]),
                    "leaves": tuple(
                        Leaf(**{
                            **leaf, "shape": tuple(leaf["shape"]),
                            "lengths": tuple(leaf["lengths"]),
                            "value": None if leaf["value"] is None else arrays[leaf["value"]],
                        })
                        for leaf in row["leaves"]
                    ),
                }
            )
            for row in answer["batches"]
        )
    problem = answer["problem"]
    return Explored(
        answer["samples"], answer["total"], batches, tuple(answer["class_names"]),
        problem and Problem(problem["id"], problem["values"]),
    )


def _as_json(problem: Problem) -> dict[str, Any]:
    return {"id": problem.id, "values": dict(problem.values)}


# --- in the other process ----------------------------------------------------------------


def _do_job(folder: Path) -> None:
    from core.data.explore import explore

    try:
        raw = json.loads((folder / "job.json").read_text(encoding="utf-8"))
        _write_answer(folder, explore(exploration.parse(raw)))
    except ThawError as error:
        portable.write_json(folder / "answer.json", {"raised": _as_json(error.problem)})
    except Exception as error:
        values = {"why": f"{type(error).__name__}: {error}"[:300]}
        problem = Problem("batches.process_failed", values)
        portable.write_json(folder / "answer.json", {"raised": _as_json(problem)})


def _serve() -> None:
    import sklearn.datasets  # noqa: F401  # imported once, for all children
    import torch

    import core.data.explore  # noqa: F401

    torch.set_num_threads(1)  # a process with threads of its own must not be forked
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            os.setsid()  # its workers end with it
            _do_job(Path(job["folder"]))
            os._exit(0)
        _wait(child, job["seconds"])
        print("done", flush=True)


def _wait(child: int, seconds: float) -> None:
    import signal

    until = time.monotonic() + seconds
    while os.waitpid(child, os.WNOHANG)[0] == 0:
        if time.monotonic() > until:
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return
        time.sleep(0.005)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # workers that it left behind


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        _serve()
    else:
        _do_job(Path(sys.argv[2]))
