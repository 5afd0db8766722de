"""One try of `fitting_batch`: whether the steps of a recipe fit into the memory."""

import sys
import time
import traceback
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core import portable
from core import recipe as recipes
from core.messages import ThawError
from core.recipe import Recipe
from core.runs import folder
from core.training import devices, failures, preparing
from core.training.loop import Data, Training, train_epoch, validate
from core.training.ranks import SharedForward, join_alone
from core.training.report import RunReport
from core.training.step import Inputs

# Of the memory that is free: other programs need some too, and a run takes a little more one time
# than another.
_SHARE = 0.9


class _First:
    """The first batches of a run's data: they are full ones."""

    def __init__(self, data: Data) -> None:
        self._data, self.steps_per_epoch = data, data.steps_per_epoch

    def train(self, epoch: int, start_step: int) -> Iterable[tuple[Inputs, Tensor]]:
        """As `Data.train`, but two batches."""
        return islice(self._data.train(epoch, start_step), 2)

    def validation(self) -> Iterable[tuple[Inputs, Tensor]]:
        """As `Data.validation`, but one batch."""
        return islice(self._data.validation(), 1)


def main(place: Path) -> None:
    """Writes whether it fits, or why that can't be said."""
    recipe = recipes.load(place / "recipe.json")
    answer: dict[str, Any] = {"fits": True}
    try:
        _make_steps(recipe, place / "runs")
    except ThawError as error:
        answer = _refusal(error.problem.id, dict(error.problem.values))
    except Exception as error:
        traceback.print_exc()
        answer = _of_failure(error, recipe)
    portable.write_json(place / "answer.json", answer)


def _of_failure(error: Exception, recipe: Recipe) -> dict[str, Any]:
    id, values = failures.reason_of(error, recipe)
    # One image is no batch for a BatchNorm over single values: such a size does not fit either.
    if failures.is_out_of_memory(error) or id == "training.batch_of_one":
        return {"fits": False}
    return _refusal(id, values)


def _refusal(id: str, values: dict) -> dict[str, Any]:
    return {"problem": {"id": id, "values": values}}


def _make_steps(recipe: Recipe, root: Path) -> None:
    """Two epochs of two steps with all that ever opens open, validation and a checkpoint."""
    run = folder.create_run(_as_tried(recipe), root=root)
    report = RunReport(run, 1, lambda _line: None)
    _limit_memory(devices.choose_device(recipe.train.device), recipe.train.processes)
    training = preparing.prepare(run, 1, report)
    if recipe.train.processes > 1:
        training = _as_one_of_several(training)
    report.began(training)
    training.unfreezing.open_due(training.optimizer, recipe.train.epochs)
    short, began = replace(training, data=_First(training.data)), time.perf_counter()
    for epoch in (1, 2):
        training.progress.begin_epoch(epoch)
        train_epoch(short, report, began)
    score = validate(short)
    report.epoch_ended(2, training.progress, score, score)
    report.wait_for_checkpoint()


def _as_tried(recipe: Recipe) -> Recipe:
    """What one process of the recipe computes, without kept features: they take every image.

    Several processes don't compile (`preparing`).
    """
    spec = recipe.train
    share = -(-recipe.loader.batch_size // spec.processes)
    compiles = spec.compile and spec.processes == 1
    return recipe.model_copy(update={
        "train": spec.model_copy(update={"compile": compiles}),
        "loader": recipe.loader.model_copy(update={"batch_size": share}),
        "features": recipe.features.model_copy(update={"cache": "off"}),
        "loggers": recipe.loggers.model_copy(update={"wandb": False, "tensorboard": False}),
    })


def _as_one_of_several(training: Training) -> Training:
    """The training with DDP, which holds all gradients a second time."""
    join_alone(training.device)
    return replace(training, shared=SharedForward(training.model, training.forward))


def _limit_memory(device: torch.device, processes: int) -> None:
    """Lets an allocation fail where none of the memory that is free would be left.

    On a GPU, which each process has for itself, the allocator is told; else it is the writable
    memory of this process, as the system would end some process for it.
    """
    if device.type == "cuda":
        free, whole = torch.cuda.mem_get_info(device)
        torch.cuda.set_per_process_memory_fraction(_SHARE * free / whole)
        return
    if sys.platform != "linux":
        return
    import resource

    status = Path("/proc/self/status").read_text()
    used, resident = (_bytes_of(line, status) for line in ("VmData", "RssAnon"))
    free = share_of(portable.available_memory(), resident, processes)
    held, most = resource.getrlimit(resource.RLIMIT_DATA)
    if held != resource.RLIM_INFINITY:  # never more than it was started with
        free = min(free, held - used)
    resource.setrlimit(resource.RLIMIT_DATA, (used + int(_SHARE * free), most))


def share_of(free: int, resident: int, processes: int) -> int:
    """Bytes that each of several processes of one machine may still take.

    Args:
        free: On the machine, where one of them has begun.
        resident: What that one has taken so far; the others will take it first.
    """
    return max(0, free - (processes - 1) * resident) // processes


def _bytes_of(name: str, status: str) -> int:
    line = next(line for line in status.splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]))
