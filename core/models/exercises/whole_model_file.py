"""A whole model saved beside its `state_dict`: what each file holds, and who may load it.

Everything is really done, in a folder that is thrown away: both files are written, both are
loaded with `weights_only=True`, and the whole model once more after its class has moved.
"""

import sys
import tempfile
import threading
import types
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.serialization import get_unsafe_globals_in_checkpoint

from core.models.build import build_architecture
from core.models.catalogue import find_weights

_MODULE = "my_models"  # of the student's class, which then moves
_NAMED = 6
_moving = threading.Lock()  # the module of the moved class is one for all threads


@dataclass(frozen=True)
class SavedFile:
    """One of the two files.

    Attributes:
        code: The line that wrote it.
        bytes: Its size.
        calls: What loading it would import and call, as dotted names, beside tensors and plain
            values; none for a `state_dict`.
        loads: Whether `torch.load(file, weights_only=True)` reads it.
    """

    code: str
    bytes: int
    calls: tuple[str, ...]
    loads: bool


@dataclass(frozen=True)
class Lesson:
    """What came of it.

    Attributes:
        moved: What Python said when the whole model was loaded after its class had moved.
        survives: Whether the `state_dict` went into the moved class all the same.
    """

    whole: SavedFile
    state_dict: SavedFile
    moved: str
    survives: bool


def save_both(name: str, weights: str) -> Lesson:
    """Saves a model of torchvision in both ways and loads both.

    Args:
        name: Of an architecture; its weights are random, which makes no difference here.

    Raises:
        ThawError: If there is no such model.
    """
    model = build_architecture(name, find_weights(name, weights))
    with tempfile.TemporaryDirectory() as folder:
        whole, state = Path(folder, "model.pt"), Path(folder, "state_dict.pt")
        torch.save(model, whole)
        torch.save(model.state_dict(), state)
        with _moving:
            moved, survives = _after_the_move(Path(folder))
        return Lesson(
            _looked_at(whole, 'torch.save(model, "model.pt")'),
            _looked_at(state, 'torch.save(model.state_dict(), "state_dict.pt")'),
            moved, survives,
        )


def _looked_at(file: Path, code: str) -> SavedFile:
    try:
        torch.load(file, weights_only=True)
        loads = True
    except Exception:  # its text says how to switch the protection off: never shown
        loads = False
    calls = tuple(sorted(get_unsafe_globals_in_checkpoint(file)))
    return SavedFile(code, file.stat().st_size, calls, loads)


class _Net(nn.Module):
    """A student's own model, of which a pickle keeps the name alone."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 2)


def _after_the_move(folder: Path) -> tuple[str, bool]:
    """What loading the whole model says once its class is called otherwise."""
    module = types.ModuleType(_MODULE)
    net = type("Net", (_Net,), {"__module__": _MODULE})
    module.Net = net
    sys.modules[_MODULE] = module
    try:
        torch.save(net(), folder / "own.pt")
        torch.save(net().state_dict(), folder / "own_state.pt")
        module.Network = net
        del module.Net
        try:
            torch.load(folder / "own.pt", weights_only=False)  # written a moment ago, by us
            said = ""
        except AttributeError as error:
            said = f"AttributeError: {str(error).partition(' from ')[0]}"
        moved = module.Network()
        state = torch.load(folder / "own_state.pt", weights_only=True)
        return said, not any(moved.load_state_dict(state))
    finally:
        del sys.modules[_MODULE]


def in_few(calls: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """The first of them, and how many more there are."""
    return calls[:_NAMED], max(len(calls) - _NAMED, 0)
