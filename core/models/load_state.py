"""Whether saved weights fit a model, told before anything is loaded.

`load_state_dict` writes up to 10,000 characters for one wrong layer, takes NaN, whole numbers and
complex ones without a word, and with `strict=False` loads nothing of a file that
`DataParallel` wrote and says that all is well.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.messages import ThawError

# What wrappers put before each name: `DataParallel` and DDP, `torch.compile`, averaged models.
_PREFIXES = ("module.", "_orig_mod.")
_NAMED = 3  # layers or stages in a sentence; more are counted


@dataclass(frozen=True)
class StateFit:
    """How saved weights and a model fit.

    Attributes:
        fitting: Tensors with the name and the shape of one of the model.
        all: Tensors that the model has.
        prefix: That every saved name began with, and that is taken off; "" for none.
        reshaped: Name, saved and needed shape of those that differ in shape alone.
        missing: Names that the model has and the file lacks.
        unexpected: Names that the file has and the model lacks.
        other_kind: Name of the first whose values are of another kind than the model's, and
            what it was saved as; None if there is none.
        not_finite: Names of those with values that are no finite numbers.
    """

    fitting: int
    all: int
    prefix: str
    reshaped: tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    other_kind: tuple[str, str] | None
    not_finite: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether all of it can be loaded."""
        wrong = (self.reshaped, self.missing, self.unexpected, self.other_kind, self.not_finite)
        return not any(wrong)

    @property
    def other_classes(self) -> tuple[str, int, int] | None:
        """The layer, its saved and its needed outputs, if the classes alone differ."""
        if not self.reshaped or self.missing or self.unexpected:
            return None
        if any(saved[1:] != needed[1:] for _, saved, needed in self.reshaped):
            return None
        if len({(saved[:1], needed[:1]) for _, saved, needed in self.reshaped}) > 1:
            return None
        name, saved, needed = self.reshaped[0]
        return name.rpartition(".")[0], saved[0], needed[0]


def without_prefix(state: Mapping[str, Tensor], own: Iterable[str]) -> tuple[str, dict]:
    """The prefix that wrappers left before every name, and the state without it."""
    names, prefix = list(state), ""
    own = list(own)
    while found := next(
        (one for one in _PREFIXES if names and all(name.startswith(one) for name in names)), ""
    ):
        if own and all(name.startswith(prefix + found) for name in own):
            break  # a model of whose names it is a part
        prefix += found
        names = [name.removeprefix(found) for name in names]
    return prefix, dict(zip(names, state.values(), strict=True))


def compared(own: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> StateFit:
    """How a saved state and a model's own fit; nothing is loaded."""
    prefix, state = without_prefix(state, own)
    both = [name for name in own if isinstance(state.get(name), Tensor)]
    reshaped = [name for name in both if state[name].shape != own[name].shape]
    kinds = ((name, _kind(state[name])) for name in both if not _alike(own[name], state[name]))
    other_kind = next(kinds, None)
    return StateFit(
        fitting=len(both) - len(reshaped), all=len(own), prefix=prefix,
        reshaped=tuple((name, tuple(state[name].shape), tuple(own[name].shape))
                       for name in reshaped),
        missing=tuple(name for name in own if name not in set(both)),
        unexpected=tuple(name for name in state if name not in own),
        other_kind=other_kind,
        not_finite=() if other_kind else tuple(
            name for name in both
            if state[name].is_floating_point() and not state[name].isfinite().all()
        ),
    )


def fit_state(model: nn.Module, state: Mapping[str, Tensor], name: str) -> StateFit:
    """Loads a state dict, or says in one sentence why it is not this model's.

    Raises:
        ThawError: If names, shapes or kinds of values differ, or a value is no finite number;
            nothing is loaded then.
    """
    own = model.state_dict()
    fit = compared(own, state)
    _refuse(fit, name, own)
    whole = OrderedDict(without_prefix(state, own)[1])
    whole._metadata = own._metadata  # MNASNet refuses a state that does not say its version
    model.load_state_dict(whole)
    return fit


def _refuse(fit: StateFit, name: str, own: Mapping[str, Tensor]) -> None:
    counts = {"fitting": fit.fitting, "all": fit.all}
    if fit.missing or fit.unexpected:
        raise ThawError("runs.other_model", model=name, names=names_told(fit), **counts)
    if found := fit.other_classes:
        layer, saved, needed = found
        raise ThawError("runs.other_classes", layer=layer, saved=saved, needed=needed, **counts)
    if fit.reshaped:
        layer, saved, needed = fit.reshaped[0]
        more = len(fit.reshaped) - 1
        raise ThawError(
            "runs.other_shape", model=name, layer=layer, saved=_shape(saved),
            needed=_shape(needed), more=f" ({more} more differ too)" if more else "", **counts,
        )
    if fit.other_kind:
        layer, kind = fit.other_kind
        raise ThawError("weights.other_kind", layer=layer, saved=kind, needed=_kind(own[layer]))
    if fit.not_finite:
        raise ThawError(
            "weights.not_finite", layers=_some(fit.not_finite), count=len(fit.not_finite),
            all=fit.all,
        )


def names_told(fit: StateFit) -> str:
    """What is missing and what is too much, by stage: "; missing: layer4 (12), fc (2)"."""
    parts = []
    for words, names in (("missing", fit.missing), ("not of this model", fit.unexpected)):
        if names:
            stages = Counter(str(name).partition(".")[0] for name in names)
            told = [f"{stage[:40]} ({count})" for stage, count in stages.items()]
            parts.append(f"{words}: {_some(told)}")
    return "; ".join(parts)


def _some(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _alike(own: Tensor, saved: Tensor) -> bool:
    """Whether the values mean the same: a half is a float, a whole or a complex number is not."""
    if saved.layout != torch.strided or saved.is_meta:
        return False
    return (
        own.is_floating_point() == saved.is_floating_point()
        and own.is_complex() == saved.is_complex()
    )


def _kind(tensor: Tensor) -> str:
    if tensor.is_meta:
        return "a shape without values"
    if tensor.layout != torch.strided:
        return "a sparse tensor"
    return str(tensor.dtype).removeprefix("torch.")


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "one number"
