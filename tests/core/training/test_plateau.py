"""The plateau against PyTorch's own scheduler."""

import random

import pytest
import torch

from core.recipe import ScheduleSpec
from core.training.plateau import Plateau
from core.training.progress import Progress
from core.training.schedule import factor


@pytest.mark.parametrize("seed", range(1, 6))
def test_it_drops_when_reduce_lr_on_plateau_does(seed):
    rng = random.Random(seed)
    spec = ScheduleSpec(name="plateau", gamma=0.5, plateau_epochs=seed)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    oracle = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=seed)
    found, loss = Plateau(), 2.0
    for _ in range(60):
        loss *= rng.choice([0.97, 1.0, 0.99995, 1.02])
        oracle.step(loss)
        found = found.after(loss, spec)
        assert factor(spec, 7, 5, 10, found.drops) == optimizer.param_groups[0]["lr"]
    assert found.drops > 1


def test_another_schedule_never_drops_and_it_survives_a_checkpoint():
    assert Plateau().after(1.0, ScheduleSpec(name="cosine")) == Plateau()
    progress = Progress(plateau=Plateau(0.5, 2, 3))
    assert Progress.from_state_dict(progress.state_dict()) == progress
    old = progress.state_dict()
    del old["plateau"]  # of a run from before there were plateaus
    assert Progress.from_state_dict(old).plateau == Plateau()
