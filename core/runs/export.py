"""A run to take home: one zip, written to the disk and never held in memory."""

import os
import secrets
from pathlib import Path

from core import places
from core.messages import ThawError
from core.runs.checkpoints import zip_run
from core.runs.folder import Run


def export_run(run: Run) -> Path:
    """Writes the whole run as a zip into the cache.

    Raises:
        ThawError: If the disk or the cache is full.
    """
    folder = places.exports_root()
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
