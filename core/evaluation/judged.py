"""What a checkpoint says of every image of a split: what all further judging starts from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from core.data import loader
from core.data.load import ImageData
from core.evaluation.held_out import held_out_images
from core.evaluation.model_of import LoadedModel, load_run_model
from core.messages import ThawError
from core.models.max_pooling import quick_max_pooling
from core.runs.folder import Run
from core.training import devices
from core.training.objective import logits_of, loss_of_logits, predicted, probabilities

Tell = Callable[[int, int], None]  # takes the images that are through, and all


@dataclass(frozen=True)
class Judged:
    """A checkpoint's answers.

    Attributes:
        classes: Names, in the order of the columns.
        places: [N], int64: each image's index in the data set.
        targets: [N], int64: the true classes.
        said: [N], int64: the likeliest class of each image.
        probabilities: [N, C], float32, each row sums to 1.
        loss: Mean cross entropy, binary for a head of one logit.
        split: "test", "val", or "folder" for images that were given.
        epoch: Of the checkpoint.
    """

    classes: tuple[str, ...]
    places: np.ndarray
    targets: np.ndarray
    said: np.ndarray
    probabilities: np.ndarray
    loss: float
    split: str
    epoch: int

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def confidence(self) -> np.ndarray:
        """[N], in [0, 1]: the probability of the class that is said."""
        return self.probabilities[np.arange(len(self)), self.said]

    @property
    def right(self) -> np.ndarray:
        """[N], bool: whether that class is the true one."""
        return self.said == self.targets


def judge(
    run: Run, checkpoint: str | int = "best", split: Literal["test", "val"] = "test",
    tell: Tell = lambda done, all: None,
) -> Judged:
    """The answers of a checkpoint for a split of the run's own data.

    Args:
        tell: As `logits_of_images` takes it.

    Raises:
        ThawError: If the checkpoint can't be loaded, its answers are not finite, or the data is
            not what the run had.
    """
    loaded = load_run_model(run, checkpoint)
    data, places = held_out_images(loaded, split)
    return judge_images(loaded, data, places, split, tell)


def judge_images(
    loaded: LoadedModel, data: ImageData, places: np.ndarray, split: str,
    tell: Tell = lambda done, all: None,
) -> Judged:
    """The answers for some images of a data set with the model's classes.

    Args:
        places: [N], int64 indices in the data set.
        split: What these images are called.
        tell: As `logits_of_images` takes it.

    Raises:
        ThawError: If an answer is not finite.
    """
    images = loader.PreparedImages(data, places, loaded.transforms)
    logits = logits_of_images(loaded, images, tell)
    return judged_of(loaded, logits, data, places, split)


@torch.no_grad()
def logits_of_images(
    loaded: LoadedModel, images: loader.PreparedImages, tell: Tell = lambda done, all: None
) -> Tensor:
    """What the model puts out for some images: float32 [N, C], or [N, 1], on the CPU.

    Args:
        tell: Called before the first batch and after each; what it raises ends the pass.
    """
    model = loaded.model
    batches = loader.evaluation_loader(
        images, loaded.transforms, batch_size=loaded.recipe.loader.batch_size
    )
    found: list[Tensor] = []
    through = 0
    tell(through, len(images))
    with devices.lent_to(model) as device, quick_max_pooling(model):
        for inputs, _ in batches:
            found.append(logits_of(model(inputs.to(device))).float().cpu())
            through += len(inputs)
            tell(through, len(images))
    return torch.cat(found)


def judged_of(
    loaded: LoadedModel, logits: Tensor, data: ImageData, places: np.ndarray, split: str
) -> Judged:
    """What outputs say of the images that they are for.

    Raises:
        ThawError: If one of them is not finite.
    """
    if not logits.isfinite().all():
        raise ThawError("runs.not_finite")
    targets = np.asarray(data.targets)[places]
    return Judged(
        loaded.classes, np.asarray(places), targets,
        predicted(logits).numpy(), probabilities(logits).numpy(),
        float(loss_of_logits(logits, torch.as_tensor(targets))), split, loaded.epoch,
    )
