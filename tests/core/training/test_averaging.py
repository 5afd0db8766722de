"""The average of weights: as PyTorch's own computes it, and through any stop unchanged."""

import random

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from core.evaluation.model_of import load_run_model
from core.training.averaging import WeightAverage, decay_at, states_of
from core.training.loop import fit, validate
from tests.core.training.in_process import new_run, worked
from tests.core.training.test_loop import Watcher, make, small


def trained(steps: int, decay: float) -> tuple[nn.Module, WeightAverage, AveragedModel]:
    """A model after some updates, our average of it, and PyTorch's from past the warm-up."""
    torch.manual_seed(0)
    # No bias before BatchNorm: it has no gradient but rounding, and may not move at all.
    model = nn.Sequential(nn.Linear(3, 4, bias=False), nn.BatchNorm1d(4), nn.Linear(4, 2))
    average = WeightAverage(model, decay)
    oracle = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay))
    oracle.update_parameters(model)  # its first call copies
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(steps):
        optimizer.zero_grad()
        model(torch.randn(8, 3)).square().mean().backward()
        optimizer.step()
        oracle.update_parameters(model)
        average.update(10_000 + step)
    return model, average, oracle


def test_past_the_warm_up_it_is_what_pytorch_computes():
    model, average, oracle = trained(20, 0.9)
    found = average.state_dict()
    for name, expected in oracle.module.named_parameters():
        assert torch.equal(found[name], expected), name
        assert not torch.equal(found[name], model.state_dict()[name])
    for name, buffer in model.named_buffers():
        assert torch.equal(found[name], buffer), name


def test_the_warm_up_is_timms():
    for step in range(1, 200):  # ModelEmaV3.get_decay, with its gamma of 1 and power of 2/3
        since = step - 1
        timm = 0.0 if since <= 0 else min(1 - (1 + since / 1.0) ** -(2 / 3), 0.95)
        assert decay_at(step, 0.95) == pytest.approx(timm, abs=1e-12)
    assert decay_at(1000, 0.95) == 0.95


def test_the_model_has_its_own_weights_back_after_an_error():
    model, average, _ = trained(5, 0.9)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    averaged = {name: value.clone() for name, value in average.state_dict().items()}
    with pytest.raises(RuntimeError), average.in_the_model():
        assert torch.equal(model[0].weight, averaged["0.weight"])
        raise RuntimeError
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(torch.equal(value, averaged[name])
               for name, value in average.state_dict().items())


def test_what_opens_later_joins_with_its_value():
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    model[0].requires_grad_(False)
    average = WeightAverage(model, 0.5)
    model[0].requires_grad_(True)
    average.follow()
    start = model[0].weight.detach().clone()
    with torch.no_grad():
        model[0].weight += 1
    average.update(1000)
    assert torch.allclose(average.state_dict()["0.weight"], start + 0.5)


def averaged(recipe, **parts):
    training = make(recipe)
    training.average = WeightAverage(training.model, recipe.train.ema)
    return training


def test_the_training_itself_is_not_touched_by_it():
    recipe = small(train__ema=0.9)
    plain, with_average = make(recipe), averaged(recipe)
    heard = Watcher(), Watcher()
    fit(plain, heard[0]), fit(with_average, heard[1])
    assert heard[0].steps == heard[1].steps
    assert heard[0].epochs[1:] != heard[1].epochs[1:]  # another validation
    states = states_of(with_average.model, with_average.average)
    assert all(torch.equal(value, plain.model.state_dict()[name])
               for name, value in states["raw_model_state_dict"].items())
    # What validation said in the end is what a model with the kept weights says.
    plain.model.load_state_dict(states["model_state_dict"])
    assert validate(plain) == heard[1].epochs[-1][3]


RUNS = {
    "all": {"freeze": {"preset": "all"}, "train": {"epochs": 3, "threads": 1, "ema": 0.9}},
    "cache, a stage opens": {
        "transform": {"augment": "none", "size": 32}, "unfreezing": {"at": [["conv5", 2]]},
        "train": {"epochs": 3, "threads": 1, "ema": 0.9}, "loader": {"batch_size": 16},
    },
}


@pytest.mark.parametrize("parts", RUNS.values(), ids=RUNS.keys())
@pytest.mark.parametrize("within", [False, True], ids=["between epochs", "within an epoch"])
def test_a_resumed_run_ends_with_the_same_bits(home, monkeypatch, parts, within):
    straight, stopped = new_run(**parts), new_run(**parts)
    assert worked(straight) == "finished"
    if within:
        stop_within(monkeypatch, random.Random(len(parts)).randrange(6, 10))
        assert worked(stopped) == "stopped"
        monkeypatch.undo()
    else:
        assert worked(stopped, stop_after=1) == "stopped"
    assert worked(stopped, resume=True) == "finished"
    mine, theirs = (
        torch.load(run.path / "checkpoints" / "last.pt", weights_only=True)
        for run in (stopped, straight)
    )
    for part in ("model_state_dict", "raw_model_state_dict"):
        for name, value in theirs[part].items():
            assert torch.equal(value, mine[part][name]), (part, name)
    model, raw = theirs["model_state_dict"], theirs["raw_model_state_dict"]
    assert not torch.equal(model["fc.weight"], raw["fc.weight"])
    assert torch.equal(
        load_run_model(straight, "last").model.state_dict()["fc.weight"], model["fc.weight"]
    )


def stop_within(monkeypatch, step: int) -> None:
    """The next run stops after this step."""
    from core.training.report import RunReport

    wish = RunReport.wish

    def asked(self):
        return "stop" if self._training.progress.step >= step else wish(self)

    monkeypatch.setattr(RunReport, "wish", asked)
