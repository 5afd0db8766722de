"""What the browser has of an index map: plain numbers, packed."""

import base64
from collections.abc import Sequence

import numpy as np

from core.data.batch import Explored
from core.data.order import Epoch, left_out


def map_of(title: str, found: Explored, whole: Explored) -> dict[str, object]:
    """One configuration with its epochs.

    Args:
        whole: The same without `drop_last`: what is left out is drawn, crossed out.
    """
    return {
        "title": title,
        "samples": found.samples,
        "names": list(found.class_names),
        "labels": _packed(found.labels),
        "epochs": [
            _epoch(number, epoch, left_out(epoch, all_of_it), len(found.epochs))
            for number, (epoch, all_of_it) in enumerate(
                zip(found.epochs, whole.epochs, strict=False)
            )
        ],
    }


def _epoch(number: int, epoch: Epoch, dropped: Sequence[int], epochs: int) -> dict[str, object]:
    batches = [*epoch, dropped] if dropped else list(epoch)
    sizes = [len(batch) for batch in batches]
    order = [sample for batch in batches for sample in batch]
    drawn: dict[str, object] = {
        "said": _said(number, epoch, dropped, epochs), "sizes": sizes, "order": _packed(order),
        # Batches of a plain loader are all full but the last; others differ by design.
        "full": len(set(sizes[:-1])) <= 1 and sizes[-1:] <= sizes[:1],
    }
    if dropped:
        drawn["kept"] = len(epoch)
    return drawn


def _said(number: int, epoch: Epoch, dropped: Sequence[int], epochs: int) -> str:
    samples = sum(map(len, epoch))
    words = f"{len(epoch):,} batches, {samples:,} samples"
    if epochs > 1:
        words = f"Epoch {number}: {words}"
    if dropped:
        words += f", {len(dropped)} left out"
    elif len(epoch) > 1 and len(epoch[-1]) < len(epoch[0]) == max(map(len, epoch)):
        words += f", {len(epoch[-1])} in the last"
    return words


def _packed(numbers: Sequence[int]) -> str:
    return base64.b64encode(np.asarray(numbers, dtype="<u4").tobytes()).decode()
