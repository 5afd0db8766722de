"""Modules that give something else for a picture another time: what they gave can't be kept."""

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm, _NormBase
from torch.nn.modules.dropout import _DropoutNd
from torchvision.ops import StochasticDepth


def is_restless(module: nn.Module) -> bool:
    """Whether a module, in the mode that it is in, draws, keeps statistics or mixes pictures.

    A BatchNorm without running statistics takes those of the batch in eval mode too: what it gives
    for a picture depends on the others of the batch, and those are others in the next epoch. An
    InstanceNorm looks at each picture alone. Only the module itself counts, not what it holds.
    """
    if isinstance(module, _BatchNorm):
        return module.training or module.running_mean is None
    if not module.training:
        return False
    if isinstance(module, _NormBase):
        return module.track_running_stats
    if isinstance(module, _DropoutNd | StochasticDepth):
        return module.p > 0
    if isinstance(module, nn.MultiheadAttention | nn.RNNBase):
        return module.dropout > 0
    return isinstance(module, nn.RReLU)
