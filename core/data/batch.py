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
    """

    indices: tuple[int, ...]
    leaves: tuple[Leaf, ...]
    classes: dict[str, int]
    worker: int | None
    asked: float
    made: float
    received: float


@dataclass(frozen=True)
class Explored:
    """The first batches of an epoch.

    Attributes:
        samples: In the data set.
        total: Batches of a whole epoch.
        batches: Those that were made; with a problem, the ones before it.
        class_names: Of the data set.
        problem: Why the loop ended early.
    """

    samples: int
    total: int
    batches: tuple[Batch, ...]
    class_names: tuple[str, ...]
    problem: Problem | None = None
