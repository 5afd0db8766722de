"""What a pipeline made of a picture, and asking for it; no torch is imported here."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from core.data import pipeline
from core.data.child import Children, read_json
from core.data.pipeline import Step

SECONDS = 60.0
DRAWS = 8  # of a pipeline with random steps


@dataclass(frozen=True)
class After:
    """The picture behind a step, or before the first.

    Attributes:
        step: Place of the step among all, those that are off too; None before the first.
        kind: "PIL picture", "Image" (torchvision's) or "Tensor".
        shape: [C, H, W], or (height, width, channels) of a PIL picture.
        dtype: Of its values.
        low: Smallest value.
        high: Largest value.
        picture: uint8 [H, W, 3], values from 0 to 1 (or 0 to 255) as they are; any others
            stretched from the smallest to the largest. None where it can't be drawn.
        stretched: Whether they are.
        undone: The picture before the normalisations, likewise; None if there was none.
        changed: Whether any value differs from what came in.
        error: Type and text of what the step raised; "" if nothing. There is nothing else then.
    """

    step: int | None
    kind: str = ""
    shape: tuple[int, ...] = ()
    dtype: str = ""
    low: float = 0.0
    high: float = 0.0
    picture: np.ndarray | None = None
    stretched: bool = False
    undone: np.ndarray | None = None
    changed: bool = True
    error: str = ""


@dataclass(frozen=True)
class Outcome:
    """A pipeline on one picture.

    Attributes:
        steps: Before the first, then behind each step that is on, up to one that raised.
        draws: The last picture with seed, seed + 1, ...: uint8 [H, W, 3]; () without random
            steps. Fewer than `DRAWS` where one raises, or where they take long.
    """

    steps: tuple[After, ...]
    draws: tuple[np.ndarray, ...]


def run(children: Children, steps: Sequence[Step], picture: bytes, seed: int) -> Outcome:
    """The pipeline's outcome, made in another process.

    Args:
        picture: A PNG file.

    Raises:
        ThawError: If a step can't be, or the job fails.
    """
    values = {
        "steps": pipeline.to_json(steps), "seed": seed, "draws": DRAWS,
        "picture": base64.b64encode(picture).decode(),
    }
    return children.run("pipeline", values, seconds=SECONDS, read=_read)


def stored_picture(children: Children, data: str, path: str, index: int) -> bytes:
    """One picture of a data set, as a PNG file; it is never downloaded for that.

    Raises:
        ThawError: If the data set is not here, or has no such picture.
    """
    values = {"data": data, "path": path, "index": index}
    return children.run("pipeline_picture", values, seconds=SECONDS,
                        read=lambda folder: (folder / "picture.png").read_bytes())


def _read(folder: Path) -> Outcome:
    answer = read_json(folder)
    with np.load(folder / "pictures.npz", allow_pickle=False) as arrays:
        pictures = dict(arrays)
    return Outcome(
        tuple(_after(one, pictures) for one in answer["steps"]),
        tuple(pictures[name] for name in answer["draws"]),
    )


def _after(raw: Mapping[str, Any], pictures: Mapping[str, np.ndarray]) -> After:
    known = {one.name for one in fields(After)}
    return After(**{
        **{key: value for key, value in raw.items() if key in known},
        "shape": tuple(raw["shape"]),
        "picture": pictures.get(raw["picture"]), "undone": pictures.get(raw["undone"]),
    })
