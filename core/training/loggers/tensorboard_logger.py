"""The event files of a run, as the lecture writes them and with what else TensorBoard shows."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams

from core.messages import Problem
from core.training.loggers.details import Details
from core.training.loggers.event_files import carry_over
from core.training.loggers.hyperparameters import hyperparameters
from core.training.loggers.names import STEP_NAMES, rate_name

if TYPE_CHECKING:
    from core.training.early_stopping import Best
    from core.training.loop import Training

# One event with all values of a step costs about 0.06 ms, so one in ten steps is enough to cost
# nothing and to show a curve within a short epoch too.
_STEPS_APART = 10
_FLUSH_SECONDS = 20  # so that a TensorBoard beside it sees the steps of a long epoch


class TensorBoardLogger:
    """Event files under `runs/RUN/tensorboard`; `tensorboard --logdir runs` compares all runs.

    Args:
        folder: Of the event files; those of attempts before are carried over.
        training: At the place where it goes on.
        classes: Names, for the pictures.
    """

    def __init__(self, folder: Path, training: Training, classes: Sequence[str]) -> None:
        self._training = training
        progress = training.progress
        kept = carry_over(folder, epoch=progress.epoch, step=progress.step)
        self._writer = SummaryWriter(str(folder), flush_secs=_FLUSH_SECONDS)
        self._last_step = progress.step
        columns, session, _ = hparams(
            hyperparameters(training.recipe), {"hparam/accuracy": 0.0, "hparam/loss": 0.0}
        )
        for summary in (columns, session):
            self._writer.file_writer.add_summary(summary, 0)
        self._details = None
        self.problems: list[Problem] = []
        if training.recipe.loggers.details:
            self._details = Details(training, classes)
            self.problems = self._details.write_first(self._writer, kept)
        self._writer.flush()

    def step_ended(self, step: int, metrics: Mapping[str, float]) -> None:
        """Writes a point of each step curve, in ten steps at most one; a resumed run the same."""
        due = step // _STEPS_APART > self._last_step // _STEPS_APART
        self._last_step = step
        if not due:
            return
        values = {name: metrics[key] for key, name in STEP_NAMES.items() if key in metrics}
        self._add({**values, **rates_of(self._training)}, step)

    def epoch_ended(self, epoch: int, scalars: Mapping[str, float], best: Best | None) -> None:
        """Writes a point of each epoch curve, and what is asked for beside them."""
        values = dict(scalars)
        if best:
            values |= {"hparam/accuracy": best.val_accuracy, "hparam/loss": best.val_loss}
        self._add(values, epoch)
        if self._details:
            self._details.write_epoch(self._writer, epoch)
        self._writer.flush()

    def close(self, status: str) -> None:
        """Ends the event file; the HPARAMS tab shows how the run ended."""
        ended = "STATUS_FAILURE" if status == "failed" else "STATUS_SUCCESS"
        info = plugin_data_pb2.SessionEndInfo(
            status=api_pb2.Status.Value(ended), end_time_secs=time.time()
        )
        said = metadata.create_summary_metadata(
            plugin_data_pb2.HParamsPluginData(session_end_info=info)
        )
        value = Summary.Value(tag=metadata.SESSION_END_INFO_TAG, metadata=said)
        self._writer.file_writer.add_summary(Summary(value=[value]), 0)
        self._writer.close()

    def _add(self, scalars: Mapping[str, float], place: int) -> None:
        # As writer.add_scalar(name, value, place) for each, in one event: a sixth of the time.
        values = [Summary.Value(tag=name, simple_value=one) for name, one in scalars.items()]
        self._writer.file_writer.add_summary(Summary(value=values), place)


def rates_of(training: Training) -> dict[str, float]:
    """The learning rate of the last step, or of the first, by the name of its curve."""
    groups = training.optimizer.param_groups
    return {rate_name(group["name"]): float(group["lr"]) for group in groups}
