"""Classes of own images, by any checkpoint of a run."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import ImageOps
from torch import Tensor

from core.data.pictures import read_picture
from core.evaluation.model_of import LoadedModel, load_run_model
from core.evaluation.own_digits import as_digit
from core.messages import Problem, ThawError, sentence
from core.runs.folder import Run
from core.training.objective import logits_of, probabilities


@dataclass(frozen=True)
class Prediction:
    """What a model takes an image for.

    Attributes:
        classes: The likeliest first.
        probabilities: Of those classes, in [0, 1].
        seen: The picture as it went to the model, uint8 [S, S, 3].
        problem: Why the image could not be read; the rest is empty then.
    """

    name: str
    classes: tuple[str, ...] = ()
    probabilities: tuple[float, ...] = ()
    seen: np.ndarray | None = None
    problem: Problem | None = None


def predict(
    run: Run,
    images: Sequence[Path | str | bytes],
    checkpoint: str | int = "best",
    *,
    top: int = 5,
    invert: bool = False,
) -> list[Prediction]:
    """The likeliest classes of each image.

    Args:
        images: Files, or their content.
        top: How many classes of each.
        invert: Swaps dark and light: for dark ink on white paper where the training images
            are light on dark. Makes no difference to a run on "digits": `as_digit` tells paper
            from ink.

    Raises:
        ThawError: If the checkpoint can't be loaded. An image that can't be read has its
            problem in its prediction.
    """
    loaded = load_run_model(run, checkpoint)
    return [predict_one(loaded, image, top=top, invert=invert) for image in images]


def as_csv(predictions: Sequence[Prediction]) -> str:
    """A line for each picture: its name, its classes with their probabilities, or its problem."""
    top = max((len(one.classes) for one in predictions), default=0)
    head = [f"{what}_{place}" for place in range(1, top + 1) for what in ("class", "probability")]
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(["image", *head, "problem"])
    for one in predictions:
        pairs = zip(one.classes, one.probabilities, strict=True)
        found = [value for name, share in pairs for value in (name, f"{share:.6f}")]
        blank = [""] * (2 * top - len(found))
        lines.writerow([
            one.name, *found, *blank, sentence(one.problem) if one.problem else "",
        ])
    return text.getvalue()


def predict_one(
    loaded: LoadedModel,
    image: Path | str | bytes,
    *,
    name: str = "",
    top: int = 5,
    invert: bool = False,
) -> Prediction:
    """The likeliest classes of one image.

    Args:
        name: What the image is called; by default the file's name.
    """
    name = name or ("image" if isinstance(image, bytes) else Path(image).name)
    try:
        pixels = own_pixels(loaded, image, name=name, invert=invert)
    except ThawError as error:
        return Prediction(name, problem=error.problem)
    return predict_pixels(loaded, pixels, top=top, name=name)


def own_pixels(
    loaded: LoadedModel, image: Path | str | bytes, *, name: str, invert: bool = False
) -> Tensor:
    """An own picture as those of the run's data are stored: uint8 [3, H, W].

    Raises:
        ThawError: If it can't be read.
    """
    source = io.BytesIO(image) if isinstance(image, bytes) else Path(image)
    picture = read_picture(source, name=name)
    if invert:
        picture = ImageOps.invert(picture)
    if loaded.recipe.data.name == "digits":
        picture = as_digit(picture)
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).contiguous()


@torch.no_grad()
def predict_pixels(
    loaded: LoadedModel, pixels: Tensor, *, top: int = 5, name: str = "image"
) -> Prediction:
    """The likeliest classes of a stored picture, uint8 [3, H, W].

    Raises:
        ThawError: If the weights give no finite numbers.
    """
    prepared = loaded.transforms.prepare(pixels)
    logits = logits_of(loaded.model(loaded.transforms.normalize(prepared)[None]))
    if not logits.isfinite().all():
        raise ThawError("runs.not_finite")
    best = probabilities(logits)[0].topk(min(top, len(loaded.classes)))
    return Prediction(
        name,
        tuple(loaded.classes[index] for index in best.indices.tolist()),
        tuple(best.values.tolist()),
        prepared.permute(1, 2, 0).numpy(),
    )
