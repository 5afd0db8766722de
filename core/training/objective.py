"""What a model's outputs mean: the loss that they give, the classes and the probabilities.

With one output a class these are the softmax and cross entropy. One output alone is a logit:
its sigmoid is the probability of the second of two classes, and the loss is the binary cross
entropy. Training, validation, evaluation and prediction all ask here.
"""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

# Auxiliary classifiers of GoogLeNet (Szegedy et al. 2014) and Inception v3 (as in torchvision's
# reference training).
_AUX_WEIGHT = {"GoogLeNetOutputs": 0.3, "InceptionOutputs": 0.4}


def logits_of(outputs: Tensor | tuple) -> Tensor:
    """[B, C] or [B, 1] of the main classifier, also where auxiliary ones answer beside it."""
    return outputs if isinstance(outputs, Tensor) else outputs[0]


def loss_of(
    outputs: Tensor | tuple, targets: Tensor, label_smoothing: float,
    weight: Tensor | None = None,
) -> Tensor:
    """The mean loss, with the auxiliary classifiers' share where the model has them.

    Args:
        outputs: As the model in training mode returns them.
        targets: [B], int64 class indices, or [B, C], how much of each class a picture shows.
        label_smoothing: Share of each target that is spread evenly over all classes.
        weight: [C], how much an image of each class counts; None for all alike.
    """
    loss = loss_of_logits(
        logits_of(outputs), targets, label_smoothing=label_smoothing, weight=weight
    )
    if isinstance(outputs, Tensor):
        return loss
    share = _AUX_WEIGHT[type(outputs).__name__]
    for auxiliary in outputs[1:]:
        if auxiliary is not None:
            loss = loss + share * loss_of_logits(
                auxiliary, targets, label_smoothing=label_smoothing, weight=weight
            )
    return loss


def loss_of_logits(
    logits: Tensor, targets: Tensor, *, label_smoothing: float = 0.0,
    weight: Tensor | None = None, reduction: Literal["mean", "sum"] = "mean",
) -> Tensor:
    """Cross entropy of [B, C], binary cross entropy of [B, 1], in float32."""
    logits = logits.float()
    if not is_one_logit(logits):
        mean_of_some = weight is not None and targets.dim() == 1 and reduction == "mean"
        if mean_of_some and label_smoothing and logits.device.type != "cpu":
            # That mean looks for targets that are to be left out, and waits for the GPU.
            whole = functional.cross_entropy(
                logits, targets, weight, label_smoothing=label_smoothing, reduction="sum"
            )
            return whole / weight[targets].sum()
        return functional.cross_entropy(
            logits, targets, weight, label_smoothing=label_smoothing, reduction=reduction
        )
    # As cross entropy smooths: a share goes to both classes alike.
    second = (targets[:, 1] if targets.dim() == 2 else targets).to(logits.dtype)
    smoothed = second * (1 - label_smoothing) + label_smoothing / 2
    if weight is None:
        return functional.binary_cross_entropy_with_logits(
            logits[:, 0], smoothed, reduction=reduction
        )
    # As cross entropy of two outputs weights its terms, and divides: by the weights of the hard
    # targets, by the number of soft ones.
    sure = functional.logsigmoid
    terms = weight[1] * smoothed * sure(logits[:, 0]) + weight[0] * (1 - smoothed) * sure(
        -logits[:, 0]
    )
    if reduction == "sum":
        return -terms.sum()
    return -terms.sum() / (weight[targets].sum() if targets.dim() == 1 else len(targets))


def predicted(logits: Tensor) -> Tensor:
    """[B], int64: the likeliest class of each."""
    return (logits[:, 0] > 0).long() if is_one_logit(logits) else logits.argmax(1)


def probabilities(logits: Tensor) -> Tensor:
    """[B, C] in [0, 1], also where one logit stands for two classes."""
    if is_one_logit(logits):
        return torch.cat([(-logits).sigmoid(), logits.sigmoid()], 1)
    return logits.softmax(1)


def is_one_logit(logits: Tensor) -> bool:
    """Whether the outputs are one logit for two classes; one class would be nothing to learn."""
    return logits.shape[1] == 1
