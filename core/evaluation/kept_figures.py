"""What a checkpoint came to on images of its run, kept beside the run for all that show it.

Each measurement is a file of its own, named by the checkpoint's content and the split: two that
measure the same write the same. A checkpoint that was replaced, or copied without its time, has
no file any more and counts as not measured. No torch here: pages read it at each look at a run.
"""

from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from core import portable
from core.messages import ThawError
from core.runs.checkpoints import find_checkpoint
from core.runs.folder import Run

if TYPE_CHECKING:  # importing it loads torch
    from core.evaluation.evaluate import Evaluation

FOLDER = "evaluations"  # within the run's
Split = Literal["test", "val"]
Stamp = tuple[str, int, int]  # the run's folder, when the checkpoint was written (ns), its bytes


@dataclass(frozen=True)
class Kept:
    """The figures of one checkpoint on one split, as `Evaluation` has them.

    Attributes:
        accuracy: In [0, 1].
        loss: Mean cross entropy, binary for a head of one logit.
        samples: Number of images.
        epoch: Of the checkpoint.
    """

    accuracy: float
    loss: float
    samples: int
    epoch: int


def stamp(run: Run, which: str | int) -> Stamp:
    """What tells this content of a checkpoint from another: "best" moves while a run trains.

    Raises:
        ThawError: If the run has no such checkpoint.
    """
    path = find_checkpoint(run, which)
    try:
        found = path.stat()
    except OSError:
        raise ThawError("training.checkpoint_missing", file=path.name) from None
    return str(run.path), found.st_mtime_ns, found.st_size


def measure(run: Run, which: str | int = "best", split: Split = "test") -> "Evaluation":
    """Runs a checkpoint over a split of the run's own data, and keeps the figures.

    Raises:
        ThawError: As `evaluate`.
    """
    from core.evaluation.evaluate import evaluate

    at = stamp(run, which)
    found = evaluate(run, which, split)
    keep(run, which, at, found)
    return found


def keep(run: Run, which: str | int, at: Stamp, found: "Evaluation") -> None:
    """Keeps figures, unless the checkpoint is another one by now.

    Where nothing can be written (a folder of somebody else, a run just deleted) they are not
    kept, and nothing else is lost.

    Args:
        at: The checkpoint's stamp from before it was judged.
    """
    kept = Kept(found.accuracy, found.loss, found.samples, found.epoch)
    with suppress(OSError, ThawError):
        if stamp(run, which) != at:
            return
        file = _file(at, found.split)
        file.parent.mkdir(exist_ok=True)
        portable.write_json(file, asdict(kept))


def read(run: Run, which: str | int = "best", split: Split = "test") -> Kept | None:
    """What was kept of a checkpoint as it is now; None if nothing was, or it has none."""
    try:
        raw = portable.read_json(_file(stamp(run, which), split))
        if raw is None:
            return None
        return Kept(
            float(raw["accuracy"]), float(raw["loss"]), int(raw["samples"]), int(raw["epoch"])
        )
    except (ThawError, LookupError, TypeError, ValueError):
        return None


def _file(at: Stamp, split: str) -> Path:
    folder, changed, size = at
    return Path(folder) / FOLDER / f"{split}_{changed}_{size}.json"
