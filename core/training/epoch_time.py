"""How long an epoch of a recipe takes here, from a few real steps.

Everything is what a run does: its worker prepares it, its loop trains it, its report writes
records and checkpoint (into a folder that is thrown away). Only the batches end early, and the
rest of the epoch is reckoned from those that were made.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import mean

import psutil
from torch import Tensor

from core import places
from core.messages import ThawError
from core.recipe import Recipe
from core.runs import folder
from core.runs.folder import Run
from core.runs.status import running_runs
from core.training import devices, preparing
from core.training.epoch_time_process import EpochTime
from core.training.follower import Follower
from core.training.loop import Data, Score, Training, train_epoch, validate
from core.training.ranks import ALONE, Ranks
from core.training.report import RunReport

_SECONDS = 10.0  # of steps; no other one is begun after that
_VALIDATION_SECONDS = 5.0
_STEPS = 60
_EPOCHS = 4  # of data that is seen through in less than `_SECONDS`: more than one look


@dataclass
class _Piece:
    """The batches of a run, cut off early, with the time at which each was asked for.

    Attributes:
        most: Batches at most.
        least: Batches that are made however long they take.
        seconds: After so many no other batch is begun.
        ranks: The processes that train together: all of them end after the same step.
        asked: When each batch was asked for, and when the last one was done with.
        sizes: Samples of each batch.
    """

    data: Data
    most: int
    least: int
    seconds: float
    ranks: Ranks = ALONE
    asked: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    @property
    def steps_per_epoch(self) -> int:
        """Of the whole epoch."""
        return self.data.steps_per_epoch

    def train(self, epoch: int, start_step: int) -> Iterator[tuple[Tensor, Tensor]]:
        """As `Data.train`, but the first of it."""
        return self._first(lambda: self.data.train(epoch, start_step))

    def validation(self) -> Iterator[tuple[Tensor, Tensor]]:
        """As `Data.validation`, but the first of it."""
        return self._first(self.data.validation)

    def _first(
        self, batches: Callable[[], Iterable[tuple[Tensor, Tensor]]]
    ) -> Iterator[tuple[Tensor, Tensor]]:
        self.asked.append(time.perf_counter())
        for images, targets in batches():
            self.sizes.append(len(targets))
            yield images, targets
            self.asked.append(time.perf_counter())
            late = self.ranks.told(int(self.asked[-1] - self.asked[0] > self.seconds))
            if len(self.sizes) >= (self.least if late else self.most):
                break

    @property
    def took(self) -> list[float]:
        """Seconds of each batch, from asking for it to asking for the next."""
        return [after - before for before, after in zip(self.asked, self.asked[1:], strict=False)]

    def reckoned(self, samples: int) -> float:
        """Seconds that so many samples take.

        The first batch is counted as it was, once: workers of the loader begin with it.
        """
        first, *others = self.took
        if not others:
            return first * samples / self.sizes[0]
        return first + sum(others) / sum(self.sizes[1:]) * max(samples - self.sizes[0], 0)


def measure(
    recipe: Recipe, place: Path, say: Callable[[str], None], ranks: Ranks = ALONE
) -> EpochTime | None:
    """Trains a few steps of a recipe, validates a little, saves once.

    Args:
        place: A folder for everything that is written, to be thrown away.
        say: Told the phase that begins: "preparing", "warming_up", "training" or "validation".
        ranks: The processes that train together and all measure; the first one has the answer.

    Raises:
        ThawError: As a run of the recipe would; or a run began to train meanwhile.
    """
    if ranks.rank:
        say = _silent
    say("preparing")
    run, report = _new_run(recipe, place, ranks)
    training = preparing.prepare(run, 1, report, ranks=ranks)
    report.began(training)
    say("warming_up")
    _train(training, report, 1, _Piece(training.data, 3, 1, _SECONDS / 2, ranks))
    started = time.time() - _began(ranks)
    say("training")
    pieces = _several_epochs(training, report)
    say("validation")
    _validate(training, _Piece(training.data, 1, 1, 0.0))
    # Each of several processes has batches of its own here, and need not end with the others.
    looked, score = _validate(training, _Piece(training.data, 10**9, 1, _VALIDATION_SECONDS))
    saving = _save(training, report, score)
    memory = max(map(int, ranks.each_said(str(devices.peak_memory(training.device)))))
    if ranks.rank:
        return None
    samples = _samples(run)
    if others := running_runs():
        raise ThawError("timing.disturbed", run=others[0].name)
    steps = [seconds for piece in pieces for seconds in piece.took]
    return EpochTime(
        step_seconds=mean(steps),
        steps=training.data.steps_per_epoch,
        training_seconds=mean(piece.reckoned(samples["train"]) for piece in pieces),
        validation_seconds=looked.reckoned(-(-samples["val"] // ranks.size)),
        saving_seconds=saving,
        startup_seconds=started,
        measured_steps=len(steps),
        memory_bytes=memory,
        checkpoint_bytes=places.size_of(run.path / "checkpoints"),
        device=devices.device_title(training.device),
        processes=ranks.size,
    )


def _new_run(recipe: Recipe, place: Path, ranks: Ranks) -> tuple[Run, RunReport | Follower]:
    """The run of the first process, and what this one reports of it."""
    if ranks.rank:
        run = Run(Path(ranks.told_text("")))
        return run, Follower(run, 1, ranks)
    loggers = recipe.loggers.model_copy(update={"wandb": False})  # it would go on to the network
    run = folder.create_run(recipe.model_copy(update={"loggers": loggers}), root=place)
    ranks.told_text(str(run.path))
    return run, RunReport(run, 1, _silent)


def _silent(_line: str) -> None: ...


def _began(ranks: Ranks) -> float:
    """When this process was started, or torchrun, in seconds since 1970."""
    process = psutil.Process()
    return ((ranks.size > 1 and process.parent()) or process).create_time()


def _several_epochs(training: Training, report: RunReport | Follower) -> list[_Piece]:
    """The second epoch's beginning; more epochs where one is soon over."""
    pieces: list[_Piece] = []
    began = time.perf_counter()
    while not pieces or (
        len(pieces) < _EPOCHS and len(pieces[0].took) == training.data.steps_per_epoch
        and training.ranks.told(int(time.perf_counter() - began < _SECONDS / 2))
    ):
        piece = _Piece(training.data, _STEPS, 2, _SECONDS, training.ranks)
        _train(training, report, 2 + len(pieces), piece)
        pieces.append(piece)
    return pieces


def _train(
    training: Training, report: RunReport | Follower, epoch: int, piece: _Piece
) -> None:
    training.progress.begin_epoch(epoch)
    report.phase_began("training")
    train_epoch(replace(training, data=piece), report, time.perf_counter())
    devices.wait_for(training.device)
    piece.asked[-1] = time.perf_counter()


def _validate(training: Training, piece: _Piece) -> tuple[_Piece, Score]:
    score = validate(replace(training, data=piece))
    return piece, score


def _save(training: Training, report: RunReport | Follower, score: Score) -> float:
    """Seconds that the loop stands still after an epoch: records, loggers, the snapshot."""
    began = time.perf_counter()
    report.epoch_ended(training.progress.epoch, training.progress, score, score)
    stood = time.perf_counter() - began
    if isinstance(report, RunReport):
        report.wait_for_checkpoint()
    return stood


def _samples(run: Run) -> dict[str, int]:
    """How many samples each part of the run's data has."""
    samples = dict((run.state() or {})["samples"])
    loader = run.recipe().loader
    if loader.drop_last:
        samples["train"] -= samples["train"] % loader.batch_size
    return samples
