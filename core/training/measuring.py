"""Trying a recipe for some seconds in a process of its own, asked through files; needs no torch.

A measurement is a folder in the cache: `recipe.json`, the phase that it is in, its log, and in
the end its answer. It holds a lock, for two at once would disturb each other. What is measured
is a module with a `main`: the epoch's seconds, or a good learning rate.
"""

import errno
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import places, portable
from core import recipe as recipes
from core.messages import Problem, ThawError
from core.recipe import Recipe
from core.runs import compute_process, torchrun
from core.runs.status import running_runs

Say = Callable[[str], None]  # takes the phase that begins
Answer = dict[str, Any]  # goes through JSON
Measure = Callable[[Recipe, Path, Say], Answer]

_SAID_CHARACTERS = 300  # of the log's last line, in the sentence of one that ended by itself
_PROJECT = Path(__file__).parents[2]
_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # closing programs would not help
_KEPT_SECONDS = 1800.0  # a folder that nobody came back for


@dataclass(frozen=True)
class Look:
    """How far a measurement is.

    Attributes:
        phase: "starting", then as the measurement says it, "done" in the end.
        answer: When it is done: as it went through JSON, or what was made of that.
        problem: Why there is none.
    """

    phase: str
    answer: Any = None
    problem: Problem | None = None

    @property
    def is_done(self) -> bool:
        """Whether nothing more will come."""
        return self.phase == "done"


# --- from the app ------------------------------------------------------------------------


def start(recipe: Recipe, kind: str, module: str, processes: int = 1) -> Path:
    """Begins to measure, detached from this process; returns the measurement's folder.

    Args:
        kind: Beginning of the folder's name.
        module: Dotted name; run as a program with the folder as its argument, it calls `answer`.
        processes: In which the program runs at once, started by torchrun where they are several.

    Raises:
        ThawError: If a run is training, or something is being measured already.
    """
    _refuse_if_busy()
    _delete_old(kind)
    place = places.cache_root() / f"{kind}_{time.time_ns():x}"
    command = [sys.executable, "-u", "-m", module, str(place)]
    if processes > 1:
        command = torchrun.command(processes, place.name, [str(place)], module=module, restarts=0)
    try:
        place.mkdir()
        portable.write_atomic(place / "recipe.json", recipe.to_json().encode())
        with open(place / "log", "ab") as log:
            process = subprocess.Popen(
                command, cwd=_PROJECT, env={**os.environ, **torchrun.ENVIRONMENT},
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, **_detached(),
            )
    except OSError as error:
        shutil.rmtree(place, ignore_errors=True)  # nobody will ask for it
        if error.errno in _UNWRITABLE:
            why = {"path": str(place.parent), "why": error.strerror}
            raise ThawError("places.unwritable", **why) from None
        raise ThawError("timing.unstartable", why=error.strerror) from None
    portable.write_json(place / "process.json", portable.process_identity(process.pid) or {})
    # Waited for, or it would stay a zombie that a look at its id takes for alive.
    threading.Thread(target=process.wait, name="reaper of a measurement", daemon=True).start()
    return place


def look(place: Path) -> Look:
    """How far a measurement is; well under a millisecond."""
    alive = portable.is_same_process(portable.read_json(place / "process.json") or {})
    if answer := portable.read_json(place / "answer.json"):
        if problem := answer.get("problem"):
            return Look("done", problem=Problem.from_dict(problem))
        return Look("done", answer=answer)
    if not alive:
        return Look("done", problem=_ended(place))
    return Look((portable.read_json(place / "phase.json") or {}).get("phase", "starting"))


def forget(place: Path) -> None:
    """Ends a measurement if it still goes on, and deletes its folder."""
    end(place)
    shutil.rmtree(place, ignore_errors=True)


def end(place: Path) -> None:
    """Ends the processes of a measurement, and deletes what they trained; its answer stays."""
    import psutil

    identity = portable.read_json(place / "process.json") or {}
    if portable.is_same_process(identity):
        with suppress(psutil.Error):
            process = psutil.Process(int(identity["pid"]))
            for one in [*process.children(recursive=True), process]:
                with suppress(psutil.Error):
                    one.kill()
    shutil.rmtree(place / "run", ignore_errors=True)


def changed_fields(
    measured: Recipe, recipe: Recipe, no_matter: tuple[str, ...]
) -> tuple[str, ...]:
    """Fields that differ, as `"loader.batch_size"`, but for those that make no difference.

    Args:
        no_matter: Fields, or parts with all their fields.
    """
    before, after = _flat(measured.model_dump()), _flat(recipe.model_dump())
    return tuple(
        name for name in after
        if before.get(name) != after[name]
        and not any(name == one or name.startswith(f"{one}.") for one in no_matter)
    )


def _flat(raw: dict[str, Any], parent: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in raw.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{parent}{name}.")
        else:
            found[parent + name] = value
    return found


def _ended(place: Path) -> Problem:
    """It ended without an answer; what it printed last says why, if anything does."""
    with suppress(OSError):
        log = (place / "log").read_text(encoding="utf-8", errors="replace")
        if lines := [line.strip() for line in log.splitlines() if line.strip(" =-")]:
            return Problem("timing.ended_said", {"said": lines[-1][:_SAID_CHARACTERS]})
    return Problem("timing.ended")


def lock_file() -> Path:
    """Held by the process that measures."""
    return places.cache_root() / "measuring.lock"


def _refuse_if_busy() -> None:
    _refuse_if_training()
    if portable.lock_holder(lock_file()) is not None:
        raise ThawError("timing.measuring_already")


def _delete_old(kind: str) -> None:
    for place in places.cache_root().glob(f"{kind}_*"):
        with suppress(OSError):
            if time.time() - place.stat().st_mtime > _KEPT_SECONDS:
                shutil.rmtree(place, ignore_errors=True)


def _detached() -> dict[str, Any]:
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        return {"creationflags": flags | subprocess.BELOW_NORMAL_PRIORITY_CLASS}
    return {"start_new_session": True}  # it lives through a closed app, and ends itself


# --- in the process ----------------------------------------------------------------------


def answer(place: Path, measure: Measure, limit_seconds: float) -> None:
    """Measures, and writes the answer or the reason why there is none.

    Of several processes the first one answers, and the one that failed first gives the reason.

    Args:
        measure: Takes the recipe, a folder to be thrown away, and what is told the phase.
        limit_seconds: Of the whole measurement; then the process ends itself.
    """
    lock = portable.FileLock(lock_file())
    recipe, is_first = recipes.load(place / "recipe.json"), torchrun.place().rank == 0
    if is_first:
        _end_in_time(place, limit_seconds)
    try:
        if is_first and not lock.acquire():
            raise ThawError("timing.measuring_already")
        _refuse_if_training()
        if sys.platform != "win32":
            os.nice(10)  # as a run's worker
        # Before torch is imported: its thread pools read the environment once.
        compute_process.set_up(recipe.train.threads)
        found = _measured(recipe, place, measure)
    except ThawError as error:
        found = _refusal(error.problem)
    if found and not (place / "answer.json").exists():
        portable.write_json(place / "answer.json", found)
    if "problem" in found and torchrun.place().size > 1:
        sys.exit(1)  # torchrun ends the others, which would wait for this one


def _measured(recipe: Recipe, place: Path, measure: Measure) -> Answer:
    def say(phase: str) -> None:
        portable.write_json(place / "phase.json", {"phase": phase})

    try:
        return measure(recipe, place / "run", say)
    except ThawError:
        raise
    except Exception as error:
        import traceback

        from core.training import failures

        traceback.print_exc()
        id, values = failures.reason_of(error, recipe)
        raise ThawError(id, **values) from None
    finally:
        if torchrun.place().rank == 0:
            shutil.rmtree(place / "run", ignore_errors=True)


def _refuse_if_training() -> None:
    if others := running_runs():
        raise ThawError("timing.run_is_training", run=others[0].name)


def _refusal(problem: Problem) -> Answer:
    return {"problem": problem.as_dict()}


def _end_in_time(place: Path, limit_seconds: float) -> None:
    def end() -> None:
        problem = Problem("timing.too_slow", {"seconds": round(limit_seconds)})
        portable.write_json(place / "answer.json", _refusal(problem))
        shutil.rmtree(place / "run", ignore_errors=True)
        os._exit(1)

    timer = threading.Timer(limit_seconds, end)
    timer.daemon = True
    timer.start()
