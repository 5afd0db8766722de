"""Metrics of a checkpoint on images it was not trained on, by scikit-learn."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from core.data import loader
from core.evaluation.held_out import held_out_images
from core.evaluation.model_of import LoadedModel, load_run_model
from core.messages import ThawError
from core.runs.folder import Run
from core.training import devices
from core.training.objective import logits_of, loss_of_logits, predicted


@dataclass(frozen=True)
class ClassScore:
    """How one class was recognised; all but `support` in [0, 1]."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Evaluation:
    """Metrics of one checkpoint on one split.

    Attributes:
        accuracy: In [0, 1].
        loss: Mean cross entropy, binary for a head of one logit.
        samples: Number of images.
        confusion: [C, C]; row: the true class, column: the predicted one.
        epoch: Of the checkpoint.
    """

    split: str
    accuracy: float
    loss: float
    samples: int
    per_class: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    epoch: int


def evaluate(
    run: Run,
    checkpoint: str | int = "best",
    split: Literal["test", "val"] = "test",
) -> Evaluation:
    """Runs a checkpoint over a split of the run's own data.

    Raises:
        ThawError: If the checkpoint can't be loaded, or the data is not what the run had.
    """
    loaded = load_run_model(run, checkpoint)
    data, indices = held_out_images(loaded, split)
    images = loader.PreparedImages(data, indices, loaded.transforms)
    logits, targets = _predict_all(loaded, images, loaded.recipe.loader.batch_size)
    if not logits.isfinite().all():
        raise ThawError("runs.not_finite")
    return _scores(logits, targets, data.classes, split, loaded.epoch)


@torch.no_grad()
def _predict_all(
    loaded: LoadedModel, images: loader.PreparedImages, batch_size: int
) -> tuple[Tensor, Tensor]:
    """Logits [N, outputs] and targets [N] in the order of the split, on the CPU."""
    device = devices.choose_device("auto")
    model = loaded.model.to(device)
    batches = loader.evaluation_loader(images, loaded.transforms, batch_size=batch_size)
    found = [
        (logits_of(model(inputs.to(device))).float().cpu(), targets) for inputs, targets in batches
    ]
    logits, targets = zip(*found, strict=True)
    return torch.cat(logits), torch.cat(targets)


def _scores(
    logits: Tensor, targets: Tensor, classes: tuple[str, ...], split: str, epoch: int
) -> Evaluation:
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    true, said = targets.numpy(), predicted(logits).numpy()
    labels = np.arange(len(classes))
    columns = precision_recall_fscore_support(true, said, labels=labels, zero_division=0.0)
    return Evaluation(
        split=split,
        accuracy=float((true == said).mean()),
        loss=float(loss_of_logits(logits, targets)),
        samples=len(true),
        per_class=tuple(
            ClassScore(name, float(p), float(r), float(f), int(n))
            for name, p, r, f, n in zip(classes, *columns, strict=True)
        ),
        confusion=tuple(
            tuple(int(count) for count in row)
            for row in confusion_matrix(true, said, labels=labels)
        ),
        epoch=epoch,
    )
