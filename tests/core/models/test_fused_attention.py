"""Attention as the fused kernels keep it, against what autograd really keeps on the CPU."""

import pytest
import torch
from torch import nn
from torchvision.models import get_model

from core.models import memory
from core.models.fused_attention import use_fused_attention
from core.models.summary import summarize


def kept_bytes(model: nn.Module, *inputs: torch.Tensor, **options: bool) -> int:
    own = {p.untyped_storage().data_ptr() for p in model.parameters()}
    kept = {}

    def pack(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        output = model(*inputs, **options)
    found = sum(storage.nbytes() for pointer, storage in kept.items() if pointer not in own)
    del output
    return found


def test_it_computes_and_keeps_what_pytorch_does():
    torch.manual_seed(0)
    plain = nn.MultiheadAttention(32, 4, batch_first=True)
    nn.init.normal_(plain.in_proj_bias)
    tokens = torch.randn(2, 50, 32)
    expected, _ = plain(tokens, tokens, tokens, need_weights=False)
    kept = kept_bytes(plain, tokens, tokens, tokens, need_weights=False)
    use_fused_attention(plain)
    torch.testing.assert_close(plain(tokens)[0], expected)
    assert kept_bytes(plain, tokens) == kept


def test_a_vision_transformer_keeps_on_the_cpu_what_is_stated():
    real = kept_bytes(get_model("vit_b_32").train(), torch.zeros(2, 3, 224, 224))
    step = memory.training_memory(summarize("vit_b_32", "none"), None, (), "adamw", 2)
    assert step.activations == pytest.approx(real, rel=0.01)
