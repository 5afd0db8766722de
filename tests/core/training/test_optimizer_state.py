"""A saved optimiser state goes into its own kind of optimiser alone."""

import pytest
import torch
from torch import nn

from core.messages import ThawError
from core.training import optimizer_state
from core.training.optimizer_table import OPTIMIZERS


def stepped(cls: str, width: int = 3, layers: int = 2) -> torch.optim.Optimizer:
    model = nn.Sequential(*(nn.Linear(width, width) for _ in range(layers)))
    optimizer = getattr(torch.optim, cls)(model.named_parameters(), lr=1e-3)
    model(torch.ones(2, width)).sum().backward()
    optimizer.step()
    return optimizer


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_kind_takes_its_own_and_refuses_all_others(name: str) -> None:
    own = stepped(OPTIMIZERS[name].cls)
    optimizer_state.check(own, stepped(OPTIMIZERS[name].cls).state_dict())
    for other in set(OPTIMIZERS) - {name}:
        with pytest.raises(ThawError) as caught:
            optimizer_state.check(own, stepped(OPTIMIZERS[other].cls).state_dict())
        assert caught.value.problem.id == "weights.other_optimizer", (name, other)


def test_options_of_one_kind_may_differ() -> None:
    fused = torch.optim.AdamW(nn.Linear(2, 2).parameters(), lr=0.5, fused=True, weight_decay=0.3)
    plain = torch.optim.AdamW(nn.Linear(2, 2).parameters(), foreach=False)
    optimizer_state.check(plain, fused.state_dict())


def test_averages_of_other_shapes_and_other_counts_are_refused() -> None:
    with pytest.raises(ThawError, match="the shape 4×4 for a parameter of 3×3"):
        optimizer_state.check(stepped("AdamW"), stepped("AdamW", width=4).state_dict())
    with pytest.raises(ThawError, match="of 6 parameters, and 4 train here"):
        optimizer_state.check(stepped("AdamW"), stepped("AdamW", layers=3).state_dict())


def test_it_is_loaded_with_the_kernels_of_the_device_that_it_goes_on_on() -> None:
    """ASGD's of a GPU (`capturable`) would end the first step on a CPU."""
    saved = stepped("ASGD").state_dict()
    for group in saved["param_groups"]:
        group["capturable"] = True
    own = stepped("ASGD")
    optimizer_state.check(own, saved)
    optimizer_state.load(own, saved)
    own.step()
    assert all(group["capturable"] for group in saved["param_groups"])  # not changed


def test_what_is_kept_lies_in_memory_as_its_parameter_does() -> None:
    """A fused kernel would take the averages of a GPU in another order: no error, other numbers."""
    def step(layout: torch.memory_format, state: dict | None) -> tuple[nn.Module, dict]:
        torch.manual_seed(0)
        model = nn.Conv2d(3, 4, 3).to(memory_format=layout)
        optimizer = torch.optim.AdamW(model.named_parameters(), lr=0.1, fused=True)
        if state:
            optimizer_state.load(optimizer, state)
        model(torch.arange(2 * 75.0).view(2, 3, 5, 5).sin()).square().sum().backward()
        optimizer.step()
        return model, optimizer.state_dict()

    _, saved = step(torch.channels_last, None)
    there, _ = step(torch.channels_last, saved)
    here, now = step(torch.contiguous_format, saved)
    assert now["state"][0]["exp_avg"].is_contiguous()
    torch.testing.assert_close(here.weight, there.weight)
