"""What was seen of a DataLoader's batches, as data: no torch is imported here."""

from dataclasses import dataclass

import numpy as np

from core.messages import Problem


@dataclass(frozen=True)
class Leaf:
    """One tensor or value within a batch.

    Attributes:
        name: The way to it: "0", "X", "3.1"; "" if the batch is a tensor itself.
        kind: "tensor", or the name of its Python type.
        value: [B, ...] as NumPy has it, or None if it is no number.
        padding: How many of its values no sample brought.
        lengths: Of each sample before it was padded; () if none was.
    """

    name: str
    kind: str
    dtype: str
    shape: tuple[int, ...]
    value: np.ndarray | None
    padding: int = 0
    lengths: tuple[int, ...] = ()


@dataclass(frozen=True)
class Batch:
    """One batch.

    Attributes:
        indices: Of its samples in the data set, in their order.
        classes: Number of samples of each class, by its name.
        worker: The process that made it, from 0; None for the main process.
        asked: When it was asked for, made and received, in seconds since the loop began.
        samples: The first of its samples as they were before they were collated, each by its
            parts; () where too much was kept already.
    """

    indices: tuple[int, ...]
    leaves: tuple[Leaf, ...]
    classes: dict[str, int]
    worker: int | None
    asked: float
    made: float
    received: float
    samples: tuple[tuple[Leaf, ...], ...] = ()


@dataclass(frozen=True)
class Explored:
    """The first batches of an epoch, and the order of it and of those after it.

    Attributes:
        samples: In the data set.
        total: Batches of a whole epoch.
        batches: Those that were made; with a problem, the ones before it.
        class_names: Of the data set.
        problem: Why the loop ended early.
        epochs: Of each epoch, of each of its batches, the indices of its samples, in the order
            in which they were drawn; of a long epoch its beginning.
        labels: Class of each sample of the data set, as an index into its names; () if there
            is none.
        warnings: What PyTorch warned of, in its own words.
        left_out: Files of an image folder that can't be used, each with its reason.
    """

    samples: int
    total: int
    batches: tuple[Batch, ...]
    class_names: tuple[str, ...]
    problem: Problem | None = None
    epochs: tuple[tuple[tuple[int, ...], ...], ...] = ()
    labels: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
    left_out: tuple[Problem, ...] = ()
