"""`attempts/N.json`: what an attempt of a run began with, written once."""

import os
import platform
import time

import torch
import torchvision
from torch.optim import Optimizer

from core import portable
from core.recipe import Recipe
from core.runs.folder import Run
from core.training import devices
from core.training.optimisation import group_figures
from core.training.progress import Progress
from core.training.ranks import Ranks
from core.training.run_data import RunData


def write_attempt(
    run: Run, attempt: int, recipe: Recipe, device: torch.device, ranks: Ranks,
    progress: Progress, optimizer: Optimizer, batches: RunData,
) -> None:
    """Says with which recipe, from which step, on what and by which versions it trains."""
    portable.write_json(
        run.path / "attempts" / f"{attempt}.json",
        {
            "recipe": recipe.model_dump(mode="json"),
            "first_step": progress.step,
            "first_epoch": progress.epoch,
            "epoch_ends": progress.step + progress.steps_left(batches.steps_per_epoch),
            "groups": group_figures(optimizer),
            "device": devices.device_title(device),
            "processes": ranks.size,
            "threads": torch.get_num_threads(),
            "pid": os.getpid(),
            "started": time.time(),
            "oom_kills": portable.oom_kills(),
            "versions": {
                "python": platform.python_version(),
                "torch": torch.__version__,
                "torchvision": torchvision.__version__,
            },
        },
    )
