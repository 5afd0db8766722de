"""Checkpoints: a dict, written whole or not at all, and found again after any crash.

`checkpoint_model_{epoch}_{val_loss}_{val_acc}.pt` is the lecture's name and its keys are in
the dict. `best.pt` and `last.pt` are hard links to it (copies where the disk has none);
`latest.json` names the newest whole file with its sha256, and is replaced last.
"""

import errno
import hashlib
import logging
import os
import shutil
from pathlib import Path
from typing import BinaryIO

import torch

from core import portable
from core.messages import ThawError
from core.recipe import CheckpointSpec
from core.training import kept_epochs as kept

log = logging.getLogger(__name__)

FORMAT = 1
_USUAL = CheckpointSpec()
# What a run needs to go on, beside the weights; who has only the lecture's keys can't.
_TO_GO_ON = {"optimizer_state_dict", "scaler_state_dict", "progress", "recipe"}


def epoch_file(epoch: int, val_loss: float, val_accuracy: float) -> str:
    """The file name of an epoch's checkpoint."""
    return f"checkpoint_model_{epoch:03d}_{val_loss:.4f}_{val_accuracy:.4f}.pt"


def save_epoch(
    folder: Path, content: dict, *, is_best: bool, spec: CheckpointSpec = _USUAL
) -> Path:
    """Writes the checkpoint of a finished epoch and points `last` (and `best`) at it.

    Args:
        folder: The run's checkpoints folder.
        content: At least `epoch`, `step`, `val_loss` and `val_accuracy`; tensors and plain
            Python values only, or it would not load with `weights_only=True`.
        spec: Which older epochs stay.

    Raises:
        ThawError: If the disk is full; the checkpoints before it are untouched.
    """
    path = folder / epoch_file(content["epoch"], content["val_loss"], content["val_accuracy"])
    sha256 = _written(path, content)
    if is_best:
        _point(folder / "best.pt", path)
    _point(folder / "last.pt", path)
    _announce(folder, sha256, content)
    kept.drop(folder, spec)
    return path


def save_within_epoch(folder: Path, content: dict, *, spec: CheckpointSpec = _USUAL) -> Path:
    """Writes `last.pt` in the middle of an epoch.

    Raises:
        ThawError: If the disk is full.
    """
    path = folder / "last.pt"
    _announce(folder, _written(path, content), content)
    return path


def settle(folder: Path, finished: int, best: int | None) -> None:
    """Makes a folder what it was when an epoch had ended, before a run goes on from there.

    A kill may have come when an epoch's file was there and not yet announced: the epoch is
    trained again.

    Args:
        finished: Epochs that the run goes on from.
        best: The best of them.
    """
    files = kept.files_of(folder)
    for epoch in [epoch for epoch in files if epoch > finished]:
        files.pop(epoch).unlink()
    if best in files and kept.best_of(folder, files) != best:
        _point(folder / "best.pt", files[best])


def load_latest(folder: Path) -> dict | None:
    """The newest whole checkpoint; an older one if the newest is damaged, which the log says;
    None without any.

    Raises:
        ThawError: If there are checkpoints and a run can go on from none of them.
    """
    pointer = portable.read_json(folder / "latest.json") or {}
    named = folder / str(pointer.get("file", ""))
    if named.is_file() and _sha256(named) == pointer.get("sha256"):
        return load_checkpoint(named)
    # The pointer is behind the file if the power went between the two: the file is whole then.
    epochs = sorted(kept.files_of(folder).items(), reverse=True)
    candidates = [folder / "last.pt", *(path for _, path in epochs)]
    found = [path for path in candidates if path.exists()]
    for path in found:
        try:
            content = load_checkpoint(path)
        except ThawError as error:
            log.warning("%s The one before it is tried.", error)
            continue
        if content.keys() >= _TO_GO_ON:
            return content
        log.warning("%s lacks what a run needs to go on. The one before it is tried.", path.name)
    if found or pointer:
        raise ThawError("training.no_whole_checkpoint", folder=str(folder))
    return None


def load_checkpoint(path: Path) -> dict:
    """The dict of a checkpoint file, on the CPU.

    Raises:
        ThawError: If the file is missing, damaged, or no checkpoint of Thaw's.
    """
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            # torch.load misses a flipped bit in 297 of 300 files; the archive's own sums don't.
            if archive.testzip() is not None:
                raise zipfile.BadZipFile(path.name)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise ThawError("training.checkpoint_missing", file=path.name) from None
    except Exception as error:  # torch raises a dozen kinds; its texts suggest unsafe ways out
        raise ThawError("training.checkpoint_damaged", file=path.name) from error
    if not isinstance(content, dict) or "model_state_dict" not in content:
        raise ThawError("training.not_a_checkpoint", file=path.name)
    return content


def _written(path: Path, content: dict) -> str:
    """Writes a file whole or not at all, giving up old epochs for it; returns its sha256."""
    kept.make_room(path.parent)
    for is_last_try in (False, True):
        try:
            return _write(path, content)
        except OSError as error:
            is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            if is_last_try or not is_full or not kept.give_up_oldest(path.parent):
                raise ThawError(
                    "training.checkpoint_unwritable", file=path.name, why=error.strerror
                ) from error
    raise AssertionError("the last try returns or raises")


def _write(path: Path, content: dict) -> str:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        # Through a handle: with a path, torch hides the reason when the disk is full.
        with open(temporary, "wb") as file:
            told = _Hashing(file)
            try:
                torch.save({"format": FORMAT, **content}, told)
            except RuntimeError as error:
                raise told.error or error from error
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    portable.sync_folder(path.parent)
    return told.sha256.hexdigest()


class _Hashing:
    """A file that knows the sha256 of what was written, so that nobody has to read it again.

    `torch.save` writes from the beginning to the end and never goes back.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.sha256 = file, hashlib.sha256()
        self.error: OSError | None = None  # torch raises another one in its place

    def write(self, data: bytes) -> int:
        try:
            count = self._file.write(data)
        except OSError as error:
            self.error = error
            raise
        self.sha256.update(data)
        return count

    def flush(self) -> None:
        self._file.flush()


def _point(link: Path, target: Path) -> None:
    temporary = link.with_name(f"{link.name}.{os.getpid()}.part")
    temporary.unlink(missing_ok=True)
    try:
        try:
            os.link(target, temporary)
        except OSError:
            _copy(target, temporary)
        os.replace(temporary, link)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    portable.sync_folder(link.parent)


def _copy(path: Path, to: Path) -> None:
    """Like a link, the copy is on the disk before it gets its name."""
    with open(path, "rb") as source, open(to, "wb") as copy:
        shutil.copyfileobj(source, copy)
        copy.flush()
        os.fsync(copy.fileno())


def _announce(folder: Path, sha256: str, content: dict) -> None:
    portable.write_json(
        folder / "latest.json",
        {
            "file": "last.pt", "sha256": sha256, "epoch": content["epoch"],
            "step": content["step"],
        },
    )


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

