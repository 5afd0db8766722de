"""The checkpoints of a run as files: to list, to choose, to take home."""

import re
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core import portable
from core.messages import ThawError
from core.recipe import CheckpointSpec
from core.runs.folder import Run

_NEWEST = 2  # epochs that stay in any case, beside the best
_NUMBER = r"(\d+\.?\d*(?:e[+-]?\d+)?|nan|inf)"
_NAME = re.compile(rf"checkpoint_model_(\d+)_{_NUMBER}_{_NUMBER}\.pt")


@dataclass(frozen=True)
class CheckpointFile:
    """One checkpoint.

    Attributes:
        bytes: Of the file.
        val_loss: After the epoch; None for a checkpoint within an epoch.
        best: Whether `best.pt` is this epoch.
    """

    name: str
    path: Path
    bytes: int
    epoch: int
    val_loss: float | None
    val_accuracy: float | None
    best: bool


def list_checkpoints(run: Run) -> list[CheckpointFile]:
    """The epochs that are kept, in their order, and `last.pt` if it lies within an epoch."""
    folder = run.path / "checkpoints"
    epochs = list(folder.glob("checkpoint_model_*.pt"))
    best_epoch, found = _best_epoch(run, epochs), []
    for path in epochs:
        match, size = _NAME.fullmatch(path.name), _size(path)
        if match and size is not None:
            epoch, loss, accuracy = int(match[1]), float(match[2]), float(match[3])
            found.append(
                CheckpointFile(path.name, path, size, epoch, loss, accuracy, epoch == best_epoch)
            )
    found.sort(key=lambda file: file.epoch)
    epoch = (portable.read_json(folder / "latest.json") or {}).get("epoch", 0)
    last = folder / "last.pt"
    size = _size(last)
    if size is not None and (not found or epoch > found[-1].epoch):
        found.append(CheckpointFile(last.name, last, size, epoch, None, None, False))
    return found


def _best_epoch(run: Run, epochs: Iterable[Path]) -> int | None:
    """The epoch that `best.pt` is; where no file of the epochs is linked to it, as the state says.

    The worker tells its state of an epoch before the checkpoint is whole.
    """
    best = _inode(run.path / "checkpoints" / "best.pt")
    linked = [epoch_of(path.name) for path in epochs if best and _inode(path) == best]
    return linked[0] if linked else ((run.state() or {}).get("best") or {}).get("epoch")


def epoch_of(name: str) -> int | None:
    """The epoch in the name of a file; None if it is no epoch's checkpoint."""
    match = _NAME.fullmatch(name)
    return int(match[1]) if match else None


def spec_of(spec: CheckpointSpec, *, in_group: bool) -> CheckpointSpec:
    """What holds for a run: those of an experiment are many, and keep the least there is."""
    return spec.model_copy(update={"budget_gb": 0.0}) if in_group else spec


def dropped_epochs(
    spec: CheckpointSpec, sizes: Mapping[int, int], best: int | None
) -> list[int]:
    """The epochs whose checkpoints go, the oldest first.

    The best and the newest two stay. Of the others those stay that `every` divides, the newest
    of them as far as all that stays fits into the budget.

    Args:
        sizes: Bytes by epoch, of all that are there.
        best: The best epoch, if there is one.
    """
    always = {best, *sorted(sizes)[-_NEWEST:]}
    left = spec.budget_gb * 1e9 - sum(size for epoch, size in sizes.items() if epoch in always)
    dropped, is_full = [], False
    for epoch in sorted(sizes.keys() - always, reverse=True):
        wanted = epoch % spec.every == 0
        is_full = is_full or wanted and sizes[epoch] > left
        if not wanted or is_full:
            dropped.append(epoch)
        else:
            left -= sizes[epoch]
    return dropped[::-1]


def disk_bytes(spec: CheckpointSpec, epochs: int, each: int) -> int:
    """Bytes that the checkpoints of a run take in the end, at most.

    While an epoch's checkpoint is written there is one more, and in the middle of an epoch
    `last.pt` is a file of its own.

    Args:
        epochs: Of the run.
        each: Bytes of one checkpoint.
    """
    newest = {epoch for epoch in range(epochs - _NEWEST + 1, epochs + 1) if epoch > 0}
    wanted = newest | set(range(spec.every, epochs + 1, spec.every))
    best = int(len(wanted) < epochs)  # where it is none of those
    at_least = min(epochs, _NEWEST + 1)
    count = min(len(wanted) + best, max(int(spec.budget_gb * 1e9 // max(each, 1)), at_least))
    return count * each


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:  # the worker has just dropped it to save space
        return None


def find_checkpoint(run: Run, which: str | int) -> Path:
    """The file of "best", "last", or an epoch.

    Raises:
        ThawError: If the run does not have it.
    """
    folder = run.path / "checkpoints"
    text = str(which).strip().lower()
    if text in ("best", "last"):
        path = folder / f"{text}.pt"
        if path.is_file():
            return path
        # A run that was unpacked from its zip has the epochs alone.
        files = [file for file in list_checkpoints(run) if file.best or text == "last"]
        if not files:
            raise ThawError("runs.no_checkpoint", run=run.name, which=text)
        return files[-1].path
    kept = {file.epoch: file.path for file in list_checkpoints(run)}
    if not text.isdecimal() or int(text) not in kept:
        raise ThawError(
            "runs.no_epoch", run=run.name, which=text, kept=", ".join(map(str, kept)) or "none"
        )
    return kept[int(text)]


def zip_run(run: Run, file: BinaryIO) -> None:
    """Writes the whole run as a zip, file by file, so that memory stays small.

    `best.pt` and `last.pt` are left out where they are an epoch's file under a second name.
    """
    epochs = {_inode(path) for path in run.path.glob("checkpoints/checkpoint_model_*.pt")}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for path in sorted(run.path.rglob("*")):
            if path.name in ("lock", "stop") or path.suffix == ".part":
                continue
            is_second_name = path.name in ("best.pt", "last.pt") and _inode(path) in epochs
            if path.is_file() and not is_second_name:
                with suppress(FileNotFoundError):  # the worker has just dropped it to save space
                    archive.write(path, f"{run.id}/{path.relative_to(run.path).as_posix()}")


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
