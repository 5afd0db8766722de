"""Whether what the frozen part computes is kept from one epoch to the next, and why not.

Said before a run from counts alone; the run itself cuts the model (`core.training.boundary`).
"""

from dataclasses import dataclass

from core.messages import Problem
from core.models.backward_reach import BackwardReach


@dataclass(frozen=True)
class FeatureReuse:
    """The answer.

    Attributes:
        is_possible: Whether the same features would come in every epoch.
        why: The reason, either way.
        bytes: Of the features of one picture in float32; 0 where they can't be kept.
        saved: Share of a step's multiply-adds that would no longer be made, in [0, 1].
    """

    is_possible: bool
    why: Problem
    bytes: int = 0
    saved: float = 0.0


def feature_reuse(
    reach: BackwardReach, *, augment: str, frozen_modules: str, draws: int = 0,
    opens: int | None = None,
) -> FeatureReuse:
    """Whether the frozen part gives the same for a picture in every epoch.

    Args:
        reach: Of the plan.
        augment: Of the recipe's transform; "none" shows the same pictures in every epoch.
        draws: Epochs after which an augmentation repeats; 0: never.
        frozen_modules: Of the plan: "eval", or "train" where they are left in train mode.
        opens: The first epoch that opens a frozen stage; None where none does.
    """
    if not reach.boundary:
        return FeatureReuse(False, Problem("features.nothing_trains"))
    frozen = sum(work.forward for work in reach.work.values() if not work.backward)
    if not frozen:
        why = Problem("features.nothing_frozen", {"boundary": reach.boundary})
        return FeatureReuse(False, why)
    if frozen_modules == "train" and reach.before < frozen:
        return FeatureReuse(False, Problem("features.drifts"))
    if not reach.before:
        why = Problem("features.nothing_frozen", {"boundary": reach.boundary})
        return FeatureReuse(False, why)
    if augment != "none" and not draws:
        return FeatureReuse(False, Problem("features.augmented"))
    total = reach.total
    saved = reach.before / (total.forward + total.backward)
    until = "features.possible" if opens is None else "features.opened"
    why = Problem(until, {
        **({} if opens is None else {"epoch": opens}),
        "boundary": reach.boundary, "size": f"{reach.feature_bytes / 1000:,.3g} kB",
        # The head is always left to compute, however little that is.
        "share": "over 99.9 %" if saved > 0.999 else f"{100 * saved:.3g} %",
    })
    return FeatureReuse(True, why, reach.feature_bytes, saved)
