"""What people say of a run: its name, its note, its place in the queue, changed while it is there.

Several processes change it, and each keeps what the others wrote.
"""

from contextlib import AbstractContextManager, suppress
from typing import Any

from core import portable
from core.runs.folder import Run
from core.runs.turn import Turn

# In the runs folder, under a name that no listing shows.
_changing = Turn(".changing", "runs.changing_elsewhere")


def set_meta(run: Run, **changes: object) -> None:
    """Changes name, note and the like; the keys that are not named stay.

    Raises:
        OSError: If what was said can't be read now, or that can't be written.
        ThawError: If another process changes it and does not end.
    """
    with only_changer(run):
        portable.write_json(run.path / "meta.json", {**_said(run), **changes})


def drop_meta(run: Run, *keys: str) -> None:
    """Takes keys away; the others stay.

    Raises:
        OSError: If what was said can't be read now, or that can't be written.
        ThawError: If another process changes it and does not end.
    """
    with only_changer(run):
        kept = {key: value for key, value in _said(run).items() if key not in keys}
        portable.write_json(run.path / "meta.json", kept)


def only_changer(run: Run) -> AbstractContextManager[None]:
    """Holds the right to change a file by what is in it, among all threads and processes.

    Two changes at once would both begin from the same file, and the second undo the first. It is
    for the files that several processes write, and held for as long as that takes.
    """
    return _changing.taken(run.path.parent)


def _said(run: Run) -> dict[str, Any]:
    """What was said of it so far; a change of what could not be read would lose it."""
    said = run.meta()
    if not said:
        with suppress(FileNotFoundError):
            (run.path / "meta.json").read_bytes()
    return said
