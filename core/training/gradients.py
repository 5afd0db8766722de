"""How large gradients are, from those that the last step left behind."""

import torch
from torch import nn


def gradient_norms(model: nn.Module) -> dict[str, float]:
    """The norm of the last step's gradient, by parameter; one without a gradient is left out.

    Computed on the device and read once; to be called between an update and the next one's
    `zero_grad`.
    """
    gradients = {
        name: parameter.grad for name, parameter in model.named_parameters()
        if parameter.grad is not None
    }
    if not gradients:
        return {}
    norms = torch.stack([torch.linalg.vector_norm(one) for one in gradients.values()])
    return dict(zip(gradients, norms.tolist(), strict=True))
