"""A run that goes on needs the images that it had: what they were is kept, and compared then.

`data.json` in the run folder lists the files of an image folder (of very many files it has one
figure for all names and sizes) and the classes of any data set;
the fingerprint that decides is in the checkpoint. A run from before there was a list is compared
by its checkpoint alone.
"""

import hashlib
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core import portable
from core.data import image_folder
from core.data.class_folders import shown_path
from core.data.load import ImageData
from core.messages import ThawError
from core.recipe import DataSpec
from core.runs.folder import Run

log = logging.getLogger(__name__)

_MOST_FILES = 20_000  # that are listed by name: some 2 MB
_NAMED = 3  # files in a sentence


def require(run: Run, spec: DataSpec, data: ImageData, found: Mapping[str, Any] | None) -> None:
    """Refuses to go on with other images; of a run that begins, keeps what they are.

    Several processes of one run may call it: they write the same.

    Args:
        spec: Of the recipe.
        data: The images as they are now.
        found: The checkpoint that the run goes on from, or None.

    Raises:
        ThawError: If images or classes were added, taken away, renamed or changed.
    """
    now = _listed(spec, data)
    if found is None:
        portable.write_json(run.path / "data.json", now)
        return
    fingerprint = found.get("data_fingerprint")
    if not fingerprint:
        log.warning("The checkpoint does not say what images it had: they are not compared.")
        return
    if fingerprint != data.fingerprint:
        then = portable.read_json(run.path / "data.json") or {}
        if not then:
            then = {"classes": found.get("classes")}
        if _are_same_files(then, now):
            log.warning("Files have another time than they had, and the same names and sizes: "
                        "they are taken for the same.")
        else:
            raise ThawError("training.data_changed", what=_difference(then, now))
    portable.write_json(run.path / "data.json", now)


def are_same(run: Run, spec: DataSpec, data: ImageData) -> bool:
    """Whether images are those of the run, as it has kept what they are, but for the files' times.

    Reads what the fingerprint reads: no file of a large folder.

    Args:
        data: As they are now.
    """
    then = portable.read_json(run.path / "data.json") or {}
    return then.get("fingerprint") == data.fingerprint or _are_same_files(
        then, _listed(spec, data)
    )


def _listed(spec: DataSpec, data: ImageData) -> dict[str, Any]:
    counts = np.bincount(data.targets, minlength=len(data.classes)).tolist()
    found = {"fingerprint": data.fingerprint, "classes": list(data.classes), "counts": counts}
    if spec.name != "folder":
        return found
    root = image_folder.folder_of(spec.path)
    known = [(file, file.stat()) for file in data.files]
    if len(known) > _MOST_FILES:
        listed = "\n".join(f"{_name(file, root)} {one.st_size}" for file, one in known)
        found["sizes"] = hashlib.sha256(listed.encode()).hexdigest()[:16]
    else:
        whole = image_folder.is_read_whole(one.st_size for _, one in known)
        found["by_content"] = whole
        found["files"] = {
            _name(file, root): [one.st_size, _sha256(file) if whole else one.st_mtime_ns]
            for file, one in known
        }
    return found


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def _name(file: Path, root: Path) -> str:
    # As a sentence can show it: a file name may hold what is no text.
    return file.relative_to(root).as_posix().encode("utf-8", "replace").decode()


def _are_same_files(then: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether nothing but times differ, of a folder too large to be compared by content.

    A copy of such a folder, or one that came back from a backup, has other times.
    """
    if then.get("classes") != now["classes"]:
        return False
    if "files" not in then or "files" not in now:
        return "sizes" in now and then.get("sizes") == now["sizes"]
    return _compared(then, now) == _compared(now, then)


def _compared(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Of each file what can be compared: content where both were read whole, else the size."""
    if one.get("by_content") and other.get("by_content"):
        return one["files"]
    return {name: size for name, (size, _) in one["files"].items()}


def _difference(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What changed, as well as it can be told."""
    was, classes = then.get("classes") or [], now["classes"]
    gone = [name for name in was if name not in classes]
    new = [name for name in classes if name not in was]
    if was and (gone or new):
        return _classes(gone, new)
    if "counts" not in then:  # a run from before there was a list
        return "they are not as they were"
    if "files" in then and "files" in now:
        if said := _files(_compared(then, now), _compared(now, then)):
            return said
    elif (said := _counts(then, now)):
        return said
    return "their number and names are the same, but not what is in them"


def _classes(gone: list[str], new: list[str]) -> str:
    if len(gone) == len(new) == 1:
        return f"the class {_quoted(gone)} is called {_quoted(new)} now"
    return _joined("class", "classes", [("gone", gone), ("new", new)])


def _files(was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    return _joined("file", "files", [
        ("gone", [name for name in was if name not in now]),
        ("new", [name for name in now if name not in was]),
        ("changed", [name for name in was if name in now and was[name] != now[name]]),
    ])


def _counts(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    return ", ".join(
        f"“{shown_path(name)}” has {count:,} images and had {before:,}"
        for name, before, count in zip(now["classes"], then["counts"], now["counts"], strict=True)
        if before != count
    )


def _joined(one: str, many: str, parts: Iterable[tuple[str, list[str]]]) -> str:
    """`1 file is gone (“cat/3.png”), 2 files are new (…)`."""
    return ", ".join(
        f"1 {one} is {what} ({_quoted(names)})" if len(names) == 1
        else f"{len(names):,} {many} are {what} ({_quoted(names)})"
        for what, names in parts if names
    )


def _quoted(names: list[str]) -> str:
    shown = ", ".join(f"“{shown_path(name)}”" for name in names[:_NAMED])
    return f"{shown}, …" if len(names) > _NAMED else shown
