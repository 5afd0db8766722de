"""One forward pass that is looked at, module by module and operation by operation."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from core.models.data_dependent import Found, answer
from core.models.repeats import Likeness, Unlike, form
from core.models.seen import Seen, first_shape, note_output
from core.models.shape_rules import RULES, KnownShapes, Rule, Shape


def run(
    model: nn.Module, inputs: Sequence[Any], *, found: Found | None = None,
    shortcuts: bool = False,
) -> dict[nn.Module, Seen]:
    """Runs the model once, as it is, without gradients, and says what each module did.

    Args:
        model: On the meta device, or anywhere else: then it really computes.
        inputs: Positional arguments of its `forward`, the batch included.
        found: What a detector on the meta device is assumed to find.
        shortcuts: Takes shapes from formulas and from modules that are built alike. For models
            of torchvision on the meta device in eval mode, where the result is the same.
    """
    trace = _Trace(model, found, shortcuts)
    # no_grad and not inference_mode: there, composite operations would arrive undecomposed.
    with trace.watching(model), torch.no_grad(), trace:
        model(*inputs)
    return trace.seen


@dataclass(frozen=True)
class _Done:
    """One call of a module: its output, and what it added to each module in it.

    Attributes:
        begun: How many modules ran for the first time.
    """

    output: Any
    form: Any
    added: tuple[tuple[Shape, Shape, int, int, int, int, bool], ...]
    begun: int


class _Trace(TorchDispatchMode):
    """Counts what operations compute; wraps `forward` of each module to know whose they are."""

    def __init__(self, model: nn.Module, found: Found | None, shortcuts: bool) -> None:
        super().__init__()
        self.seen = {module: Seen() for module in model.modules()}
        self._below: dict[nn.Module, list[nn.Module]] = {}
        self._owners = {
            id(parameter): seen for module, seen in self.seen.items()
            for parameter in module._parameters.values() if parameter is not None
        }
        self._found = found
        self._shapes = KnownShapes() if shortcuts else None
        self._likeness = Likeness(model) if shortcuts else None
        self._done: dict[Any, _Done] = {}
        self._stack: list[nn.Module] = []
        self._macs = 0
        self._begun = 0  # modules so far

    # --- operations ---

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # its guard against torch.compile costs as much as an operation on meta

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self._note_reads(args)
        out = NotImplemented if self._shapes is None else self._shapes.answer(func, args, kwargs)
        if out is NotImplemented and self._found is not None:
            out = answer(func, args, self._stack, self._found)
        if out is NotImplemented:
            out = func(*args, **(kwargs or {}))
        count = flop_registry.get(func._overloadpacket)
        if count is not None:
            self._macs += count(*args, **(kwargs or {}), out_val=out) // 2
        return out

    def _note_reads(self, args: Sequence[Any]) -> None:
        for argument in args:
            if type(argument) is nn.Parameter:
                if (owner := self._owners.get(id(argument))) is not None:
                    owner.read = True
            elif type(argument) is list:
                self._note_reads(argument)

    # --- modules ---

    @contextmanager
    def watching(self, model: nn.Module) -> Iterator[None]:
        """Wraps each module's `forward`, for the time of the block."""
        before = {module: module.__dict__.get("forward") for module in self.seen}
        try:
            for module in self.seen:
                module.__dict__["forward"] = self._watched(module)
            yield
        finally:
            for module, forward in before.items():
                module.__dict__.pop("forward", None)
                if forward is not None:
                    module.__dict__["forward"] = forward

    def _watched(self, module: nn.Module) -> Any:
        seen, forward = self.seen[module], module.forward
        rule = RULES.get(type(module)) if self._shapes else None

        def by_running(*args: Any, **kwargs: Any) -> Any:
            self._begin(seen, module, args, kwargs)
            before = self._macs
            try:
                output = forward(*args, **kwargs)
            finally:
                self._stack.pop()
                seen.running -= 1
            if not seen.running:  # else it runs within itself, and the outer call counts
                seen.macs += self._macs - before
            note_output(seen, output)
            return output

        def by_rule(*args: Any, **kwargs: Any) -> Any:
            known = None if kwargs or len(args) != 1 else self._by_rule(rule, module, args[0])
            return by_running(*args, **kwargs) if known is None else known

        def by_likeness(*args: Any, **kwargs: Any) -> Any:
            return self._once(module, args, kwargs, by_running)

        if rule is not None:
            return by_rule
        return by_likeness if self._likeness and module._modules else by_running

    def _begin(self, seen: Seen, module: nn.Module, args: tuple, kwargs: dict) -> None:
        if not seen.calls:
            seen.order = self._begun
            self._begun += 1
            # A detector's pictures are a list, so they have no dimension for the batch.
            seen.input = first_shape((args, kwargs), 3 if self._found else None)
        seen.calls += 1
        seen.running += 1
        self._stack.append(module)

    def _by_rule(self, rule: Rule, module: nn.Module, x: Any) -> Tensor | None:
        """The layer's output by its rule, its call noted; None if it has to run."""
        answered = rule(module, x) if type(x) is Tensor and x.is_floating_point() else None
        if answered is None:
            return None
        shape, macs = answered
        output = x if shape == tuple(x.shape) else self._shapes.empty(shape, x.dtype)
        seen = self.seen[module]
        if not seen.calls:
            seen.input, seen.output = tuple(x.shape[1:]), shape[1:]
            seen.order = self._begun
            self._begun += 1
        seen.calls += 1
        seen.macs += macs
        seen.bytes += output.numel() * output.element_size()
        self._macs += macs
        return output

    # --- modules that are built alike ---

    def _once(self, module: nn.Module, args: tuple, kwargs: dict, run: Any) -> Any:
        """Runs a module, or takes what one that is built alike did with such an input."""
        number = self._likeness.of[module]
        if self._likeness.times[number] < 2 and not self.seen[module].calls:
            return run(*args, **kwargs)
        try:
            key = number, form(args), form(kwargs)
        except Unlike:
            return run(*args, **kwargs)
        done = self._done.get(key)
        if done is not None and form(done.output) == done.form:
            self._repeat(module, done)
            return done.output
        below = [self.seen[one] for one in self._all_in(module)]
        before = [(seen.bytes, seen.macs, seen.calls) for seen in below]
        begun = self._begun
        output = run(*args, **kwargs)
        with suppress(Unlike):
            self._done[key] = _Done(output, form(output), tuple(
                (seen.input, seen.output, seen.order - begun, seen.bytes - bytes,
                 seen.macs - macs, seen.calls - calls, seen.read)
                for seen, (bytes, macs, calls) in zip(below, before, strict=True)
            ), self._begun - begun)
        return output

    def _repeat(self, module: nn.Module, done: _Done) -> None:
        fresh = not self.seen[module].calls
        for one, (input, output, order, bytes, macs, calls, read) in zip(
            self._all_in(module), done.added, strict=True
        ):
            seen = self.seen[one]
            if not seen.calls and calls:
                seen.input, seen.output, seen.order = input, output, self._begun + order
            seen.bytes += bytes
            seen.macs += macs
            seen.calls += calls
            seen.read |= read
        self._macs += done.added[0][4]
        self._begun += done.begun if fresh else 0

    def _all_in(self, module: nn.Module) -> list[nn.Module]:
        """`module.modules()`, remembered."""
        known = self._below.get(module)
        if known is None:
            below = [self._all_in(child) for child in module._modules.values()
                     if child is not None]
            known = list(dict.fromkeys([module, *(one for part in below for one in part)]))
            self._below[module] = known
        return known
