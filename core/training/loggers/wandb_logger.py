"""A run on Weights & Biases: one row an epoch, under the names of the lecture."""

from __future__ import annotations

import logging
import netrc
import os
import socket
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import portable
from core.messages import Problem, ThawError
from core.training.loggers.tensorboard_logger import rates_of

if TYPE_CHECKING:
    from core.training.early_stopping import Best
    from core.training.loop import Training

_LOG = logging.getLogger(__name__)
_REACH_SECONDS = 5.0  # until the service counts as out of reach
_OPEN_SECONDS = 25.0  # until a run that does not open is written offline
_SEND_SECONDS = 60.0  # that a run which has ended may take to send the rest; it stays on the disk
_ROWS = "wandb_rows.json"


class WandbLogger:
    """A Weights & Biases run; what can't be sent is written offline, for `wandb sync`.

    A resumed run goes on under the same id. Its rows are counted over all attempts: the service
    takes no row twice and none out of order. Where an epoch is done again, the row of the newest
    `attempt` counts.

    Args:
        folder: Of the run; the package's own files go into `wandb/` there.

    Attributes:
        told: What a page says of it: `online`, `url` and `sync`, the command that sends it.
        problems: Why it is offline, if it was not asked to be.

    Raises:
        ThawError: If the package is missing, or can't even write offline.
    """

    def __init__(self, folder: Path, training: Training) -> None:
        try:
            import wandb
        except ImportError:
            raise ThawError("training.wandb_missing") from None
        self._wandb, self._training, self._folder = wandb, training, folder
        self.problems: list[Problem] = []
        counted = portable.read_json(folder / _ROWS) or {}
        self._row, self._attempt = counted.get("rows", 0), counted.get("attempts", 0) + 1
        self._speed = 0.0
        self._run = self._opened()
        online = self._run.settings.mode == "online"
        self.told: dict[str, Any] = {
            "online": online,
            "url": self._run.url if online else None,
            "sync": f'wandb sync "{folder / "wandb"}"/offline-run-*',
        }
        self._run.define_metric("epoch")
        self._run.define_metric("*", step_metric="epoch")
        self._count()

    def step_ended(self, step: int, metrics: Mapping[str, float]) -> None:
        """Remembers how fast it is; steps are not sent."""
        self._speed = metrics.get("samples_per_second", 0.0)

    def epoch_ended(self, epoch: int, scalars: Mapping[str, float], best: Best | None) -> None:
        """Writes the row of an epoch."""
        row = {
            **scalars, **rates_of(self._training), "epoch": epoch,
            "step": self._training.progress.step, "attempt": self._attempt,
        }
        if self._speed:
            row["samples_per_second"] = self._speed
        try:
            self._run.log(row, step=self._row)
            if best:
                self._run.summary.update({
                    "best_epoch": best.epoch, "best_accuracy": best.val_accuracy,
                    "best_loss": best.val_loss,
                })
        except Exception:  # its process is gone: the training is worth more than the row
            _LOG.exception("Weights & Biases took no row of epoch %d", epoch)
        self._row += 1
        self._count()

    def close(self, status: str) -> None:
        """Ends the run, and the process of the package with it."""
        try:
            self._run.finish(exit_code=1 if status == "failed" else 0)
            self._wandb.teardown()
        except Exception:  # what was written stays on the disk, for `wandb sync`
            _LOG.exception("Weights & Biases did not end well")

    def _count(self) -> None:
        portable.write_json(
            self._folder / _ROWS, {"rows": self._row, "attempts": self._attempt}
        )

    # --- opening -----------------------------------------------------------------------

    def _opened(self) -> Any:
        """The run: online where that is asked for and works, else offline."""
        mode = self._training.recipe.loggers.wandb_mode
        address = self._wandb.setup().settings.base_url
        has_key = _has_key(address)
        if mode == "online" or (mode == "auto" and has_key):
            if why := _why_not_online(address, has_key):
                self.problems.append(Problem("loggers.wandb_offline", {"why": why}))
            else:
                try:
                    return self._init("online")
                except Exception as error:  # a dozen kinds: a wrong key, no such entity, …
                    _LOG.info("Weights & Biases: %s", error)
                    why = _first_line(error)
                    self.problems.append(Problem("loggers.wandb_offline", {"why": why}))
                    self._wandb.teardown()  # its process still holds the id of the run
        try:
            return self._init("offline")
        except Exception as error:
            raise ThawError("loggers.wandb_failed", why=_first_line(error)) from error

    def _init(self, mode: str) -> Any:
        spec, recipe = self._training.recipe.loggers, self._training.recipe
        return self._wandb.init(
            project=spec.wandb_project or None,
            entity=spec.wandb_entity or None,
            id=self._folder.name,
            name=recipe.name or self._folder.name,
            dir=str(self._folder),
            config=recipe.model_dump(mode="json"),
            mode=mode,
            resume="allow" if mode == "online" else None,
            settings=self._wandb.Settings(
                init_timeout=_OPEN_SECONDS, finish_timeout=_SEND_SECONDS, login_timeout=5,
                console="off", silent=True, disable_git=True, disable_code=True,
                x_disable_stats=True,
            ),
        )


def _has_key(address: str) -> bool:
    """Whether somebody has logged in to the service: where `wandb login` and W&B's docs put keys.

    Looked up here, because the package's own question goes to the network for seconds.
    """
    if os.environ.get("WANDB_API_KEY") or os.environ.get("WANDB_IDENTITY_TOKEN_FILE"):
        return True
    host = urllib.parse.urlsplit(address).hostname or ""
    names = [os.environ.get("NETRC"), "~/.netrc", "~/_netrc"]
    for path in (Path(name).expanduser() for name in names if name):
        try:
            if netrc.netrc(path).authenticators(host):
                return True
        except (OSError, netrc.NetrcParseError):
            continue
    return False


def _why_not_online(address: str, has_key: bool) -> str:
    """Why it need not be tried, or "". Asked first: the package itself waits for minutes."""
    if not has_key:
        return "no key is set: run “wandb login” once"
    parts = urllib.parse.urlsplit(address)
    port = parts.port or (80 if parts.scheme == "http" else 443)
    try:
        socket.create_connection((parts.hostname or "", port), _REACH_SECONDS).close()
    except OSError:
        return f"{parts.hostname} can't be reached"
    return ""


def _first_line(error: Exception) -> str:
    said = str(error)
    if "401" in said or "403" in said:
        return "the key was not accepted"
    if "deadline" in said or "timed out" in said or "giving up" in said:
        return "the service did not answer"
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160]
