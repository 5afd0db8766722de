"""The processes that train one model together: all that the training asks torch.distributed.

Each computes its rows of every batch, and DDP makes the gradients those of the whole batch. What
is asked about numbers goes over the CPU (gloo), so no GPU is waited for; gradients, buffers and
BatchNorm go over NCCL where the model is on a GPU.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from core.messages import ThawError
from core.runs.torchrun import Place


@dataclass(frozen=True)
class Ranks:
    """The processes of a run, and which of them this one is.

    Attributes:
        rank: Its number, from 0; the first one writes the run's folder.
        local: Its number among those of its machine.
        size: How many there are.
        here: How many there are on its machine.
    """

    rank: int = 0
    local: int = 0
    size: int = 1
    here: int = 1

    @property
    def first_of_machine(self) -> int:
        """The number of the first process of its machine."""
        return self.rank - self.local

    def of_machine(self, count: int) -> range:
        """Which of so many pieces of work are its own, where those of a machine share them."""
        each, more = divmod(count, self.here)
        start = self.local * each + min(self.local, more)
        return range(start, start + each + (self.local < more))

    # --- batches ---------------------------------------------------------------------------

    def rows(self, count: int) -> slice:
        """Which rows of a batch of so many are this process's: none where they do not reach."""
        each, more = divmod(count, self.size)
        start = self.rank * each + min(self.rank, more)
        return slice(start, start + each + (self.rank < more))

    def own(self, batch: Any) -> Any:
        """Its rows of a batch, a list or a tensor; where it has none the first one.

        All have to compute in each step, or the others would wait for it.
        """
        part = batch[self.rows(len(batch))]
        return part if len(part) else batch[:1]

    # --- numbers ---------------------------------------------------------------------------

    def totals(self, *values: Tensor | float) -> list[float]:
        """Each value summed over all processes, to the same bits in all; waits for the device."""
        mine = [float(value) for value in values]
        if self.size == 1:
            return mine
        given = torch.tensor(mine, dtype=torch.float64)
        parts = [torch.empty_like(given) for _ in range(self.size)]
        dist.all_gather(parts, given)
        return [sum(column) for column in zip(*(one.tolist() for one in parts), strict=True)]

    def told(self, number: int) -> int:
        """The first process's number."""
        if self.size == 1:
            return number
        given = torch.tensor(number)
        dist.broadcast(given, 0)
        return int(given)

    def told_text(self, text: str) -> str:
        """The first process's text."""
        if self.size == 1:
            return text
        given = [text]
        dist.broadcast_object_list(given, 0, device=torch.device("cpu"))
        return given[0]

    def first_said(self, text: str) -> str:
        """The text of the first process that has one; "" where none has."""
        if self.size == 1 or self.totals(bool(text)) == [0.0]:
            return text
        return next(filter(None, self.each_said(text)))

    def each_said(self, text: str) -> list[str]:
        """The text of each process, in their order."""
        said = [text] * self.size
        if self.size > 1:
            dist.all_gather_object(said, text)
        return said

    def check_same(self, *values: object) -> None:
        """Refuses to train where a process would begin with something else than the first one.

        Raises:
            ThawError: In all processes, if one has other values.
        """
        differs = self.told_text(repr(values)) != repr(values)
        if self.totals(differs) != [0.0]:
            raise ThawError("training.ranks_differ")

    # --- the model -------------------------------------------------------------------------

    def share_model(self, model: nn.Module) -> None:
        """Gives all processes the first one's weights and buffers."""
        if self.size > 1:
            for tensor in chain(model.parameters(), model.buffers()):
                dist.broadcast(tensor.detach(), 0)

    def share_buffers(self, model: nn.Module) -> None:
        """Gives all processes the first one's buffers: the statistics of its BatchNorm."""
        if self.size > 1:
            for buffer in model.buffers():
                dist.broadcast(buffer, 0)

    def whole(self, loss: Tensor) -> Tensor:
        """A process's part of a batch's loss, for gradients that DDP will average: it adds up."""
        return loss if self.size == 1 else loss * self.size

    @contextmanager
    def one_first(self) -> Iterator[None]:
        """Lets one process of each machine go ahead: what it downloads the others find."""
        if self.local > 0:
            self.totals(0)
        yield
        if self.local == 0:
            self.totals(0)


ALONE = Ranks()


def join(place: Place, device: str) -> Ranks:
    """This process among those that torchrun started, once all of them are there.

    Args:
        device: Where the recipe trains.

    Raises:
        ThawError: If the machine has fewer GPUs than it runs processes.
    """
    if place.size == 1:
        return ALONE
    backend = "gloo"
    if device in ("auto", "cuda") and torch.cuda.is_available():
        # In all of them, so that the first one says it.
        if place.here > torch.cuda.device_count():
            raise ThawError("training.too_few_gpus", gpus=torch.cuda.device_count())
        torch.cuda.set_device(place.local)
        if dist.is_nccl_available():  # Windows has none; there gloo takes what is on a GPU too
            backend = "cpu:gloo,cuda:nccl"
    dist.init_process_group(backend)
    return Ranks(place.rank, place.local, place.size, place.here)


def join_alone(device: torch.device) -> None:
    """A group of this process only, in which DDP takes the memory that it takes among several."""
    nccl = device.type == "cuda" and dist.is_nccl_available()
    backend = "cpu:gloo,cuda:nccl" if nccl else "gloo"
    dist.init_process_group(backend, store=dist.HashStore(), rank=0, world_size=1)


def leave(ranks: Ranks) -> None:
    """The end of what `join` began; after an error the end of the process is enough.

    Where another process was lost, taking leave of it would take minutes.
    """
    if ranks.size > 1:
        dist.destroy_process_group()


class SharedForward:
    """A forward pass whose backward pass gives every process the mean of all gradients (DDP).

    Its names, and what checkpoints keep, are the model's own.

    Args:
        model: On its device. Stages that open make a new DDP, which looks at what trains once.
        forward: In place of the model's, where a batch may come as features.
    """

    def __init__(
        self, model: nn.Module, forward: Callable[[Any], Any] | None = None
    ) -> None:
        self._model = model
        self._called = _Called(model, forward) if forward else model
        self._trains: tuple[bool, ...] = ()
        self._shared: DistributedDataParallel | None = None

    def __call__(self, inputs: Any) -> Any:
        """What the model gives for pictures, or for their features."""
        return self._present()(inputs)

    def not_yet(self) -> AbstractContextManager[None]:
        """In it gradients are only added up here: a later part of the batch shares them."""
        return self._present().no_sync()

    def _present(self) -> DistributedDataParallel:
        trains = tuple(parameter.requires_grad for parameter in self._model.parameters())
        if trains != self._trains:
            self._shared = None  # first, for it has hooks on the parameters
            self._shared = DistributedDataParallel(
                self._called, find_unused_parameters=_may_leave_out(self._model)
            )
            self._trains = trains
        return self._shared


class _Called(nn.Module):
    """A model with another way to its outputs, as DDP calls it."""

    def __init__(self, model: nn.Module, forward: Callable[[Any], Any]) -> None:
        super().__init__()
        self.model, self._forward = model, forward

    def forward(self, inputs: Any) -> Any:
        """What that way gives."""
        return self._forward(inputs)


def _may_leave_out(model: nn.Module) -> bool:
    """Whether a forward pass may use only a part of what trains: auxiliary classifiers."""
    return bool(getattr(model, "aux_logits", False))

