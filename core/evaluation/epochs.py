"""What the checkpoints of a run say of the same images, from the model it began with to its last.

Every image keeps its place over all epochs, so one can be followed: since when it is recognised,
and how often the answer for it changed on the way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from core.data.loader import PreparedImages
from core.evaluation.held_out import held_out_images
from core.evaluation.judged import Judged, judged_of, logits_of_images
from core.evaluation.model_of import LoadedModel, load_run_model
from core.evaluation.start_of_run import EPOCH as START
from core.evaluation.start_of_run import load_start
from core.messages import Problem, ThawError
from core.runs.checkpoints import list_checkpoints
from core.runs.folder import Run

MOST_IMAGES, MOST_EPOCHS = 1000, 60
Tell = Callable[[int, int], None]  # takes what is done, and all


@dataclass(frozen=True)
class EpochAnswers:
    """One checkpoint's answers, as little as has to be kept of many.

    Attributes:
        said: [N], int64: the likeliest class of each image.
        confidence: [N], float32: its probability.
        of_truth: [N], float32: the probability of the true class.
        accuracy: In [0, 1].
        loss: Mean cross entropy, binary for a head of one logit.
    """

    epoch: int
    said: np.ndarray
    confidence: np.ndarray
    of_truth: np.ndarray
    accuracy: float
    loss: float


@dataclass(frozen=True)
class Story:
    """The answers of several checkpoints for the same images.

    Attributes:
        classes: Names.
        places: [N], int64: each image's index in the run's data.
        targets: [N], int64: the true classes.
        answers: Of each checkpoint, by epoch; 0 is the model that the run began with.
        left_out: Epochs whose checkpoint could not be asked, each with the reason.
    """

    classes: tuple[str, ...]
    places: np.ndarray
    targets: np.ndarray
    answers: tuple[EpochAnswers, ...]
    left_out: tuple[tuple[int, Problem], ...] = ()

    @property
    def epochs(self) -> tuple[int, ...]:
        """Of the checkpoints, rising."""
        return tuple(one.epoch for one in self.answers)

    @property
    def said(self) -> np.ndarray:
        """[E, N], int64: the answers, an epoch a row."""
        return np.stack([one.said for one in self.answers])

    def without(self, left_out: Sequence[tuple[int, Problem]]) -> "Story":
        """The same without some epochs, each with the reason; at least one stays."""
        gone = {epoch for epoch, _ in left_out}
        return replace(
            self,
            answers=tuple(one for one in self.answers if one.epoch not in gone),
            left_out=(*self.left_out, *left_out),
        )


def kept_epochs(run: Run) -> tuple[int, ...]:
    """The whole epochs whose checkpoint is on disk, rising."""
    return tuple(file.epoch for file in list_checkpoints(run) if file.val_loss is not None)


def asked_epochs(run: Run, most: int = MOST_EPOCHS) -> tuple[int, ...]:
    """The start of the run, and its kept epochs, evenly thinned to so many in all."""
    return (START, *_spread(kept_epochs(run), most - 1))


def load_epoch(run: Run, epoch: int) -> LoadedModel:
    """The model after an epoch; for 0 that which the run began with.

    Raises:
        ThawError: If it can't be had.
    """
    if epoch == START:
        return load_start(run, next(iter(kept_epochs(run)), "last"))
    return load_run_model(run, epoch)


def through_epochs(
    run: Run,
    split: Literal["test", "val"] = "test",
    *,
    most_images: int = MOST_IMAGES,
    tell: Tell = lambda done, all: None,
) -> Story:
    """Asks checkpoint after checkpoint; one that can't be asked is left out with its reason.

    Args:
        most_images: Of a larger split so many, evenly spread over it.
        tell: Told after each checkpoint.

    Raises:
        ThawError: If none can be asked, or the data is not what the run had.
    """
    epochs = asked_epochs(run)
    answers: list[EpochAnswers] = []
    left_out: list[tuple[int, Problem]] = []
    data = images = places = None
    for done, epoch in enumerate(epochs):
        tell(done, len(epochs))
        try:
            loaded = load_epoch(run, epoch)
        except ThawError as error:
            left_out.append((epoch, error.problem))
            continue
        if images is None:
            data, places = held_out_images(loaded, split)
            places = np.array(_spread(places, most_images), dtype=np.int64)
            images = PreparedImages(data, places, loaded.transforms)
        try:
            judged = judged_of(loaded, logits_of_images(loaded, images), data, places, split)
        except ThawError as error:  # numbers that are not finite
            left_out.append((epoch, error.problem))
        else:
            answers.append(answers_of(judged))
    tell(len(epochs), len(epochs))
    if not answers:
        problem = left_out[0][1]
        raise ThawError(problem.id, **problem.values)
    return Story(
        tuple(data.classes), places, np.asarray(data.targets)[places], tuple(answers),
        tuple(left_out),
    )


def answers_of(judged: Judged) -> EpochAnswers:
    """What is kept of a checkpoint's answers."""
    of_truth = judged.probabilities[np.arange(len(judged)), judged.targets]
    return EpochAnswers(
        judged.epoch, judged.said, judged.confidence, of_truth, float(judged.right.mean()),
        judged.loss,
    )


def confusion(story: Story, at: int) -> np.ndarray:
    """[C, C] counts of one of the checkpoints; row: the true class, column: the predicted one."""
    counts = np.zeros((len(story.classes),) * 2, dtype=np.int64)
    np.add.at(counts, (story.targets, story.answers[at].said), 1)
    return counts


def turns(story: Story) -> np.ndarray:
    """[N]: how often the answer for each image changed from one checkpoint to the next."""
    said = story.said
    return (said[1:] != said[:-1]).sum(0)


def right_since(story: Story) -> np.ndarray:
    """[N]: the checkpoint from which on each image is recognised to the end; -1 if it is not."""
    right = story.said == story.targets
    last_wrong = np.where(~right, np.arange(len(right))[:, None], -1).max(0)
    return np.where(right[-1], last_wrong + 1, -1)


def telling_rows(story: Story, count: int) -> list[int]:
    """Rows of images worth following: in turns one recognised late, and one that changed often."""
    since, changed = right_since(story), turns(story)
    late = np.lexsort((-changed, -since))
    often = np.lexsort((-since, -changed))
    rows = dict.fromkeys(int(row) for pair in zip(late, often, strict=True) for row in pair)
    return list(rows)[:count]


def _spread(values: Sequence[int] | np.ndarray, most: int) -> list[int]:
    """At most so many of the values, the first and the last among them."""
    if len(values) <= most:
        return [int(value) for value in values]
    return [int(values[at]) for at in np.linspace(0, len(values) - 1, most).round().astype(int)]
