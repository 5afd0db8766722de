"""Opening frozen stages while a run is under way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn
from torch.optim import Optimizer

from core.training.optimisation import group_figures, group_of

_NAMED = 2  # stages in a label; more are counted


@dataclass(frozen=True)
class Opening:
    """What happened when stages were opened.

    Attributes:
        stages: Those that were opened together, the one nearest to the head first.
        before: The optimiser's groups until then, as `group_figures` gives them.
        after: The groups from then on.
    """

    stages: tuple[str, ...]
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]

    @property
    def label(self) -> str:
        """What a chart says of it, in few letters."""
        if len(self.stages) > _NAMED:
            return f"{len(self.stages)} stages open"
        return f"{', '.join(self.stages)} {'open' if len(self.stages) > 1 else 'opens'}"


class Unfreezing:
    """The stages of a model that a run opens, each in its epoch.

    Args:
        model: Frozen as it is in the run so far.
        epochs: The epoch that opens each stage.
        names: Of the parameters that train in each of these stages once it is open.
        rates: The learning rate of every stage, from the input to the head.
    """

    def __init__(
        self,
        model: nn.Module,
        epochs: Mapping[str, int],
        names: Mapping[str, Iterable[str]],
        rates: Mapping[str, float],
    ) -> None:
        self._model, self._epochs, self._rates = model, epochs, rates
        self._names = {stage: frozenset(inside) for stage, inside in names.items()}

    def open_due(self, optimizer: Optimizer, epoch: int) -> Opening | None:
        """Opens what has to train in an epoch and does not yet; None where there is nothing.

        Each stage becomes a new group of the optimiser, so what the other groups remember
        (momentum) stays. Changes the model and the optimiser in place.
        """
        due = {stage: self._closed(stage) for stage in reversed(list(self._rates))
               if self._epochs.get(stage, epoch + 1) <= epoch}
        due = {stage: closed for stage, closed in due.items() if closed}
        if not due:
            return None
        before = group_figures(optimizer)
        for stage, closed in due.items():
            for _, parameter in closed:
                parameter.requires_grad_(True)
            optimizer.add_param_group(group_of(stage, closed, self._rates[stage]))
        return Opening(tuple(due), before, group_figures(optimizer))

    def _closed(self, stage: str) -> list[tuple[str, nn.Parameter]]:
        return [
            (name, parameter) for name, parameter in self._model.named_parameters()
            if name in self._names[stage] and not parameter.requires_grad
        ]

