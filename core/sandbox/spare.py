"""A child in its box that waits for one job, and is never given another.

What takes long, the box and torch, is there before the job comes. Two jobs never meet.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from core import places
from core.sandbox import bubblewrap
from core.sandbox.environment import environment, others
from core.sandbox.job import Job, lay_down
from core.sandbox.limits import Limits
from core.sandbox.watch import End, Watch

# bubblewrap: walls and limits. limits: a process with limits that may read what its user may.
Box = Literal["bubblewrap", "limits"]
_FORGOTTEN_SECONDS = 3600.0  # longer than a job and an idle wait together
_ERRORS = "errors.txt"  # what it says on standard error before it begins


class Spare:
    """One child and the folder of its one job."""

    def __init__(self, box: Box, imports: Sequence[str] = ()) -> None:
        """Starts it; the imports go on after this has returned.

        Args:
            imports: What it has imported by the time of its job.

        Raises:
            OSError: If it can't be started.
        """
        self._folder = new_folder()
        self._child: subprocess.Popen | None = None
        self._failed: OSError | None = None
        started = threading.Event()
        # bubblewrap ends with the thread that started it, and that of a page ends with its rerun.
        threading.Thread(target=self._hold, args=(box, imports, started), daemon=True).start()
        started.wait()
        if self._failed is not None:
            self.close()
            raise self._failed

    def lives(self) -> bool:
        """Whether it still waits."""
        return self._child is not None and self._child.poll() is None

    def do(self, job: Job, limits: Limits) -> tuple[End, str]:
        """Does the job, and ends.

        Returns:
            How it ended, and the last line that it wrote to standard error.
        """
        lay_down(self._folder, job)
        with suppress(OSError):  # it has ended already: that is seen right away
            self._child.stdin.write(json.dumps([vars(limits), others()]).encode() + b"\n")
            self._child.stdin.flush()
        end = Watch(self._child, limits).attend()
        with open(self._folder / _ERRORS, "rb") as errors:
            lines = errors.read(4_000).decode(errors="replace").strip().splitlines()
        return end, lines[-1] if lines else ""

    def close(self) -> None:
        """Ends it, and takes its folder away."""
        if self._child is not None:
            if self.lives():
                self._child.kill()
            self._child.wait()
            with suppress(OSError):
                self._child.stdin.close()
            self._child.stdout.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _hold(self, box: Box, imports: Sequence[str], started: threading.Event) -> None:
        try:
            self._child = self._start(box, imports)
        except OSError as error:
            self._failed = error
            return
        finally:
            started.set()
        self._child.wait()

    def _start(self, box: Box, imports: Sequence[str]) -> subprocess.Popen:
        inside = bubblewrap.job_folder() if box == "bubblewrap" else self._folder
        arguments = ["-P", "-m", "core.sandbox.child", str(inside), *imports]
        command = [sys.executable, *arguments]
        if box == "bubblewrap":
            command = bubblewrap.command(self._folder, Limits().scratch_bytes, arguments)
        work = self._folder / "work"
        with open(self._folder / _ERRORS, "wb") as errors:
            return subprocess.Popen(
                command, cwd=work, env=environment(str(work)), stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=errors, start_new_session=True,
            )


def new_folder() -> Path:
    """An empty folder for a job, with one to write to in it."""
    root = places.cache_root()
    for left in root.glob("box_*"):  # by a server that was killed
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _FORGOTTEN_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix="box_", dir=root))
    (folder / "work").mkdir()
    return folder
