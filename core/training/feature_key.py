"""By what a set of features is found again: everything that it depends on, to the last bit."""

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from core.training.boundary import Cut

Part = Literal["train", "val"]


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
    for name in cut.cold_names:
        values = state[name].detach().cpu().contiguous()
        digest.update(f"{name} {values.dtype} {tuple(values.shape)}".encode())
        digest.update(values.reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()[:32]
