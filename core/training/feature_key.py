"""By what a set of features is found again: everything that it depends on, to the last bit."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from core.training.boundary import Cut
from core.training.snapshot import SnapshotBuffer

Part = Literal["train", "val"]

_AT_ONCE = 32 * 2**20  # bytes of weights that are copied from a GPU together


@dataclass(frozen=True)
class Setting:
    """What the cache is asked for, and what a set of features depends on beside the model.

    Attributes:
        dtype: In which features are kept; when they are used they are what they were again.
        precision: Of the forward pass, as the recipe has it.
        memory_format: Of the pictures and of what the cold part makes of them.
        pictures: A digest of everything that decides what the model sees.
        rows: Training pictures that are computed at a time, as in the run: kernels depend on it.
        draws: Augmentations that repeat; 0 where there is no augmentation.
        seed: Of the augmentation.
    """

    dtype: torch.dtype
    precision: str
    memory_format: torch.memory_format
    pictures: str
    rows: int
    draws: int
    seed: int


def key_of(
    setting: Setting, cut: Cut, model: nn.Module, *, part: Part, draw: int, rows: int, size: int,
    device: str,
) -> str:
    """A digest, as the name of a folder.

    Args:
        model: That was cut; the weights of its cold part count, one by one.
        draw: Which augmentation, where there are some.
        rows: Pictures that are computed at a time.
        size: Of the pictures, in pixels.
        device: Its kind, such as "cuda".
    """
    digest = hashlib.sha256(json.dumps([
        part, setting.pictures, setting.precision, str(setting.memory_format),
        str(setting.dtype), rows,
        [draw, setting.draws, setting.seed] if part == "train" and setting.draws else None,
        size, cut.code, cut.places, device, torch.get_num_threads(), torch.__version__,
    ]).encode())
    state = model.state_dict()
    for piece in _read({name: state[name].detach() for name in cut.cold_names}):
        digest.update(piece)
    return digest.hexdigest()[:32]


def _read(tensors: Mapping[str, Tensor]) -> Iterator[bytes | memoryview]:
    """Name, kind and values of each, to be used before the next is asked for.

    From a GPU many come at once, for each wait costs more than the copy of a small tensor.
    """
    buffer, waiting, held = SnapshotBuffer(), [], 0
    for name, tensor in tensors.items():
        title = f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode()
        for piece in _pieces(tensor):
            size = piece.numel() * piece.element_size()
            if held + size > _AT_ONCE:
                yield from _taken(buffer, waiting)
                waiting, held = [], 0
            waiting.append((title, piece))
            title, held = b"", held + size
    yield from _taken(buffer, waiting)


def _pieces(tensor: Tensor) -> Sequence[Tensor]:
    """What is copied at once: a large tensor in parts, where its values lie in their order."""
    if tensor.is_contiguous():
        return tensor.reshape(-1).split(_AT_ONCE // tensor.element_size())
    return [tensor]


def _taken(
    buffer: SnapshotBuffer, waiting: Sequence[tuple[bytes, Tensor]]
) -> Iterator[bytes | memoryview]:
    pieces = [piece for _, piece in waiting]
    if any(piece.device.type != "cpu" for piece in pieces):
        pieces = buffer.take(pieces)
        buffer.wait()
    for (title, _), piece in zip(waiting, pieces, strict=True):
        yield title
        yield piece.contiguous().reshape(-1).view(torch.uint8).numpy().data
