"""Some of a data set's classes, as if it had no others."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from core.messages import ThawError

if TYPE_CHECKING:
    from torch import Tensor

    from core.data.describe import DataInfo
    from core.data.load import ImageData

_SHOWN = 30  # class names in a sentence


@dataclass(frozen=True)
class _Picked:
    """The pictures that are left, under their new indices; loaders send it to other processes."""

    data: "ImageData"
    indices: np.ndarray

    def __call__(self, index: int) -> "Tensor":
        return self.data.image(int(self.indices[index]))


def images_of(data: "ImageData", only: Sequence[str]) -> "ImageData":
    """The images of these classes, in the order that they have; all for ().

    Raises:
        ThawError: If there is no such class.
    """
    from core.data.load import fingerprint_of

    if not only:
        return data
    indices, targets, classes, official_test = _kept(
        data.classes, data.targets, data.official_test, only
    )
    return replace(
        data, classes=classes, targets=targets, image=_Picked(data, indices),
        official_test=official_test, files=tuple(data.files[one] for one in indices)
        if data.files else (),
        fingerprint=fingerprint_of([data.fingerprint.encode(), *(c.encode() for c in classes)]),
    )


def info_of(info: "DataInfo", only: Sequence[str]) -> "DataInfo":
    """What is known of these classes alone; all for (), and before a download.

    Raises:
        ThawError: If there is no such class.
    """
    if not only or info.targets is None:
        return info
    _, targets, classes, official_test = _kept(
        info.classes, info.targets, info.official_test, only
    )
    return replace(info, classes=classes, targets=targets, official_test=official_test)


def _kept(
    classes: Sequence[str], targets: np.ndarray, official_test: np.ndarray | None,
    only: Sequence[str],
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...], np.ndarray | None]:
    """Indices of the samples that stay, and labels, classes and test split as they are then."""
    for name in only:
        if name not in classes:
            known = ", ".join(classes[:_SHOWN]) + (", …" if len(classes) > _SHOWN else "")
            raise ThawError("data.no_such_class", name=name, known=known)
    stay = [index for index, name in enumerate(classes) if name in only]
    new = np.full(len(classes), -1, dtype=np.int64)
    new[stay] = np.arange(len(stay))
    indices = np.flatnonzero(new[targets] >= 0)
    test = None
    if official_test is not None:
        test = np.flatnonzero(np.isin(indices, official_test))
    return indices, new[targets[indices]], tuple(classes[index] for index in stay), test
