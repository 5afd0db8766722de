"""The epochs whose checkpoints stay in a folder, and the room for the next one."""

import shutil
from pathlib import Path

from core.messages import ThawError
from core.recipe import CheckpointSpec
from core.runs.checkpoints import dropped_epochs, epoch_of

_NONE = CheckpointSpec(budget_gb=0.0)
_ROOM = 1.5  # of the last one's size: a new optimiser state may make the next one larger


def drop(folder: Path, spec: CheckpointSpec) -> None:
    """Deletes the epochs that are not to stay."""
    files = files_of(folder)
    for epoch in dropped_epochs(spec, _sizes(files), best_of(folder, files)):
        files[epoch].unlink()


def give_up_oldest(folder: Path) -> bool:
    """Deletes the oldest epoch that is neither the best nor one of the newest two, if any."""
    files = files_of(folder)
    epochs = dropped_epochs(_NONE, _sizes(files), best_of(folder, files))
    if epochs:
        files[epochs[0]].unlink()
    return bool(epochs)


def make_room(folder: Path) -> None:
    """Deletes the oldest epochs while the disk has no room for a checkpoint like the last one.

    Raises:
        ThawError: If there is not enough room without them either.
    """
    last = folder / "last.pt"
    needed = _ROOM * last.stat().st_size if last.exists() else 0
    while (free := shutil.disk_usage(folder).free) < needed:
        if not give_up_oldest(folder):
            raise ThawError(
                "training.no_room_for_checkpoint", needed_mb=needed / 1e6, free_mb=free / 1e6
            )


def files_of(folder: Path) -> dict[int, Path]:
    """The file of each epoch that is there."""
    found = folder.glob("checkpoint_model_*.pt")
    return {epoch: path for path in found if (epoch := epoch_of(path.name)) is not None}


def _sizes(files: dict[int, Path]) -> dict[int, int]:
    return {epoch: path.stat().st_size for epoch, path in files.items()}


def best_of(folder: Path, files: dict[int, Path]) -> int | None:
    """The epoch that `best.pt` is; none where the disk has no links: it is a file of its own."""
    best = folder / "best.pt"
    if not best.exists():
        return None
    return next((epoch for epoch, path in files.items() if path.samefile(best)), None)
