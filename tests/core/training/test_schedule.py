"""The schedule's closed forms against PyTorch's own schedulers."""

import pytest
import torch

from core.recipe import ScheduleSpec
from core.training.schedule import factor

STEPS, EPOCHS = 7, 12


def rates(make_scheduler) -> list[float]:
    """What a PyTorch scheduler sets, step by step, from a base rate of 1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make_scheduler(optimizer)
    found = []
    for _ in range(STEPS * EPOCHS):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def ours(**fields) -> list[float]:
    spec = ScheduleSpec(**fields)
    return [factor(spec, step, STEPS, EPOCHS) for step in range(STEPS * EPOCHS)]


def test_cosine():
    oracle = rates(lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, STEPS * EPOCHS))
    assert ours(name="cosine") == pytest.approx(oracle, abs=1e-12)


def test_step():
    oracle = rates(lambda o: torch.optim.lr_scheduler.StepLR(o, STEPS * 3, gamma=0.5))
    assert ours(name="step", step_epochs=3, gamma=0.5) == pytest.approx(oracle, abs=1e-12)


def test_one_cycle():
    oracle = rates(
        lambda o: torch.optim.lr_scheduler.OneCycleLR(o, max_lr=1.0, total_steps=STEPS * EPOCHS)
    )
    assert ours(name="one_cycle") == pytest.approx(oracle, abs=1e-9)


def test_constant():
    assert set(ours(name="constant")) == {1.0}


def test_warm_up_rises_evenly_and_then_the_schedule_begins():
    found = ours(name="constant", warmup_epochs=2)
    assert found[:14] == pytest.approx([(step + 1) / 15 for step in range(14)])
    assert set(found[14:]) == {1.0}


@pytest.mark.parametrize("name", ["constant", "cosine", "step", "one_cycle"])
@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("warmup", [0, 0.5, 5])
def test_the_shortest_runs_have_finite_rates(name, steps, warmup):
    spec = ScheduleSpec(name=name, warmup_epochs=warmup)
    for epochs in (1, 2):
        for step in range(steps * epochs):
            assert 0 < factor(spec, step, steps, epochs) <= 1
