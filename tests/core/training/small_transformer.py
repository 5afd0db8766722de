"""`python -m core` where `vit_b_32` has two narrow layers, for processes that torchrun starts.

With `THAW_TEST_PLANTED` a layer of the second process's model gives infinity from step 3 on.
"""

import os
import sys

from torch import nn
from torchvision.models import vision_transformer

from core.__main__ import main

PLANTED, STEP = "encoder.layers.encoder_layer_1.ln_2", 3
_real = vision_transformer._vision_transformer


def _small(patch_size, num_layers, num_heads, hidden_dim, mlp_dim, weights, progress, **more):
    model = _real(patch_size, 2, 2, 32, 64, weights, progress, **more)
    if "THAW_TEST_PLANTED" in os.environ and os.environ.get("RANK") == "1":
        _plant(model.get_submodule(PLANTED))
    return model


def _plant(layer: nn.Module) -> None:
    steps = 0

    def spoil(module, given, output):
        nonlocal steps
        steps += module.training
        return output + float("inf") if module.training and steps >= STEP else output

    layer.register_forward_hook(spoil)


if __name__ == "__main__":
    vision_transformer._vision_transformer = _small
    sys.exit(main())
