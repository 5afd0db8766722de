"""What a model takes a picture for, in the words of its own weights."""

from dataclasses import dataclass
from typing import Any, Literal

import torch

from core.explain.hooks import first_tensor
from core.messages import ThawError
from core.models.card import category_names
from core.models.catalogue import ModelEntry


@dataclass(frozen=True)
class Answer:
    """The likeliest categories of a picture.

    Attributes:
        of: "picture": the shares are probabilities of the whole picture; "pixels": shares of
            the pixels, of a model for segmentation.
        categories: The likeliest first, as the weights name them.
        shares: Of those, in [0, 1].
    """

    of: Literal["picture", "pixels"]
    categories: tuple[str, ...]
    shares: tuple[float, ...]


def names_of(entry: ModelEntry, weights: str) -> tuple[str, ...]:
    """The weights' own category names; () for random weights or a head that was not trained."""
    if entry.task == "classification":
        return category_names(entry.name, weights)
    if entry.find_weights(weights) is None:
        return ()
    from torchvision.models import get_model_weights

    return tuple(get_model_weights(entry.name)[weights].meta["categories"])


def answer_of(output: Any, names: tuple[str, ...], *, top: int = 5) -> Answer:
    """The model's output for one picture in words.

    Args:
        output: Logits [1, C] of a classifier, or what a model for segmentation returns, whose
            first tensor is [1, C, H, W].
        names: Of the C categories.
        top: How many; of a segmentation only those that some pixel has.

    Raises:
        ThawError: If the output holds no finite numbers.
    """
    logits = first_tensor(output)[0]
    if not logits.isfinite().all():
        raise ThawError("explain.not_finite")
    if logits.ndim == 1:
        best = logits.softmax(0).topk(min(top, len(logits)))
        found = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        return _answer("picture", found, names)
    counts = torch.bincount(logits.argmax(0).flatten(), minlength=len(logits)).double()
    best = (counts / counts.sum()).topk(min(top, len(logits)))
    found = ((index, share) for index, share in
             zip(best.indices.tolist(), best.values.tolist(), strict=True) if share)
    return _answer("pixels", found, names)


def _answer(of: Literal["picture", "pixels"], found: Any, names: tuple[str, ...]) -> Answer:
    pairs = list(found)
    return Answer(of, tuple(names[index] for index, _ in pairs), tuple(s for _, s in pairs))
