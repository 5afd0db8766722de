"""The English sentence of every message id."""

from core.messages import (
    batches,
    child,
    collate,
    compare,
    consequences,
    data,
    embedding,
    experiment,
    explain,
    lab,
    loggers,
    lr_finder,
    models,
    prediction,
    prefetch,
    race,
    recipe,
    runs,
    sandbox,
    sweep,
    training,
    weights,
)
from core.messages.error import Problem

ENGLISH: dict[str, str] = {
    **recipe.SENTENCES,
    **models.SENTENCES,
    **data.SENTENCES,
    **batches.SENTENCES,
    **child.SENTENCES,
    **race.SENTENCES,
    **lab.SENTENCES,
    **collate.SENTENCES,
    **training.SENTENCES,
    **loggers.SENTENCES,
    **lr_finder.SENTENCES,
    **consequences.SENTENCES,
    **runs.SENTENCES,
    **weights.SENTENCES,
    **experiment.SENTENCES,
    **prediction.SENTENCES,
    **prefetch.SENTENCES,
    **sandbox.SENTENCES,
    **sweep.SENTENCES,
    **explain.SENTENCES,
    **compare.SENTENCES,
    **embedding.SENTENCES,
}


def sentence(problem: Problem, table: dict[str, str] = ENGLISH) -> str:
    """The problem in words: what was wrong, what came, what to do.

    Raises:
        KeyError: If the table has no such id, or the sentence names a value that is missing.
    """
    return table[problem.id].format(**problem.values)
