"""How long a run still takes, from how long its parts took."""

from dataclasses import dataclass, field
from statistics import median

_RECENT = 200  # steps; a laptop that grows hot slows down


@dataclass
class Pace:
    """Seconds of steps and of epoch ends, of this attempt.

    The first step of an attempt is left out: it pays for allocation and kernel choice.
    """

    _steps: list[float] = field(default_factory=list)
    _ends: list[float] = field(default_factory=list)

    def step_took(self, seconds: float) -> None:
        """Adds one step."""
        self._steps.append(seconds)
        if len(self._steps) > _RECENT:
            del self._steps[0]

    def epoch_end_took(self, seconds: float) -> None:
        """Adds the validation and checkpoint of one epoch."""
        self._ends.append(seconds)

    def remaining(self, steps: int, epoch_ends: int) -> float | None:
        """Seconds for that many steps and epoch ends, or None before there is anything to go by.

        The mean of the steps, for slow ones are part of the way; the median of the ends.
        """
        steps_known = self._steps[1:]
        if not steps_known:
            return None
        end = median(self._ends) if self._ends else 0.0
        return sum(steps_known) / len(steps_known) * steps + end * epoch_ends
