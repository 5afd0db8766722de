"""The job that sends a picture through a pipeline of torchvision's transforms, step by step."""

import base64
import io
import time
from collections.abc import Callable, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision import transforms, tv_tensors
from torchvision.transforms import v2

from core.data import datasets, pipeline
from core.data.child import write_answer
from core.data.load import load_images
from core.data.pipeline import Step
from core.data.pipeline_transform import Name
from core.messages import ThawError

SHOWN = 320  # pixels of the longer side of a picture that is drawn
_DRAWING = 0.6  # seconds of computing, after which no draw is begun
_ROOTS = {"torch": torch, "v2": v2, "transforms": transforms}


def answer(folder: Path, values: dict[str, Any]) -> None:
    """Runs the pipeline and writes what is in `pipeline_outcome.Outcome`.

    Raises:
        ThawError: If a step can't be.
    """
    steps = pipeline.from_json(values["steps"])
    picture = Image.open(io.BytesIO(base64.b64decode(values["picture"]))).convert("RGB")
    pictures: dict[str, np.ndarray] = {}
    found = _run(picture, steps, values["seed"], pictures)
    draws = []
    is_random = any(pipeline.find_transform(one.name).random for one in steps if one.on)
    if is_random and not found[-1]["error"]:
        until = time.process_time() + _DRAWING
        for number in range(values["draws"]):
            if time.process_time() > until:
                break
            # What one draw gets through another may not: a crop that is too large, now and then.
            drawn = _run(picture, steps, values["seed"] + number, {})[-1]
            if drawn["error"]:
                break
            draws.append(_kept(pictures, drawn["last"], f"d{number}"))
    for one in found:
        one.pop("last", None)
    with open(folder / "pictures.npz", "wb") as file:
        np.savez(file, **pictures)
    write_answer(folder, {"steps": found, "draws": draws})


def picture_of(folder: Path, values: dict[str, Any]) -> None:
    """Writes one picture of a data set as PNG.

    Raises:
        ThawError: If the data set is not on this computer, or has no such picture.
    """
    entry = datasets.find_dataset(values["data"])
    if entry.torchvision:
        from core.data import torchvision_sets

        if not torchvision_sets.is_ready(entry):
            raise ThawError("pipeline.not_here", title=entry.title)
    data, index = load_images(values["data"], values["path"]), values["index"]
    if not 0 <= index < len(data):
        raise ThawError("pipeline.no_index", size=len(data), index=index)
    pixels = data.image(index).permute(1, 2, 0).numpy()
    Image.fromarray(np.ascontiguousarray(pixels)).save(folder / "picture.png")
    write_answer(folder, {})


def build(step: Step) -> Callable[[Any], Any]:
    """The transform of a step, with the arguments that its code has."""
    transform = pipeline.find_transform(step.name)
    arguments = transform.arguments(step.values)
    return getattr(_ROOTS[transform.module], step.name)(**{
        key: _meant(value) if isinstance(value, Name) else value
        for key, value in arguments.items()
    })


def _meant(name: Name) -> object:
    root, *path = name.path.split(".")
    return reduce(getattr, path, _ROOTS[root])


def _run(
    picture: Image.Image, steps: Sequence[Step], seed: int, pictures: dict[str, np.ndarray]
) -> list[dict[str, Any]]:
    """The picture before the first step and behind each, until one raises."""
    value: Any = picture
    norms: list[tuple[Sequence[float], Sequence[float]]] = []
    found = [_looked_at(value, None, norms, pictures)]
    torch.manual_seed(seed)
    for place, step in enumerate(steps):
        if not step.on:
            continue
        before = value
        try:
            value = build(step)(before)
            if step.name == "Normalize" and isinstance(value, Tensor):
                norms = [*norms, (step.values["mean"], step.values["std"])]
            found.append(_looked_at(value, place, norms, pictures))
            found[-1]["changed"] = not _same(before, value)
        except Exception as error:  # whatever torchvision makes of it is what is shown
            said = f"{type(error).__name__}: {error}"[:1000]
            found.append({"step": place, "error": said, "shape": (), "picture": "",
                          "undone": ""})
            break
    return found


def _looked_at(
    value: Any, place: int | None, norms: list, pictures: dict[str, np.ndarray]
) -> dict[str, Any]:
    is_tensor = isinstance(value, Tensor)
    array = value.detach().numpy() if is_tensor else np.asarray(value)
    kind = "PIL picture" if not is_tensor else (
        "Image" if isinstance(value, tv_tensors.Image) else "Tensor")
    channels_last = array if not is_tensor else np.moveaxis(array, 0, -1)
    shown, stretched = _as_picture(channels_last)
    undone = None
    if norms:
        undone, _ = _as_picture(_undone(channels_last, norms))
    key = "before" if place is None else f"s{place}"
    return {
        "step": place, "kind": kind, "shape": array.shape, "dtype": str(array.dtype),
        "low": float(array.min()), "high": float(array.max()), "error": "",
        "picture": _kept(pictures, shown, key), "stretched": stretched,
        "undone": _kept(pictures, undone, f"{key}u"), "changed": True,
        "last": shown if undone is None else undone,
    }


def _undone(array: np.ndarray, norms: list) -> np.ndarray:
    for mean, std in reversed(norms):
        array = array.astype(np.float32) * np.asarray(std, np.float32) + np.asarray(
            mean, np.float32)
    # What was 0 and 1 comes back with the last bit off.
    return np.where(np.abs(array - array.round()) < 1e-5, array.round(), array)


def _as_picture(array: np.ndarray) -> tuple[np.ndarray, bool]:
    """As uint8 [H, W, 3], and whether the values had to be stretched to be seen."""
    if array.ndim == 2:
        array = array[..., None]
    levels, stretched = array.astype(np.float32), False
    if array.dtype != np.uint8:
        low, high = float(levels.min()), float(levels.max())
        stretched = low < 0 or high > 1
        if stretched:
            levels = (levels - low) / ((high - low) or 1)
        levels = levels * 255
    pixels = np.rint(levels).astype(np.uint8)
    return np.broadcast_to(pixels, (*pixels.shape[:2], 3)), stretched


def _kept(pictures: dict[str, np.ndarray], pixels: np.ndarray | None, name: str) -> str:
    """Keeps a picture under a name, made small."""
    if pixels is None:
        return ""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    image.thumbnail((SHOWN, SHOWN))
    pictures[name] = np.asarray(image)
    return name


def _same(before: Any, after: Any) -> bool:
    if type(before) is not type(after):
        return False
    if isinstance(after, Tensor):
        return before.dtype == after.dtype and torch.equal(before, after)
    return before.size == after.size and before.tobytes() == after.tobytes()
