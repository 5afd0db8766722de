"""From the paths of pictures to classes: one folder a class, for a folder and a zip alike.

Where everything lies in one folder that holds further folders ("photos/cats/1.jpg"), that one
counts for nothing. Folders called train and test (or val) are a split of the data set: train
and val are merged and the test is held out; without a test the val is held out.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.data.pictures import SUFFIXES
from core.messages import Problem, ThawError

Part = Literal["", "train", "val", "test"]  # "" where the folders name no split

_PARTS: dict[str, Part] = {
    "train": "train", "training": "train",
    "val": "val", "valid": "val", "validation": "val",
    "test": "test", "testing": "test",
}  # fmt: skip
_SYSTEM_FILES = {".ds_store", "thumbs.db", "desktop.ini", "__macosx"}
_LONGEST_NAME = 100


@dataclass(frozen=True)
class Place:
    """The class of a picture, and the part of the split that its folder names."""

    name: str
    part: Part = ""


@dataclass(frozen=True)
class Placing:
    """Where each path belongs.

    Attributes:
        places: Of each path; None for what belongs to no class.
        left_out: Why, for each of those.
        expected: Names of all class folders, those without a picture too.
    """

    places: tuple[Place | None, ...]
    left_out: tuple[Problem, ...]
    expected: frozenset[str]


@dataclass(frozen=True)
class Layout:
    """Classes, and the class of each picture.

    Attributes:
        classes: Names, sorted.
        used: Positions of the places that are in it.
        targets: [N], int64 class indices, of those.
        official_test: Indices into `targets` of what is held out, or None.
        left_out: Pictures of classes that have a test alone.
        notices: What a person should know before training on it.
    """

    classes: tuple[str, ...]
    used: tuple[int, ...]
    targets: np.ndarray
    official_test: np.ndarray | None
    left_out: tuple[Problem, ...]
    notices: tuple[Problem, ...]


def is_system_file(path: str) -> bool:
    """Whether a path is something that macOS, Windows or a hidden folder put there."""
    return any(
        part.lower() in _SYSTEM_FILES or part.startswith(".") for part in path.split("/")
    )


def is_picture(path: str) -> bool:
    """Whether the end of the name is that of a picture."""
    dot = path.rfind(".")
    return dot > path.rfind("/") and path[dot:].lower() in SUFFIXES


def clean(text: str) -> str:
    """A name as it can be shown: composed (NFC), without control and format characters."""
    text = text.encode("utf-8", "replace").decode()  # a file's name may be no text at all
    text = unicodedata.normalize("NFC", text)
    kept = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    return " ".join(kept.split())[:_LONGEST_NAME].strip() or "unnamed"


def shown_path(path: str) -> str:
    """A path as a sentence names it; of a long one the end."""
    text = "/".join(part and clean(part) for part in path.split("/"))
    return text if len(text) <= 200 else "…" + text[-200:]


def place(paths: Sequence[str], others: Iterable[str] = (), *, where: str = "") -> Placing:
    """The class of each picture, by its folder.

    Args:
        paths: Of pictures, with "/" between folders, relative to what is searched.
        others: Other files and empty folders (these end in "/"), which may name a class that
            has no picture.
        where: What is searched, for the sentence.

    Raises:
        ThawError: If there is no picture, or none lies in a folder of a class.
    """
    if not paths:
        raise ThawError("data.no_pictures", where=where)
    folders = [tuple(path.split("/")[:-1]) for path in paths]
    depth = _common_depth(folders)
    common = max(folders, key=len)[:depth]
    folders = [folder[depth:] for folder in folders]
    split = _names_a_split(folders)
    places = [_place(folder, split) for folder in folders]
    if not any(places):
        raise ThawError("data.no_class_folders", where=where)
    left_out = tuple(
        Problem("data.no_class", {"name": shown_path(path)})
        for path, found in zip(paths, places, strict=True)
        if found is None
    )
    beside = [tuple(path.split("/")[:-1]) for path in others]
    beside = [folder[depth:] for folder in beside if folder[:depth] == common]
    expected = (found for folder in beside if (found := _place(folder, split)))
    return Placing(
        tuple(places), left_out,
        frozenset(found.name for found in [*expected, *filter(None, places)]),
    )


def arrange(
    places: Sequence[Place | None], expected: frozenset[str] = frozenset(), *, where: str = ""
) -> Layout:
    """The classes of what is left once every picture was looked at.

    Args:
        places: None for pictures that are left out.
        expected: As in `Placing`.
        where: For the sentence.

    Raises:
        ThawError: If fewer than two classes have a picture to train on.
    """
    held_out = held_out_part({found.part for found in places if found})
    in_train = {found.name for found in places if found and found.part != held_out}
    classes = tuple(sorted(in_train))
    if len(classes) < 2:
        raise ThawError("data.one_class", where=where, name=", ".join(classes) or "–")
    index = {name: number for number, name in enumerate(classes)}
    used = [number for number, found in enumerate(places) if found and found.name in index]
    targets = np.array([index[places[number].name] for number in used], dtype=np.int64)
    is_test = np.array([places[number].part == held_out for number in used], dtype=bool)
    only_test = sorted({found.name for found in places if found} - in_train)
    return Layout(
        classes=classes,
        used=tuple(used),
        targets=targets,
        official_test=np.flatnonzero(is_test) if is_test.any() else None,
        left_out=tuple(Problem("data.class_only_in_test", {"name": name}) for name in only_test),
        notices=(
            *_empty(expected - in_train - set(only_test)),
            *_look_alikes(classes),
            *_small(classes, np.bincount(targets[~is_test]), needed=2 if is_test.any() else 3),
        ),
    )


def _common_depth(folders: Sequence[tuple[str, ...]]) -> int:
    """How many folders, one in the other, hold all classes and count for nothing."""
    depth = 0
    while True:
        found = {folder[depth] for folder in folders if len(folder) > depth}
        if len(found) > 1:
            return depth
        if not found:  # no level has two: then the innermost folder is the only class
            return max(depth - 1, 0)
        depth += 1


def _names_a_split(folders: Iterable[tuple[str, ...]]) -> bool:
    """Whether there is a train beside a test or val, with folders of classes in them."""
    parts = {_PARTS.get(folder[0].lower()) for folder in folders if len(folder) > 1}
    return "train" in parts and len(parts & {"val", "test"}) > 0


def _place(folder: tuple[str, ...], split: bool) -> Place | None:
    if not split:
        return Place(clean(folder[0])) if folder else None
    part = _PARTS.get(folder[0].lower()) if len(folder) > 1 else None
    return Place(clean(folder[1]), part) if part else None


def held_out_part(parts: set[Part]) -> Part | None:
    """Which of the parts that the folders name is no part of the training; None without one."""
    return next((part for part in ("test", "val") if part in parts), None)


def _empty(names: Iterable[str]) -> Iterable[Problem]:
    return (Problem("data.class_empty", {"name": name}) for name in sorted(names))


def _look_alikes(classes: Sequence[str]) -> Iterable[Problem]:
    alike: dict[str, list[str]] = {}
    for name in classes:
        alike.setdefault(unicodedata.normalize("NFKC", name).casefold(), []).append(name)
    return (
        Problem("data.classes_alike", {"names": ", ".join(names)})
        for names in alike.values()
        if len(names) > 1
    )


def _small(classes: Sequence[str], counts: np.ndarray, needed: int) -> Iterable[Problem]:
    return (
        Problem("data.class_small", {"name": name, "count": int(count), "needed": needed})
        for name, count in zip(classes, counts, strict=True)
        if count < needed
    )
