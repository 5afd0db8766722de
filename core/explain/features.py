"""What a model hands to its head: the features of many images, as rows of numbers."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from core.data import loader
from core.data.load import ImageData
from core.evaluation.model_of import LoadedModel
from core.messages import ThawError
from core.models.heads import head_paths
from core.training import devices
from core.training.objective import logits_of, predicted, probabilities

Tell = Callable[[int, int], None]  # takes the images that are through, and all


@dataclass(frozen=True)
class Features:
    """Features and answers of a model, a row an image.

    Attributes:
        values: [N, D], float32.
        said: [N], int64: the likeliest class.
        confidence: [N], float32, in [0, 1]: its probability.
    """

    values: np.ndarray
    said: np.ndarray
    confidence: np.ndarray


def features_of(
    loaded: LoadedModel, data: ImageData, places: np.ndarray, tell: Tell
) -> Features:
    """One pass over some images in eval mode, in batches; the model keeps no hook.

    Args:
        places: [N], int64 indices in the data set.
        tell: Called after each batch; what it raises ends the pass.

    Raises:
        ThawError: If a feature or an answer is no finite number.
    """
    recipe = loaded.recipe
    images = loader.PreparedImages(data, places, loaded.transforms)
    batches = loader.evaluation_loader(
        images, loaded.transforms, batch_size=recipe.loader.batch_size
    )
    model = loaded.model
    head = head_paths(recipe.model.name, recipe.model.weights, recipe.head)
    rows, logits, through = [], [], 0
    with devices.lent_to(model) as device:
        for inputs, _ in batches:
            with into_head(model, head) as seen, torch.no_grad():
                logits.append(logits_of(model(inputs.to(device))).float().cpu())
            rows.append(seen[0].cpu())
            through += len(inputs)
            tell(through, len(images))
    values, answers = torch.cat(rows), torch.cat(logits)
    if not (values.isfinite().all() and answers.isfinite().all()):
        raise ThawError("runs.not_finite")
    return Features(
        values.numpy(), predicted(answers).numpy(), probabilities(answers).amax(1).numpy()
    )


@contextmanager
def into_head(model: nn.Module, head: Sequence[str]) -> Iterator[list[Tensor]]:
    """Keeps what the first layer of the head is given in a pass, as [B, D], float32.

    That is what the backbone makes of the pictures, also where the head has hidden layers. Where
    a convolution is the head (squeezenet) it is the mean over the places of its maps, as the
    prediction is the mean over its outputs.

    Args:
        head: Names of the head's layers, in any order; the model may lack auxiliary ones.
    """
    seen: list[Tensor] = []

    def keep(_module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if not seen:
            given = inputs[0].detach().float()
            rows = given.mean((2, 3)) if given.dim() == 4 else given.flatten(1)
            seen.append(rows.clone())  # what follows may overwrite it in place

    modules = dict(model.named_modules())
    handles = [modules[name].register_forward_pre_hook(keep) for name in head if name in modules]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()
