"""Where a run is, in plain numbers."""

from dataclasses import dataclass, field

from core.training.early_stopping import EarlyStopping
from core.training.plateau import Plateau


@dataclass
class Progress:
    """Where a run is: everything that resuming needs beside the model and the optimiser.

    Attributes:
        epoch: The epoch under way, from 1; 0 before the first step.
        step: Updates made.
        step_in_epoch: Updates made in this epoch.
        loss_sum: Of this epoch, over samples.
        correct: Of this epoch, samples whose largest logit was the target.
        seen: Samples of this epoch.
        recorded: loss_sum, correct and seen at the last step record of this epoch.
        samples: Samples seen since the run began.
        seconds: Of work since the run began, over all attempts.
        earlier: Batches of this epoch from before the batch size was changed, as (steps, size).
        extra_steps: By which this epoch is longer than others for that reason; often negative.
    """

    epoch: int = 0
    step: int = 0
    step_in_epoch: int = 0
    loss_sum: float = 0.0
    correct: int = 0
    seen: int = 0
    recorded: tuple[float, int, int] = (0.0, 0, 0)
    samples: int = 0
    seconds: float = 0.0
    earlier: tuple[tuple[int, int], ...] = ()
    extra_steps: int = 0
    early_stopping: EarlyStopping = field(default_factory=EarlyStopping)
    plateau: Plateau = field(default_factory=Plateau)

    def begin_epoch(self, epoch: int) -> None:
        """Sets the epoch's own counters to zero."""
        self.epoch, self.step_in_epoch = epoch, 0
        self.loss_sum, self.correct, self.seen, self.recorded = 0.0, 0, 0, (0.0, 0, 0)
        self.earlier, self.extra_steps = (), 0

    def place(self, steps_per_epoch: int) -> int:
        """Where the schedule is, in steps of the present batch size; `step` counts real updates.

        They differ only after the batch size was changed.
        """
        return (self.epoch - 1) * steps_per_epoch + self.step_in_epoch - self.extra_steps

    def steps_left(self, steps_per_epoch: int) -> int:
        """Updates that the epoch under way still needs."""
        return steps_per_epoch + self.extra_steps - self.step_in_epoch

    def state_dict(self) -> dict:
        """Plain numbers, as a checkpoint keeps them."""
        state = dict(
            vars(self), recorded=list(self.recorded), earlier=[list(one) for one in self.earlier]
        )
        return {
            **state, "early_stopping": self.early_stopping.state_dict(),
            "plateau": vars(self.plateau),
        }

    @classmethod
    def from_state_dict(cls, state: dict) -> "Progress":
        """The value that `state_dict` was taken of."""
        stopping = EarlyStopping.from_state_dict(state["early_stopping"])
        plateau = Plateau(**state.get("plateau", {}))  # a run from before there were plateaus
        return cls(**{
            **state, "recorded": tuple(state["recorded"]),
            "earlier": tuple(map(tuple, state.get("earlier", ()))), "early_stopping": stopping,
            "plateau": plateau,
        })
