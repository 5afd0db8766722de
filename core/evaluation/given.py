"""Images that are given now, in folders named as a run's classes, judged by its checkpoints.

Where the folders name a split, what is held out there is judged: a run may have been trained on
the rest. A folder that is no class of the run is left out, and a class may have no image; both
are said. The "/" of a class ("T-shirt/top") is "_" in the name of its folder. A picture that
can't be read is left out with its name, at whatever point that is found.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from core.data import class_folders, image_folder, uploads
from core.data.load import ImageData, load_picture
from core.data.loader import PreparedImages
from core.data.pictures import MIN_SIDE
from core.evaluation.judged import Judged, Tell, judged_of, logits_of_images
from core.evaluation.model_of import LoadedModel
from core.messages import Problem, ThawError

SPLIT = "folder"  # what these images are called in the answers
_NAMED = 12  # folders or classes in a sentence


@dataclass(frozen=True)
class GivenImages:
    """Pictures in folders, whatever these are called.

    Attributes:
        files: [N].
        names: [N], the folder of the class of each.
        left_out: Files that can't be used, each with its reason.
        part: Of a split that the folders name, the one that these are of; "" without a split.
        others: Pictures of the other parts.
    """

    files: tuple[Path, ...]
    names: tuple[str, ...]
    left_out: tuple[Problem, ...] = ()
    part: str = ""
    others: int = 0


@dataclass(frozen=True)
class JudgedGiven:
    """The answers for given images, and what was not judged.

    Attributes:
        judged: Its places are positions in the `files`.
        unknown: Folders that are no class of the run, each with its number of pictures.
        missing: Classes of the run without an image.
        left_out: Files that could not be used, each with its reason.
        notices: What of this a person should know, in sentences.
    """

    judged: Judged
    unknown: tuple[tuple[str, int], ...]
    missing: tuple[str, ...]
    left_out: tuple[Problem, ...]
    notices: tuple[Problem, ...]


def read_given(kind: Literal["folder", "upload"], path: str) -> GivenImages:
    """The pictures of a folder, or of a zip that was brought; none is decoded.

    Args:
        path: Of the folder, or the upload's id.

    Raises:
        ThawError: If there is no such folder or upload, or nothing usable in it.
    """
    if kind == "upload":
        scan = uploads.scan_upload(path)
        names = [scan.classes[target] for target in scan.targets]
        if scan.official_test is None:
            return GivenImages(scan.files, tuple(names), scan.left_out)
        test = scan.official_test.tolist()
        return GivenImages(
            tuple(scan.files[at] for at in test), tuple(names[at] for at in test),
            scan.left_out, "test", len(names) - len(test),
        )
    if not path.strip():  # it would be the folder that the program runs in
        raise ThawError("data.folder_missing", path="“”")
    found = image_folder.places_of(path)
    pairs = [(file, place) for file, place in zip(found.files, found.places, strict=True) if place]
    part = class_folders.held_out_part({place.part for _, place in pairs}) or ""
    held = [(file, place.name) for file, place in pairs if place.part == part or not part]
    files, names = zip(*held, strict=True)
    return GivenImages(files, names, found.left_out, part, len(pairs) - len(held))


def judge_given(
    loaded: LoadedModel, images: GivenImages, tell: Tell = lambda done, all: None
) -> JudgedGiven:
    """The answers of a model for images whose folders are named as its classes.

    Args:
        tell: As `logits_of_images` takes it.

    Raises:
        ThawError: If no folder is, no picture can be read, or an answer is not finite.
    """
    index = {name.replace("/", "_"): number for number, name in enumerate(loaded.classes)}
    index |= {name: number for number, name in enumerate(loaded.classes)}
    unknown = Counter(name for name in images.names if name not in index)
    if len(unknown) == len(set(images.names)):
        raise ThawError(
            "runs.given_no_class", names=_listed(sorted(unknown)), known=_listed(loaded.classes)
        )
    targets = np.array([index.get(name, -1) for name in images.names], dtype=np.int64)
    read = _Reading(images.files)
    data = ImageData(SPLIT, loaded.classes, targets, read, fingerprint="")
    places = np.flatnonzero(targets >= 0)
    logits = logits_of_images(loaded, PreparedImages(data, places, loaded.transforms), tell)
    whole = np.array([place not in read.broken for place in places.tolist()])
    if not whole.any():
        raise ThawError("runs.given_none_readable", count=len(places))
    judged = judged_of(loaded, logits[torch.from_numpy(whole)], data, places[whole], SPLIT)
    seen = set(judged.targets.tolist())
    missing = tuple(name for number, name in enumerate(loaded.classes) if number not in seen)
    return JudgedGiven(
        judged, tuple(sorted(unknown.items())), missing,
        (*images.left_out, *read.broken.values()), tuple(_notices(images, unknown, missing)),
    )


class _Reading:
    """Pictures by their position; a damaged one is blank, and its problem is kept."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        self.broken: dict[int, Problem] = {}

    def __call__(self, place: int) -> Tensor:
        """uint8 [3, H, W]."""
        try:
            return load_picture(self._files, place)
        except ThawError as error:
            self.broken[place] = error.problem
            return torch.zeros(3, MIN_SIDE, MIN_SIDE, dtype=torch.uint8)


def _notices(
    images: GivenImages, unknown: Counter[str], missing: Sequence[str]
) -> Iterable[Problem]:
    if images.part and images.others:
        yield Problem("runs.given_part", {"part": images.part, "others": images.others})
    if unknown:
        names = [f"{name} ({count:,})" for name, count in sorted(unknown.items())]
        yield Problem("runs.given_unknown", {"names": _listed(names)})
    if missing:
        yield Problem("runs.given_missing", {"names": _listed(missing)})


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
