"""A run to take home: one zip, written to the disk and never held in memory."""

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

from core import places
from core.messages import ThawError
from core.runs.checkpoints import zip_run
from core.runs.folder import Run

_KEPT_SECONDS = 3600.0  # an export that nobody has fetched by then is made again


def export_run(run: Run) -> Path:
    """Writes the whole run as a zip into the cache.

    Raises:
        ThawError: If the disk or the cache is full.
    """
    folder = places.cache_root() / "exports"
    folder.mkdir(exist_ok=True)
    _delete_old(folder)
    places.require_space(folder, disk_use(run))
    target = folder / f"{run.id}.zip"
    # A name of its own: two who export the same run at once must not write into one file.
    building = folder / f"{run.id}.{secrets.token_hex(4)}.part"
    try:
        with open(building, "wb") as file:
            zip_run(run, file)
        os.replace(building, target)
    except OSError as error:
        raise ThawError("places.unwritable", path=str(folder), why=error.strerror) from None
    finally:
        building.unlink(missing_ok=True)
    return target


def disk_use(run: Run) -> int:
    """Bytes that the run takes; a checkpoint with several names counts once."""
    return places.size_of(run.path)


def _delete_old(folder: Path) -> None:
    for path in folder.iterdir():
        with suppress(OSError):  # being downloaded, on Windows
            if time.time() - path.stat().st_mtime > _KEPT_SECONDS:
                path.unlink()
