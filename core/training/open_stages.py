"""Opening stages of a run that has stopped: what there is to open, and what that would change."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core import portable
from core.models import catalogue
from core.models.heads import head_paths
from core.runs.folder import Run
from core.runs.metrics import read_records, valid_records
from core.training import stage_plan
from core.training.stage_plan import StagePlan

Groups = list[dict[str, Any]]  # name, params and lr of each group of the optimiser


@dataclass(frozen=True)
class OpenStages:
    """A run as it would go on now.

    Attributes:
        model: Its name.
        epoch: The one that it goes on with, or in.
        stages: All of the model from the input to the head, as the newest attempt has them.
        groups: Of the optimiser now, in the order in which they were opened.
    """

    model: str
    epoch: int
    stages: tuple[StagePlan, ...]
    groups: Groups

    @property
    def closed(self) -> tuple[StagePlan, ...]:
        """What can be opened, the stage nearest to the head first."""
        return tuple(stage for stage in reversed(self.stages) if stage.is_closed(self.epoch))

    def groups_with(self, opened: Sequence[str]) -> Groups:
        """The optimiser's groups once these stages are open.

        Raises:
            ThawError: If one is no stage, or trains already.
        """
        stage_plan.refuse_open(opened, self.stages, self.epoch, self.model)
        return self.groups + [
            {"name": stage.name, "params": stage.openable, "lr": stage.lr}
            for stage in self.closed if stage.name in opened
        ]


def open_stages(run: Run) -> OpenStages:
    """What a run could open now. Loads torch.

    Raises:
        ThawError: If its recipe can't be read.
    """
    from core.models.freezing import rows_of
    from core.models.summary_skeleton import build_skeleton

    recipe = run.present_recipe()
    name, weights = recipe.model.name, recipe.model.weights
    # Two outputs stand for as many as the data has: new layers train from the start.
    model = build_skeleton(name, catalogue.find_weights(name, weights), 2, recipe.head)
    stages = stage_plan.plan_stages(
        rows_of(model), recipe, head_paths(name, weights, recipe.head)
    )
    return OpenStages(name, _next_epoch(run), stages, _groups(run))


def _next_epoch(run: Run) -> int:
    step = (portable.read_json(run.path / "checkpoints" / "latest.json") or {}).get("step", 0)
    per_epoch = max((run.state() or {}).get("steps_per_epoch", 1), 1)
    attempts = run.attempts()
    newest = attempts[max(attempts)] if attempts else {}
    if step < (ends := newest.get("epoch_ends", 0)):
        return max(newest["first_epoch"], 1)
    first = max(newest.get("first_epoch", 0), 1)
    # An attempt of before it was said: its batches all had one size.
    return first + 1 + (step - ends) // per_epoch if ends else 1 + step // per_epoch


def _groups(run: Run) -> Groups:
    """As the newest attempt began with them, and what was opened since."""
    attempts = run.attempts()
    if not attempts:
        return []
    newest = max(attempts)
    groups = attempts[newest].get("groups", [])
    for record in valid_records(read_records(run.path / "metrics.jsonl"), attempts):
        if record["kind"] == "mark" and record["attempt"] == newest:
            groups = record["values"].get("after", groups)
    return groups
