"""Checkpoints written beside the training: a snapshot is taken, a thread writes it."""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from core.recipe import CheckpointSpec
from core.training import checkpoint
from core.training.snapshot import SnapshotBuffer


class CheckpointWriter:
    """Writes the checkpoints of one run, one at a time, while its loop goes on.

    It holds one snapshot, in main memory, as large as a checkpoint: a save waits for the one
    before it.

    Args:
        folder: The run's checkpoints folder.
        spec: Which epochs stay.
    """

    def __init__(self, folder: Path, spec: CheckpointSpec) -> None:
        self._folder, self._spec = folder, spec
        self._buffer = SnapshotBuffer()
        self._thread: threading.Thread | None = None
        self._error: Exception | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a checkpoint is being written."""
        return self._thread is not None and self._thread.is_alive()

    def save_epoch(self, content: Mapping[str, Any], *, is_best: bool) -> None:
        """Begins to write the checkpoint of a finished epoch; `content` may change after this.

        Raises:
            ThawError: If the checkpoint before it could not be written.
        """
        self._begin(partial(checkpoint.save_epoch, is_best=is_best), content)

    def save_within_epoch(self, content: Mapping[str, Any]) -> None:
        """Begins to write `last.pt` in the middle of an epoch.

        Raises:
            ThawError: If the checkpoint before it could not be written.
        """
        self._begin(checkpoint.save_within_epoch, content)

    def check(self) -> None:
        """Raises what went wrong with a checkpoint, once.

        Raises:
            ThawError: If one could not be written.
        """
        error, self._error = self._error, None
        if error:
            raise error

    def wait(self) -> None:
        """Until nothing is being written.

        Raises:
            ThawError: If a checkpoint could not be written.
        """
        if self._thread:
            self._thread.join()
            self._thread = None
        self.check()

    def _begin(self, save: Callable[..., object], content: Mapping[str, Any]) -> None:
        self.wait()
        taken = self._buffer.take(content)
        self._thread = threading.Thread(
            target=self._write, args=(save, taken), name="checkpoint writer"
        )
        self._thread.start()

    def _write(self, save: Callable[..., object], taken: dict[str, Any]) -> None:
        try:
            self._buffer.wait()
            save(self._folder, taken, spec=self._spec)
        except Exception as error:  # for the loop, which looks after each step
            self._error = error
