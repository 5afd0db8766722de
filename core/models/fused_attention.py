"""Attention on the meta device as PyTorch's fused kernels keep it.

There `nn.MultiheadAttention` takes the plain path, whose N×N weights autograd would keep for
every head; on the CPU a fused kernel keeps its inputs, its output and a number a row instead (a
GPU has such kernels too). For `vit_h_14` at 518 pixels that is less than half.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


def use_fused_attention(model: nn.Module) -> None:
    """Gives each attention of a skeleton the forward pass of the fused kernel.

    For self-attention without mask and dropout, with the batch first: all that torchvision has.
    """
    for module in model.modules():
        if isinstance(module, nn.MultiheadAttention):
            module.forward = _fused(module)


def _fused(module: nn.MultiheadAttention) -> Callable[..., tuple[Tensor, None]]:
    """The operations of `functional.multi_head_attention_forward`, with their copies."""

    def forward(query: Tensor, *_: Any, **__: Any) -> tuple[Tensor, None]:
        rows = query.transpose(0, 1)
        length, batch, width = rows.shape
        heads = module.num_heads
        projected = functional.linear(rows, module.in_proj_weight, module.in_proj_bias)
        parts = projected.unflatten(-1, (3, width)).movedim(-2, 0).contiguous()
        split = (part.view(length, batch * heads, width // heads).transpose(0, 1)
                 .view(batch, heads, length, width // heads) for part in parts)
        # The kernel of the CPU, because it takes tensors on meta.
        mixed = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(*split)[0]
        mixed = mixed.permute(2, 0, 1, 3).contiguous().view(length * batch, width)
        out = functional.linear(mixed, module.out_proj.weight, module.out_proj.bias)
        return out.view(length, batch, width).transpose(1, 0), None

    return forward
