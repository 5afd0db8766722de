"""The learning rate of every step, as a pure function: drawn before a run, exact after a resume."""

import math

from core.recipe import ScheduleSpec

# Of torch.optim.lr_scheduler.OneCycleLR: rise for 30 % of the steps from 1/25 of the rate,
# then fall to 1/25/1e4 of it.
_RISE, _START, _END = 0.3, 1 / 25, 1 / 25e4


def factor(
    spec: ScheduleSpec, step: int, steps_per_epoch: int, epochs: int, drops: int = 0
) -> float:
    """What the base learning rate is multiplied by at one step.

    `cosine` and `step` are the closed forms of `CosineAnnealingLR` (per step, to zero at the
    end) and `StepLR`; `one_cycle` is `OneCycleLR` with its defaults. A warm-up rises linearly
    and the schedule runs over the steps after it.

    Args:
        step: 0 for the first update.
        steps_per_epoch: Updates in one epoch, at least 1.
        epochs: Epochs that the recipe asks for, at least 1.
        drops: How often a plateau was reached by now.

    Returns:
        Value in (0, 1], or 0 after the last step of a cosine.
    """
    total = steps_per_epoch * epochs
    warmup = min(round(spec.warmup_epochs * steps_per_epoch), total - 1)
    if step < warmup:
        return (step + 1) / (warmup + 1)
    done = (step - warmup) / max(total - warmup, 1)
    match spec.name:
        case "constant":
            return 1.0
        case "cosine":
            return (1 + math.cos(math.pi * min(done, 1.0))) / 2
        case "step":
            return spec.gamma ** ((step - warmup) // steps_per_epoch // spec.step_epochs)
        case "one_cycle":
            return _one_cycle(step - warmup, total - warmup)
        case "plateau":
            return spec.gamma**drops


def _one_cycle(step: int, total: int) -> float:
    peak = _RISE * total - 1
    if step <= peak:
        return _cosine_between(_START, 1.0, step / peak)
    return _cosine_between(1.0, _END, min((step - peak) / (total - 1 - peak), 1.0))


def _cosine_between(start: float, end: float, done: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * done)) / 2
