"""The run folder: the only place where a run's truth is."""

import difflib
import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import places, portable
from core import recipe as recipes
from core.messages import ThawError
from core.recipe import Recipe

_BUILDING_SECONDS = 3600.0  # nobody takes so long to make a folder with two files
_TRIES = 5  # to delete a folder that somebody still writes to
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # without l, o, 0 and 1


@dataclass(frozen=True)
class Run:
    """A run, by its folder. Reading never changes anything in it.

    Attributes:
        path: Absolute.
    """

    path: Path

    @property
    def id(self) -> str:
        """The folder's name, such as `2026-11-23_141502_resnet18_digits_k3f9`."""
        return self.path.name

    def recipe(self) -> Recipe:
        """The recipe as the run was started.

        Raises:
            ThawError: If the file is gone or of another version of Thaw.
        """
        return recipes.load(self.path / "recipe.json")

    def present_recipe(self) -> Recipe:
        """The recipe as of the newest attempt: stages that were opened on the way are in it.

        Raises:
            ThawError: If it is gone or of another version of Thaw.
        """
        attempts = self.attempts()
        newest = attempts[max(attempts)].get("recipe") if attempts else None
        return recipes.parse(newest) if newest else self.recipe()

    def state(self) -> dict[str, Any] | None:
        """What the worker last said, or None before it spoke."""
        return portable.read_json(self.path / "state.json")

    def meta(self) -> dict[str, Any]:
        """Name, note and the like, which a person may change."""
        return portable.read_json(self.path / "meta.json") or {}

    def launch(self) -> dict[str, Any] | None:
        """Who started its newest attempt, or None if nobody has."""
        return portable.read_json(self.path / "launch.json")

    def attempts(self) -> dict[int, dict[str, Any]]:
        """What each attempt began with, by its number."""
        found = {}
        for path in (self.path / "attempts").glob("*.json"):
            if path.stem.isdigit() and (attempt := portable.read_json(path)):
                found[int(path.stem)] = attempt
        return dict(sorted(found.items()))

    def next_attempt(self) -> int:
        """Number of the attempt that would be made now, from 1."""
        said = (self.state() or {}).get("attempt", 0)
        return 1 + max([said, *self.attempts()])

    def log_tail(self, lines: int = 200) -> str:
        """The end of what the worker printed."""
        try:
            with open(self.path / "worker.log", "rb") as file:
                file.seek(max(os.fstat(file.fileno()).st_size - 200 * lines, 0))
                text = file.read().decode(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    @property
    def name(self) -> str:
        """What a person calls it: its name, else its id."""
        return self.meta().get("name") or self.id


def create_run(
    recipe: Recipe, *, root: Path | None = None, name: str = "", note: str = "",
    meta: Mapping[str, object] | None = None,
) -> Run:
    """Makes the folder of a new run, with its recipe in it.

    Args:
        root: Where it goes; the runs folder of Thaw's home by default.
        meta: What `meta.json` holds beside name and note, from the first moment on.

    Raises:
        ThawError: If the folder can't be made, or the disk is full.
    """
    root = (root or places.runs_root()).absolute()
    try:
        root.mkdir(parents=True, exist_ok=True)
        while True:
            path = root / _new_id(recipe)
            # Made under a name that no listing shows, so that nobody meets a half run.
            building = root / f".{path.name}.part"
            building.mkdir()
            portable.write_atomic(building / "recipe.json", recipe.to_json().encode())
            portable.write_json(
                building / "meta.json",
                {"name": name or recipe.name, "note": note, **(meta or {})},
            )
            for folder in ("attempts", "checkpoints"):
                (building / folder).mkdir()
            try:
                building.rename(path)
            except FileExistsError:
                shutil.rmtree(building)
                continue
            portable.sync_folder(root)
            return Run(path)
    except OSError as error:
        raise ThawError("places.unwritable", path=str(root), why=error.strerror) from None


def list_runs(root: Path | None = None) -> list[Run]:
    """All runs, the newest first."""
    root = root or places.runs_root()
    try:
        names = [entry.name for entry in os.scandir(root) if not entry.name.startswith(".")]
    except FileNotFoundError:
        return []
    return [
        Run(root / name) for name in sorted(names, reverse=True)
        if (root / name / "recipe.json").is_file()
    ]


def find_run(text: str, root: Path | None = None) -> Run:
    """The run of an id, the unique beginning or end of one, or a folder.

    Raises:
        ThawError: If there is none, or more than one.
    """
    path = Path(text).absolute()
    if (path / "recipe.json").is_file():
        return Run(path)
    found = [run for run in list_runs(root) if run.id == text]
    found = found or [
        run for run in list_runs(root)
        if text and (run.id.startswith(text) or run.id.endswith(f"_{text}"))
    ]
    if not found:
        raise _unknown(text, root)
    if len(found) > 1:
        raise ThawError("runs.ambiguous", text=text, found=", ".join(run.id for run in found[:5]))
    return found[0]


def _unknown(text: str, root: Path | None) -> ThawError:
    if text and Path(text).is_dir():
        return ThawError("runs.no_run_folder", path=text)
    # A typed id, or the ending alone, as the sentence about an unknown one calls them.
    known = [run.id for run in list_runs(root)]
    names = {name: run for run in known for name in (run.rpartition("_")[2], run)}
    near = [names[one] for one in difflib.get_close_matches(text, names, n=3, cutoff=0.7)]
    if near:
        return ThawError("runs.unknown_near", text=text, near=", ".join(dict.fromkeys(near)))
    return ThawError("runs.unknown", text=text)


def delete_run(run: Run) -> None:
    """Deletes a run with all it has; one that is gone already is no error.

    `supervisor.delete` does it where somebody may be about to start the run.

    Raises:
        ThawError: If it is running, or a file can't be deleted.
    """
    from core.runs.status import status  # which reads runs, and so imports this file

    if status(run).is_live:
        raise ThawError("runs.delete_running", run=run.name)
    # Renamed first: a listing never shows a run that is half gone.
    doomed = run.path.with_name(f".{run.id}.deleted")
    try:
        run.path.rename(doomed)
        _remove(doomed)
    except FileNotFoundError:  # two asked at once
        return
    except OSError as error:
        raise ThawError("runs.undeletable", run=run.id, why=error.strerror) from None


def _remove(doomed: Path) -> None:
    for tries_left in reversed(range(_TRIES)):
        try:
            return shutil.rmtree(doomed)
        except OSError as error:
            # Who had found the folder under its old name may put a last file into it.
            if error.errno != errno.ENOTEMPTY or not tries_left:
                raise


def delete_leftovers(root: Path | None = None) -> None:
    """Deletes what a killed process left half made or half deleted; no listing shows it."""
    root = root or places.runs_root()
    for path in [*root.glob(".*.deleted"), *root.glob(".*.part")]:
        if path.suffix == ".deleted" or time.time() - path.stat().st_mtime > _BUILDING_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def _new_id(recipe: Recipe) -> str:
    stamp = time.strftime("%Y-%m-%d_%H%M%S")
    words = [re.sub(r"[^a-z0-9_]", "", word.lower()) for word in
             (recipe.model.name, recipe.data.name)]
    return "_".join([stamp, *words, random_ending()])


def random_ending() -> str:
    """Four letters or digits that tell two things of the same second apart."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(4))
