"""Histograms of what trains: its weights, and the gradients that the last step left behind."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

_VALUES = 4096  # of one tensor, evenly apart: the shape of a million weights, for a hundredth
_BINS = 40


def write(writer: SummaryWriter, model: nn.Module, epoch: int) -> None:
    """Writes a histogram for each parameter that trains and for its gradient, if it has one.

    All values come from the device in one transfer.
    """
    trained = [(name, one) for name, one in model.named_parameters() if one.requires_grad]
    tensors = {f"Weights/{name}": parameter.detach() for name, parameter in trained}
    tensors |= {f"Gradients/{name}": p.grad for name, p in trained if p.grad is not None}
    if not tensors:
        return
    samples = [_sample(tensor) for tensor in tensors.values()]
    values = torch.cat(samples).cpu().numpy()
    ends = np.cumsum([len(sample) for sample in samples])[:-1]
    for name, some in zip(tensors, np.split(values, ends), strict=True):
        some = some[np.isfinite(some)]
        if some.size:
            _write_one(writer, name, some, epoch)


def _sample(tensor: Tensor) -> Tensor:
    """At most `_VALUES` values of a tensor, float32, evenly apart."""
    flat = tensor.reshape(-1)
    return flat[:: -(-flat.numel() // _VALUES) or 1].float()


def _write_one(
    writer: SummaryWriter, name: str, values: NDArray[np.float32], epoch: int
) -> None:
    counts, edges = np.histogram(values, _BINS)
    writer.add_histogram_raw(
        name, min=float(values.min()), max=float(values.max()), num=values.size,
        sum=float(values.sum()), sum_squares=float(np.square(values).sum()),
        bucket_limits=edges[1:].tolist(), bucket_counts=counts.tolist(), global_step=epoch,
    )
