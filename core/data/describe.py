"""What is in a data set, found without torch and without reading a picture."""

from dataclasses import dataclass

import numpy as np

from core.data import datasets
from core.messages import Problem


@dataclass(frozen=True)
class DataInfo:
    """Classes and labels of a data set.

    Attributes:
        classes: Names; empty if they are known only after a download.
        targets: [N], int64 class indices; None likewise.
        official_test: Indices of the test split that it comes with, or None.
        left_out: Files that can't be used, each as a problem.
        notices: What a person should know before training on it.
        ready: Whether it is on this computer.
    """

    classes: tuple[str, ...]
    targets: np.ndarray | None
    official_test: np.ndarray | None = None
    left_out: tuple[Problem, ...] = ()
    notices: tuple[Problem, ...] = ()
    ready: bool = True

    def counts(self) -> dict[str, int]:
        """Samples of each class."""
        if self.targets is None:
            return {}
        found = np.bincount(self.targets, minlength=len(self.classes))
        return {name: int(count) for name, count in zip(self.classes, found, strict=True)}


def describe(name: str, path: str = "") -> DataInfo:
    """Classes and labels of a data set that can be trained on.

    Raises:
        ThawError: If there is no such data set, folder or upload, or nothing usable in it.
    """
    entry = datasets.find_dataset(name)
    if name == "digits":
        from sklearn.datasets import load_digits

        found = load_digits()
        return DataInfo(tuple(map(str, found.target_names)), found.target.astype(np.int64))
    if entry.torchvision:
        from core.data import torchvision_sets

        return DataInfo((), None, ready=torchvision_sets.is_ready(entry))
    from core.data import image_folder, uploads

    scan = uploads.scan_upload(path) if name == "upload" else image_folder.scan(path)
    return DataInfo(
        scan.classes, scan.targets, scan.official_test, scan.left_out, scan.notices
    )
