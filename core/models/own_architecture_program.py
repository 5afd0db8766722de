"""In the box: a user's own model, built and summarised.

First without storage and without arithmetic, as torchvision's models are. Where its code asks
for a number that is not there (`.item()`, a condition on a value) it is really built and run.
"""

import dataclasses
import inspect
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.parameter import is_lazy

from core.messages import ThawError
from core.models.own_architecture_forward import input_of, on_device, run_once, running, where
from core.models.summary import summarize_module
from core.models.summary_skeleton import NoStorage, to_meta
from core.sandbox.job import Reply
from core.sandbox.printed import Printed
from core.sandbox.typed_code import Source, said_by

_MODULE = "own_architecture"
_MAX_REPR = 60_000
_MAX_NAMES = 20


def answer(folder: Path, asked: dict[str, Any]) -> Reply:
    """The summary of the model in the code.

    Args:
        folder: Where the code lies.
        asked: `file`, `label` (what it is called), `name` (of the class or variable; "" for the
            only one), `arguments` and `keywords` (of the constructor), `inputs`: pairs of a
            shape without the batch and "float" or "int".

    Raises:
        ThawError: If the code is no Python, has no model, several or raises.
    """
    warnings.simplefilter("ignore")  # torch's about meta and lazy modules are ours to explain
    path = folder / asked["file"]
    source = Source(path.read_text(encoding="utf-8"), asked["label"], path)
    attempt = _Attempt(source, asked)
    try:
        return Reply({**attempt.summarised("meta"), "way": "meta", "why": ""})
    except _CodeError as error:
        without = error
    if without.certain:
        raise without.said
    if isinstance(sys.stdout, Printed):
        sys.stdout.clear()  # it prints everything once more
    try:
        return Reply({**attempt.summarised("cpu"), "way": "cpu", "why": without.why})
    except _CodeError as really:
        raise really.said from None
    except MemoryError:
        if "meta" in without.why.lower():
            raise
        raise without.said from None  # it is wrong whatever its size


@dataclass
class _CodeError(Exception):
    """An error of the user's code.

    Attributes:
        certain: Whether real numbers would change nothing.
    """

    said: ThawError
    why: str
    certain: bool = False


class _Attempt:
    """One way to the summary: on `meta` or really."""

    def __init__(self, source: Source, asked: dict[str, Any]) -> None:
        self._source, self._asked = source, asked

    def summarised(self, device: str) -> dict[str, Any]:
        """What the answer holds.

        Raises:
            _CodeError: If the user's code raises.
            ThawError: If there is no one model in it.
        """
        torch.manual_seed(0)
        storage = NoStorage() if device == "meta" else nullcontext()
        with self._blaming("the model was built"), storage:
            model = self._model().eval()
        with self._blaming("the model was summarised"):
            lazy = _lazy_modules(model)
            before = repr(model)[:_MAX_REPR] if lazy else ""
            if device == "meta":
                model = model.to("meta") if lazy else to_meta(model)
            inputs = [input_of(shape, kind, device) for shape, kind in self._asked["inputs"]]
            self._check_inputs(model, inputs)
            with on_device(device):
                if lazy:
                    self._forward(model, inputs, run_once)
                    _settle(model)
                summary = self._forward(model, inputs, summarize_module)
            told = dataclasses.asdict(summary)
            del told["new_head"]  # a user's model has none
            return {
                "summary": told,
                "lazy": [_became(model, name, was) for name, was in lazy.items()],
                "repr": repr(model)[:_MAX_REPR],
                "repr_before": before,
            }

    def _model(self) -> nn.Module:
        module = self._source.run(_MODULE)
        chosen = _choose(*_models(vars(module)), self._asked["name"])
        if isinstance(chosen, nn.Module):
            return chosen
        given, named = self._asked["arguments"], self._asked["keywords"]
        try:
            signature = inspect.signature(chosen)
            signature.bind(*given, **named)
        except TypeError as error:
            raise ThawError(
                "architecture.arguments", name=chosen.__name__, signature=str(signature)[:300],
                given=_call_text(given, named), why=said_by(error),
            ) from None
        except ValueError:  # no signature to be had
            pass
        return chosen(*given, **named)

    def _check_inputs(self, model: nn.Module, inputs: Sequence[Tensor]) -> None:
        try:
            signature = inspect.signature(model.forward)
            signature.bind(*inputs)
        except TypeError as error:
            raise ThawError(
                "architecture.forward_inputs", signature=str(signature)[:300],
                count=len(inputs), why=said_by(error),
            ) from None
        except ValueError:  # no signature to be had
            return

    def _forward(
        self, model: nn.Module, inputs: Sequence[Tensor], run: Callable[[Any, Any], Any]
    ) -> Any:
        """What `run` makes of the model; an error says in which of its modules."""
        with running() as stack:
            try:
                return run(model, inputs)
            except (ThawError, MemoryError):
                raise
            except BaseException as error:
                said = self._source.explained(error, "forward ran", where(model, stack))
                raise _CodeError(said, said_by(error)) from None

    @contextmanager
    def _blaming(self, doing: str) -> Iterator[None]:
        try:
            yield
        except (_CodeError, MemoryError):
            raise
        except ThawError as error:
            if not error.problem.id.startswith("code."):
                raise
            certain = error.problem.id in ("code.syntax", "code.exits")
            raise _CodeError(error, str(error.problem.values.get("why", "")), certain) from None
        except BaseException as error:
            raise _CodeError(self._source.explained(error, doing), said_by(error)) from None


# --- which model -----------------------------------------------------------------------------


def _models(names: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Models that the code made, and its classes of models, by name."""
    made: dict[str, Any] = {}
    for name, value in names.items():
        if isinstance(value, nn.Module) and all(value is not one for one in made.values()):
            made[name] = value
    classes = {
        name: value for name, value in names.items()
        if isinstance(value, type) and issubclass(value, nn.Module)
        and value.__module__ == _MODULE
    }
    return made, classes


def _choose(made: dict[str, Any], classes: dict[str, Any], wanted: str) -> Any:
    candidates = made or classes  # whoever made one means that one
    if not candidates:
        raise ThawError("architecture.none")
    known = {**classes, **made}
    names = ", ".join(list(known if wanted else candidates)[:_MAX_NAMES])
    if wanted:
        if wanted not in known:
            raise ThawError("architecture.unknown", name=wanted[:80], names=names)
        return known[wanted]
    if len(candidates) > 1:
        raise ThawError("architecture.which", names=names)
    return next(iter(candidates.values()))


def _call_text(given: Sequence[Any], named: dict[str, Any]) -> str:
    parts = [repr(value) for value in given] + [f"{key}={value!r}" for key, value in named.items()]
    return ", ".join(parts)[:200]


# --- lazy modules ----------------------------------------------------------------------------


def _lazy_modules(model: nn.Module) -> dict[str, str]:
    """What is still uninitialised, by name, as it prints."""
    return {
        name: repr(module) for name, module in model.named_modules()
        if isinstance(module, LazyModuleMixin) and module.has_uninitialized_params()
    }


def _settle(model: nn.Module) -> None:
    """Takes out what a forward left uninitialised: it holds no numbers that could be counted."""
    for module in model.modules():
        for kept in (module._parameters, module._buffers):
            for name, tensor in kept.items():
                if tensor is not None and is_lazy(tensor):
                    kept[name] = None


def _became(model: nn.Module, name: str, was: str) -> dict[str, Any]:
    module = model.get_submodule(name)
    return {
        "name": name,
        "before": was,
        "after": "" if isinstance(module, LazyModuleMixin) else repr(module),
        "params": sum(p.numel() for p in module.parameters()),
    }
