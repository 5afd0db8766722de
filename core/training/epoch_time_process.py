"""Measuring an epoch in a process of its own, asked through files; needs no torch itself.

A measurement is a folder in the cache: `recipe.json`, the phase that it is in, its log, and in
the end its answer. It holds a lock, for two at once would measure each other.
"""

import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core import places, portable
from core import recipe as recipes
from core.messages import Problem, ThawError
from core.recipe import Recipe
from core.runs import supervisor
from core.runs.status import running_runs

LIMIT_SECONDS = 300.0  # of the whole measurement; then the process ends itself
_SAID_CHARACTERS = 300  # of the log's last line, in the sentence of one that ended by itself
_PROJECT = Path(__file__).parents[2]

# Parts of a recipe that change what is computed but not how long a step takes; unfreezing, for
# it is measured before any stage opens. Everything else is taken to matter, so that a field that
# comes later makes an answer stale.
_NO_MATTER = (
    "format", "name", "split.seed", "optimizer.lr", "optimizer.momentum",
    "optimizer.weight_decay", "schedule", "unfreezing", "train.epochs", "train.label_smoothing",
    "train.seed", "early_stopping", "loggers",
)


@dataclass(frozen=True)
class EpochTime:
    """What was measured, and the epoch that follows from it.

    Attributes:
        step_seconds: Of one step, its batch included; the mean.
        steps: Of an epoch.
        training_seconds: Of all steps of an epoch.
        validation_seconds: Of the validation after it.
        saving_seconds: Of the records and the checkpoint after it.
        measured_steps: How many steps that was reckoned from.
        memory_bytes: The most that the process held; on a GPU, of the GPU's memory.
        checkpoint_bytes: Of the checkpoint that an epoch leaves.
        device: As a person knows it.
    """

    step_seconds: float
    steps: int
    training_seconds: float
    validation_seconds: float
    saving_seconds: float
    measured_steps: int
    memory_bytes: int
    checkpoint_bytes: int
    device: str

    @property
    def epoch_seconds(self) -> float:
        """From the end of one epoch to the end of the next."""
        return self.training_seconds + self.validation_seconds + self.saving_seconds


@dataclass(frozen=True)
class Measurement:
    """How far a measurement is.

    Attributes:
        phase: "starting", "preparing", "warming_up", "training", "validation" or "done".
        answer: When it is done.
        problem: Why there is none.
    """

    phase: str
    answer: EpochTime | None = None
    problem: Problem | None = None

    @property
    def is_done(self) -> bool:
        """Whether nothing more will come."""
        return self.phase == "done"


# --- from the app ------------------------------------------------------------------------


def start(recipe: Recipe) -> Path:
    """Begins to measure, detached from this process; returns the measurement's folder.

    Raises:
        ThawError: If a run is training, or something is being measured already.
    """
    _refuse_if_busy()
    _delete_old()
    place = places.cache_root() / f"epoch_time_{time.time_ns():x}"
    try:
        place.mkdir()
        portable.write_atomic(place / "recipe.json", recipe.to_json().encode())
        with open(place / "log", "ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-u", "-m", "core.training.epoch_time_process", str(place)],
                cwd=_PROJECT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                **_detached(),
            )
    except OSError as error:
        raise ThawError("timing.unstartable", why=error.strerror) from None
    portable.write_json(place / "process.json", portable.process_identity(process.pid) or {})
    # Waited for, or it would stay a zombie that a look at its id takes for alive.
    threading.Thread(target=process.wait, name="reaper of a measurement", daemon=True).start()
    return place


def look(place: Path) -> Measurement:
    """How far a measurement is; well under a millisecond."""
    alive = portable.is_same_process(portable.read_json(place / "process.json") or {})
    if answer := portable.read_json(place / "answer.json"):
        return _read(answer)
    if not alive:
        return Measurement("done", problem=_ended(place))
    return Measurement((portable.read_json(place / "phase.json") or {}).get("phase", "starting"))


def forget(place: Path) -> None:
    """Ends a measurement if it still goes on, and deletes its folder."""
    import psutil

    identity = portable.read_json(place / "process.json") or {}
    if portable.is_same_process(identity):
        with suppress(psutil.Error):
            process = psutil.Process(int(identity["pid"]))
            for one in [*process.children(recursive=True), process]:
                with suppress(psutil.Error):
                    one.kill()
    shutil.rmtree(place, ignore_errors=True)


def what_changed(measured: Recipe, recipe: Recipe) -> tuple[str, ...]:
    """Fields that differ and that an epoch's seconds depend on, as `"loader.batch_size"`."""
    before, after = _flat(measured.model_dump()), _flat(recipe.model_dump())
    return tuple(
        name for name in after
        if before.get(name) != after[name]
        and not any(name == one or name.startswith(f"{one}.") for one in _NO_MATTER)
    )


def _flat(raw: dict[str, Any], parent: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in raw.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{parent}{name}.")
        else:
            found[parent + name] = value
    return found


def _read(answer: dict[str, Any]) -> Measurement:
    if problem := answer.get("problem"):
        return Measurement("done", problem=Problem(problem["id"], problem["values"]))
    return Measurement("done", answer=EpochTime(**answer["epoch_time"]))


def _ended(place: Path) -> Problem:
    """It ended without an answer; what it printed last says why, if anything does."""
    with suppress(OSError):
        log = (place / "log").read_text(encoding="utf-8", errors="replace")
        if lines := [line.strip() for line in log.splitlines() if line.strip()]:
            return Problem("timing.ended_said", {"said": lines[-1][:_SAID_CHARACTERS]})
    return Problem("timing.ended")


def _lock() -> Path:
    return places.cache_root() / "epoch_time.lock"


def _refuse_if_busy() -> None:
    if others := running_runs():
        raise ThawError("timing.run_is_training", run=others[0].name)
    if portable.lock_holder(_lock()) is not None:
        raise ThawError("timing.measuring_already")


def _delete_old() -> None:
    """Folders that nobody came back for; no measurement lives that long."""
    for place in places.cache_root().glob("epoch_time_*"):
        with suppress(OSError):
            if time.time() - place.stat().st_mtime > 2 * LIMIT_SECONDS:
                shutil.rmtree(place, ignore_errors=True)


def _detached() -> dict[str, Any]:
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        return {"creationflags": flags | subprocess.BELOW_NORMAL_PRIORITY_CLASS}
    return {"start_new_session": True}  # it lives through a closed app, and ends itself


# --- in the process ----------------------------------------------------------------------


def main(place: Path) -> None:
    """Measures, and writes the answer or the reason why there is none."""
    lock = portable.FileLock(_lock())
    recipe = recipes.load(place / "recipe.json")
    _end_in_time(place)
    try:
        if not lock.acquire():
            raise ThawError("timing.measuring_already")
        _refuse_if_training()
        if sys.platform != "win32":
            os.nice(10)  # as a run's worker
        # Before torch is imported: its thread pools read the environment once.
        supervisor.limit_threads(recipe.train.threads)
        answer = {"epoch_time": asdict(_measured(recipe, place))}
    except ThawError as error:
        answer = _refusal(error.problem)
    portable.write_json(place / "answer.json", answer)


def _measured(recipe: Recipe, place: Path) -> EpochTime:
    from core.training import failures
    from core.training.epoch_time import measure

    def say(phase: str) -> None:
        portable.write_json(place / "phase.json", {"phase": phase})

    try:
        return measure(recipe, place / "run", say)
    except ThawError:
        raise
    except Exception as error:
        import traceback

        traceback.print_exc()
        id, values = failures.reason_of(error, recipe)
        raise ThawError(id, **values) from None
    finally:
        shutil.rmtree(place / "run", ignore_errors=True)


def _refuse_if_training() -> None:
    if others := running_runs():
        raise ThawError("timing.run_is_training", run=others[0].name)


def _refusal(problem: Problem) -> dict[str, Any]:
    return {"problem": {"id": problem.id, "values": dict(problem.values)}}


def _end_in_time(place: Path) -> None:
    def end() -> None:
        problem = Problem("timing.too_slow", {"seconds": round(LIMIT_SECONDS)})
        portable.write_json(place / "answer.json", _refusal(problem))
        shutil.rmtree(place / "run", ignore_errors=True)
        os._exit(1)

    timer = threading.Timer(LIMIT_SECONDS, end)
    timer.daemon = True
    timer.start()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
