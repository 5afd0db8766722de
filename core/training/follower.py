"""What a process tells the world that is not the first of those that train a run together."""

from typing import Literal

from core import portable
from core.data.load import ImageData
from core.data.split import Split
from core.messages import Problem
from core.runs.folder import Run
from core.training.feature_store import Features
from core.training.loop import Score, Training
from core.training.progress import Progress
from core.training.ranks import Ranks
from core.training.report import WISHES
from core.training.unfreezing import Opening


class Follower:
    """The observer of a loop whose first process reports: nothing, but why this one failed.

    Args:
        attempt: Number of the attempt that it takes part in.
    """

    def __init__(self, run: Run, attempt: int, ranks: Ranks) -> None:
        self._ranks = ranks
        self._failure = run.path / "attempts" / f"{attempt}.rank{ranks.rank}.json"

    def bytes_came(self, done: int, total: int) -> None: ...
    def found(self, data: ImageData, split: Split) -> None: ...
    def features_decided(
        self, part: str, kept: Features | None, why: Problem | None
    ) -> None: ...
    def compiled(self, seconds: float, why: Problem | None) -> None: ...
    def began(self, training: Training) -> None: ...
    def phase_began(self, phase: str) -> None: ...
    def stages_opened(self, progress: Progress, opening: Opening) -> None: ...
    def step_ended(self, progress: Progress, metrics: dict[str, float]) -> None: ...
    def epoch_ended(
        self, epoch: int, progress: Progress, train: Score | None, val: Score
    ) -> None: ...
    def save(self, progress: Progress) -> None: ...
    def tested(self, score: Score | None) -> None: ...

    def wish(self) -> Literal["go_on", "save", "stop"]:
        """What the first process was told."""
        return WISHES[self._ranks.told(0)]

    def stopped(self, progress: Progress) -> str:
        """The first process says and saves it."""
        return "stopped"

    def ended(self, status: str, id: str = "", values: dict | None = None) -> str:
        """Leaves the reason of a failure in a file of its own; `crash.said_by_another` reads it."""
        if status == "failed":
            portable.write_json(self._failure, {"id": id, "values": values or {}})
        return status

    def interrupted(self) -> str:
        """Another process is gone: there is nothing of this one's to keep."""
        return "interrupted"
