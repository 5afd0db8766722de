"""A right that one thread of one process has at a time, of all that work in a folder."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core import portable
from core.messages import ThawError

_WAIT_SECONDS = 5.0
_LOOK_SECONDS = 0.02


class Turn:
    """A lock file, and a lock for threads beside it: a file lock does not part two of a process.

    Not to be taken twice by one thread.

    Args:
        name: Of the file, in the folder that is worked in.
        refusal: Id of the sentence for who has waited in vain for another process.
    """

    def __init__(self, name: str, refusal: str) -> None:
        self._name, self._refusal = name, refusal
        self._threads = threading.Lock()

    @contextmanager
    def taken(self, folder: Path) -> Iterator[None]:
        """Holds the right.

        Raises:
            ThawError: If another process has held it for five seconds, or the folder can't be
                written to.
        """
        with self._threads:
            lock = portable.FileLock(folder / self._name)
            ends = time.monotonic() + _WAIT_SECONDS
            while not _acquired(lock, folder):
                if time.monotonic() > ends:
                    raise ThawError(self._refusal)
                time.sleep(_LOOK_SECONDS)
            try:
                yield
            finally:
                lock.release()


def _acquired(lock: portable.FileLock, folder: Path) -> bool:
    try:
        return lock.acquire()
    except OSError as error:  # a full or read-only disk, or no folder
        raise ThawError("places.unwritable", path=str(folder), why=error.strerror) from None
