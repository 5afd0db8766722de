"""What autograd keeps of a forward pass for the backward pass, with nothing allocated."""

from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

# Inputs that are run at once. The bytes of what grows with them are a multiple of this prime
# number; those of a weight, or of the statistics of a batch, are not.
BATCH = 127


@dataclass(frozen=True)
class Kept:
    """Bytes: a storage that is shared counts once, the model's own weights not at all.

    Attributes:
        activations: Of each input.
        once: Of a batch of any size: what each BatchNorm took of it, tables of positions.
        copies: The same, and weights, in the type that autocast computes in.
    """

    activations: int
    once: int
    copies: int


def kept_of(model: nn.Module, inputs: tuple[Tensor, ...], *, half: bool) -> Kept:
    """What a model keeps, with its `requires_grad` and its modes.

    Args:
        model: On the meta device; with `half` it is of no use afterwards.
        inputs: `BATCH` of them, there too.
        half: Under autocast to a type of 16 bits. That is the CPU's, which needs no GPU to be
            awake: CUDA's keeps as much of most models, and up to an eighth more of those that
            it computes softmax or LayerNorm of in float32 (swin, convnext, maxvit).

    Raises:
        RuntimeError: If the model can't take such inputs.
    """
    # A tensor on meta has no device whose autocast could be asked: one that poses as the CPU's has.
    with FakeTensorMode(allow_non_fake_inputs=True) if half else nullcontext():
        if half:
            model.to_empty(device="cpu")
            inputs = tuple(torch.empty(one.shape) for one in inputs)
        own = {id(tensor) for tensor in [*model.parameters(), *model.buffers()]}
        kept: dict[int, tuple[torch.UntypedStorage, torch.dtype]] = {}

        def pack(tensor: Tensor) -> Tensor:
            storage = tensor.untyped_storage()
            if id(tensor) not in own and not isinstance(tensor, nn.Parameter):
                kept[storage._cdata] = storage, tensor.dtype
            return tensor

        with (
            torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor),
            torch.autocast("cpu", dtype=torch.bfloat16, enabled=half),
        ):
            outputs = model(*inputs)
        for tensor in [*model.parameters(), *model.buffers()]:
            kept.pop(tensor.untyped_storage()._cdata, None)
        del outputs
        return _sorted([(storage.nbytes(), dtype) for storage, dtype in kept.values()])


def _sorted(sizes: list[tuple[int, torch.dtype]]) -> Kept:
    activations = sum(size for size, _ in sizes if size % BATCH == 0)
    once = [(size, dtype) for size, dtype in sizes if size % BATCH]
    copies = sum(size for size, dtype in once if dtype == torch.bfloat16)
    return Kept(activations // BATCH, sum(size for size, _ in once) - copies, copies)
