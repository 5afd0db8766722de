"""torch.compile of the forward pass that trains, with what its start costs."""

import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.optim import Optimizer

from core.messages import Problem
from core.training import devices
from core.training.step import Inputs

_SAID_CHARACTERS = 200  # of the compiler's own words
_OF_BACKEND = re.compile(r"backend='\w+' raised:")  # dynamo's own line before the words
_NO_TRITON = "Cannot find a working triton installation"


class Tell(Protocol):
    """What is told of compiling."""

    def phase_began(self, phase: str) -> None: ...
    def compiled(self, seconds: float, why: Problem | None) -> None: ...


class CompiledForward:
    """A forward pass that runs compiled for parts of one size, and as it is for all others.

    A short last batch would cost another compilation, so it does not get one, nor does
    validation. Stages that open do: another graph has to be computed. The model keeps its names.

    Args:
        eager: The forward pass.
        rows: Pictures in the parts that are compiled for.
        optimizer: A new group of it is a new graph.
        tell: Told what compiling took, or why it failed; the run goes on without it then.
    """

    def __init__(
        self, eager: Callable[[Inputs], Any], rows: int, optimizer: Optimizer, tell: Tell
    ) -> None:
        self._eager, self._rows, self._optimizer, self._tell = eager, rows, optimizer, tell
        self._compiled: Callable[[Inputs], Any] | None = torch.compile(eager, dynamic=False)
        self._seconds = 0.0
        self._known: set[tuple[bool, int]] = set()

    def __call__(self, inputs: Inputs) -> Any:
        """What the eager pass gives, to the rounding of other kernels."""
        is_picture = isinstance(inputs, Tensor)
        rows = len(inputs) if is_picture else len(inputs[0])
        if self._compiled is None or rows != self._rows:
            return self._eager(inputs)
        graph = (is_picture, len(self._optimizer.param_groups))
        if graph in self._known:
            return self._compiled(inputs)
        if any(groups < graph[1] for _, groups in self._known):
            # They don't come again, and of more than eight graphs PyTorch would compile no other.
            torch.compiler.reset()
            self._known.clear()
        self._known.add(graph)
        return self._first(inputs)

    def _first(self, inputs: Inputs) -> Any:
        """The call that compiles."""
        self._tell.phase_began("compiling")
        device = (inputs if isinstance(inputs, Tensor) else inputs[0]).device
        random, began = devices.random_state(device), time.perf_counter()
        why = None
        try:
            with _backward_at_once():
                outputs = self._compiled(inputs)
            self._seconds += time.perf_counter() - began
        except Exception as error:  # of dynamo, of the backend, of a C++ compiler
            self._compiled, why = None, _reason(error)
        if why:  # not in the except block: its traceback holds what was computed by then
            devices.set_random_state(device, random)
            outputs = self._eager(inputs)  # what fails here too is no fault of the compiler's
        self._tell.compiled(self._seconds, why)
        self._tell.phase_began("training")
        return outputs


def _backward_at_once() -> AbstractContextManager[None]:
    """In it the backward pass is compiled too, which else happens when it first runs.

    So its time counts, and where it fails the forward pass is left as it is as well.
    """
    from torch._functorch import config

    name = "force_non_lazy_backward_lowering"
    return config.patch(name, True) if hasattr(config, name) else nullcontext()


def _reason(error: Exception) -> Problem:
    """Why there is nothing compiled, in the first line of the compiler's words."""
    if _NO_TRITON in str(error):
        return Problem("training.no_triton")
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    lines = [line for line in lines if not _OF_BACKEND.fullmatch(line)]
    said = (lines[0] if lines else type(error).__name__)[:_SAID_CHARACTERS]
    return Problem("training.not_compiled", {"why": said})
