"""Going on with another batch size: an epoch under way keeps its order and goes on where it was.

The samples of an epoch come in one order, whatever the batch size is. Those that were seen stay
seen, the others come in batches of the new size: every sample comes once an epoch, and the sums
of the epoch go on. `step` counts real updates; the schedule goes by the epochs.
"""

from core.training.progress import Progress
from core.training.run_data import RunData


def go_on(progress: Progress, data: RunData, before: int) -> None:
    """Makes the batches of the epoch under way follow those that it has made.

    Args:
        progress: Of a checkpoint.
        data: With the batch size of now.
        before: The batch size that the checkpoint was made with.
    """
    new = progress.step_in_epoch - sum(steps for steps, _ in progress.earlier)
    if new and before != data.batch_size:
        progress.earlier += ((new, before),)
    if progress.earlier:
        data.earlier = {progress.epoch: progress.earlier}
        steps = len(data.places(progress.epoch))
        progress.extra_steps = steps - data.steps_per_epoch
