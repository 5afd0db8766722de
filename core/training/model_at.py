"""A run's model as its recipe asks for it, at a checkpoint if there is one, on its device."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from core.models.build import build_model
from core.models.load_state import fit_state
from core.recipe import Recipe
from core.training import devices
from core.training.averaging import WeightAverage, raw_state_of
from core.training.follower import Follower
from core.training.ranks import Ranks
from core.training.report import RunReport


def model_at(
    recipe: Recipe, outputs: int, found: Mapping[str, Any] | None,
    report: RunReport | Follower,
) -> nn.Module:
    """The recipe's model with its weights, or with those of the checkpoint that was found."""
    model = build_model(
        recipe.model.name,
        recipe.model.weights,
        num_classes=outputs,
        new_head=recipe.head,
        seed=recipe.train.seed,
        # A resumed run has its weights in the checkpoint: no download, no network.
        from_scratch=found is not None or recipe.freeze.preset == "from_scratch",
        progress=report.bytes_came,
    ).model
    if found:
        fit_state(model, raw_state_of(found), recipe.model.name)
    return model


def on_device(
    model: nn.Module, recipe: Recipe, device: torch.device, ranks: Ranks
) -> nn.Module:
    """The model where it trains, the same in all processes; frozen as it is to be by then."""
    layout = devices.memory_format_on(device, recipe.train.memory_format)
    ranks.share_model(model)
    model.to(device, memory_format=layout)
    devices.allow_tf32(device)
    if ranks.size > 1 and recipe.train.sync_batchnorm:
        return nn.SyncBatchNorm.convert_sync_batchnorm(model)
    return model


def average_at(
    recipe: Recipe, model: nn.Module, found: Mapping[str, Any] | None
) -> WeightAverage | None:
    """The average of what trains by now, at the checkpoint that was found."""
    if recipe.train.ema is None:
        return None
    average = WeightAverage(model, recipe.train.ema)
    if found:
        average.load_state_dict(found["model_state_dict"])
    return average
