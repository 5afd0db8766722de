"""The event files of a run that goes on: what lies beyond its checkpoint is taken out of them.

TensorBoard's own `purge_step` hides everything from one step on, and a run has two counts: its
losses stand over epochs, as in the lecture, its learning rates over steps. So the files of the
attempts before are written anew as one, without what is void. Every reader sees the same then.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.training.loggers.names import is_over_steps

if TYPE_CHECKING:
    from tensorboard.compat.proto.event_pb2 import Event

_EVENT_FILES = "*tfevents*"
_VERSION = "brain.Event:2"
# Of the attempts before: said anew by each.
_SAID_ANEW = "_hparams_/"


@dataclass(frozen=True)
class Kept:
    """What stayed of the attempts before.

    Attributes:
        tags: Of all values.
        graph: Whether the model's graph is among it.
    """

    tags: frozenset[str] = frozenset()
    graph: bool = False


def carry_over(folder: Path, *, epoch: int, step: int) -> Kept:
    """Makes one event file of those in a folder, without what a resumed run does again.

    Of two values with the same tag and place the newer one stays. A kill at any moment leaves
    files that the next call makes the same of.

    Args:
        epoch: The first that is trained (on) now; its values and later ones go.
        step: The last that the checkpoint holds; later ones go.

    Raises:
        OSError: If the new file can't be written; the old ones are whole then.
    """
    old = sorted(path for path in folder.glob(_EVENT_FILES) if path.stat().st_size)
    if not old:
        return Kept()
    events, graph = _kept_events(old, epoch, step)
    _write(old, [*([graph] if graph is not None else []), *events])
    # Emptied, not deleted: a TensorBoard that has one open would stay there and not come to ours.
    for path in old:
        os.truncate(path, 0)
    tags = frozenset(event.summary.value[0].tag for event in events)
    return Kept(tags, graph is not None)


def _kept_events(
    files: list[Path], epoch: int, step: int
) -> "tuple[list[Event], Event | None]":
    """One event a value, in the order in which they were written, and the newest graph."""
    from tensorboard.compat.proto.event_pb2 import Event

    kept: dict[tuple[str, int], Event] = {}
    graph = None
    for event in _read(files):
        if event.HasField("graph_def"):
            graph = event
        for value in event.summary.value:
            void = event.step > step if is_over_steps(value.tag) else event.step >= epoch
            if void or value.tag.startswith(_SAID_ANEW):
                continue
            single = Event(wall_time=event.wall_time, step=event.step)
            single.summary.value.append(value)
            kept.pop((value.tag, event.step), None)  # so that the newer one stands at its place
            kept[value.tag, event.step] = single
    return list(kept.values()), graph


def _read(files: list[Path]) -> "Iterator[Event]":
    """The events of files, each up to where it was torn off."""
    from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
    from tensorboard.compat.proto.event_pb2 import Event

    for path in files:
        for record in RawEventFileLoader(str(path)).Load():
            yield Event.FromString(record)


def _write(old: list[Path], events: "list[Event]") -> None:
    """The whole file: on the disk, and then under its name."""
    from tensorboard.compat.proto.event_pb2 import Event, SessionLog
    from tensorboard.summary.writer.record_writer import RecordWriter

    # TensorBoard reads files in the order of their names and never goes back: this one comes
    # behind those of the attempts before, and before that of this attempt's writer.
    name = f"{old[-1].name}.carried"
    temporary = old[-1].with_name(".events.part")
    with open(temporary, "wb") as file:
        writer = RecordWriter(file)
        now = time.time()
        writer.write(Event(wall_time=now, file_version=_VERSION).SerializeToString())
        # A TensorBoard that shows the old files forgets what it had of them.
        again = Event(wall_time=now, step=0, session_log=SessionLog(status=SessionLog.START))
        writer.write(again.SerializeToString())
        for event in events:
            writer.write(event.SerializeToString())
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(old[-1].with_name(name))
