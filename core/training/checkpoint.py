"""Checkpoints: a dict, written whole or not at all, and found again after any crash.

`checkpoint_model_{epoch}_{val_loss}_{val_acc}.pt` is the lecture's name and its keys are in
the dict. `best.pt` and `last.pt` are hard links to it (copies where the disk has none);
`latest.json` names the newest whole file with its sha256, and is replaced last.
"""

import hashlib
import os
import shutil
from pathlib import Path

import torch

from core import portable
from core.messages import ThawError
from core.runs.checkpoints import KEEP_BYTES

FORMAT = 1


def epoch_file(epoch: int, val_loss: float, val_accuracy: float) -> str:
    """The file name of an epoch's checkpoint."""
    return f"checkpoint_model_{epoch:03d}_{val_loss:.4f}_{val_accuracy:.4f}.pt"


def save_epoch(
    folder: Path, content: dict, *, is_best: bool, keep_bytes: int | None = None
) -> Path:
    """Writes the checkpoint of a finished epoch and points `last` (and `best`) at it.

    Args:
        folder: The run's checkpoints folder.
        content: At least `epoch`, `step`, `val_loss` and `val_accuracy`; tensors and plain
            Python values only, or it would not load with `weights_only=True`.
        keep_bytes: Older epochs go while all take more, by default than `KEEP_BYTES`; the newest
            two and the best stay.

    Raises:
        ThawError: If the disk is full; the checkpoints before it are untouched.
    """
    name = epoch_file(content["epoch"], content["val_loss"], content["val_accuracy"])
    path = folder / name
    _write(path, content)
    if is_best:
        _point(folder / "best.pt", path)
    _point(folder / "last.pt", path)
    _announce(folder, "last.pt", content)
    _drop_oldest(folder, KEEP_BYTES if keep_bytes is None else keep_bytes)
    return path


def save_within_epoch(folder: Path, content: dict) -> Path:
    """Writes `last.pt` in the middle of an epoch.

    Raises:
        ThawError: If the disk is full.
    """
    path = folder / "last.pt"
    _write(path, content)
    _announce(folder, "last.pt", content)
    return path


def load_latest(folder: Path) -> dict | None:
    """The newest whole checkpoint; an older one if the newest is damaged; None without any.

    Raises:
        ThawError: If there are checkpoints and none of them can be read.
    """
    pointer = portable.read_json(folder / "latest.json")
    named = folder / pointer["file"] if pointer else None
    if named and named.exists() and _sha256(named) == pointer["sha256"]:
        return load_checkpoint(named)
    # The pointer is behind the file if the power went between the two: the file is whole then.
    candidates = [folder / "last.pt", *sorted(folder.glob("checkpoint_model_*.pt"), reverse=True)]
    found = [path for path in candidates if path.exists()]
    for path in found:
        try:
            return load_checkpoint(path)
        except ThawError:
            continue
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


def _write(path: Path, content: dict) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        # Through a handle: with a path, torch hides the reason when the disk is full.
        with open(temporary, "wb") as file:
            torch.save({"format": FORMAT, **content}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except (OSError, RuntimeError) as error:
        temporary.unlink(missing_ok=True)
        cause = error if isinstance(error, OSError) else error.__context__
        if not isinstance(cause, OSError):
            raise
        raise ThawError(
            "training.checkpoint_unwritable", file=path.name, why=cause.strerror
        ) from error
    portable.sync_folder(path.parent)


def _point(link: Path, target: Path) -> None:
    temporary = link.with_name(f"{link.name}.{os.getpid()}.part")
    temporary.unlink(missing_ok=True)
    try:
        os.link(target, temporary)
    except OSError:
        shutil.copyfile(target, temporary)
    os.replace(temporary, link)
    portable.sync_folder(link.parent)


def _announce(folder: Path, name: str, content: dict) -> None:
    portable.write_json(
        folder / "latest.json",
        {
            "file": name,
            "sha256": _sha256(folder / name),
            "epoch": content["epoch"],
            "step": content["step"],
        },
    )


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _drop_oldest(folder: Path, keep_bytes: int) -> None:
    files = sorted(folder.glob("checkpoint_model_*.pt"), key=lambda path: path.stat().st_mtime)
    kept = {(folder / name).stat().st_ino for name in ("best.pt", "last.pt")
            if (folder / name).exists()}
    total = sum(path.stat().st_size for path in files)
    for path in files[:-2]:
        if total <= keep_bytes:
            return
        if path.stat().st_ino not in kept:
            total -= path.stat().st_size
            path.unlink()
