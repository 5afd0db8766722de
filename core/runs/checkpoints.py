"""The checkpoints of a run as files: to list, to choose, to take home."""

import re
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core import portable
from core.messages import ThawError
from core.runs.folder import Run

KEEP_BYTES = 1_000_000_000  # of one run's epochs; the oldest go, never the best or the last
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
    best_epoch = ((run.state() or {}).get("best") or {}).get("epoch")
    found = []
    for path in folder.glob("checkpoint_model_*.pt"):
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
