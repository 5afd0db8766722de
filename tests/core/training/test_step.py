"""One update against plain PyTorch: parts of a batch, clipping, class weights, mixed pictures."""

import copy
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight
from torch import nn
from torch.nn import functional
from torchvision.transforms import v2

from core.messages import ThawError
from core.recipe import TrainSpec
from core.seeds import seed_for
from core.training.objective import loss_of_logits
from core.training.ranks import Ranks
from core.training.step import (
    _parts,
    class_weight_of,
    looks_at_each_loss,
    mixer_of,
    train_step,
)
from tests.core.training.test_loop import make, small

TARGETS = torch.tensor([0, 0, 0, 1, 0, 1, 0])
WEIGHTS = torch.tensor([0.7, 1.75])


def training_of(outputs: int = 2, **fields):
    """A model without BatchNorm and Dropout, for which the parts of a batch are independent."""
    training = make(small(**{"optimizer.name": "sgd", "optimizer.momentum": 0, **fields}))
    torch.manual_seed(1)
    training.model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(),
                                   nn.Linear(16, outputs))
    training.optimizer = torch.optim.SGD(training.model.parameters(), lr=0.1)
    training.progress.begin_epoch(1)
    return training


def images() -> torch.Tensor:
    return torch.randn(7, 3, 4, 4, generator=torch.Generator().manual_seed(3))


def gradients(training) -> list[torch.Tensor]:
    return [parameter.grad for parameter in training.model.parameters()]


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("weight", [None, WEIGHTS])
@pytest.mark.parametrize("parts", [2, 3, 7])
def test_parts_of_a_batch_are_the_batch(outputs, weight, parts):
    whole = training_of(outputs)
    divided = training_of(outputs, **{"train.accumulate": parts})
    whole.class_weight = divided.class_weight = weight
    loss, correct = train_step(whole, images(), TARGETS)
    other, right = train_step(divided, images(), TARGETS)
    assert other == pytest.approx(loss.item(), rel=1e-5) and right == correct
    for one, two in zip(gradients(whole), gradients(divided), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("accumulate", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("size", [2, 3, 5])
def test_processes_have_as_many_parts_as_one_another(size: int, accumulate: int):
    """BatchNorm over all of them would wait for the one that has fewer."""
    spec = TrainSpec(accumulate=accumulate)
    for rows in range(1, 30):
        whole, counts, computed = torch.arange(rows), set(), []
        for rank in range(size):
            ranks = Ranks(rank, rank, size, size)
            parts = list(_parts(ranks.own(whole), whole, None, spec, ranks))
            counts.add(len(parts))
            assert all(len(some) == len(asked) > 0 for some, asked, _ in parts)
            computed += [some for some, _, share in parts if share]
            assert len(parts) <= accumulate
        assert len(counts) == 1 and torch.equal(torch.cat(computed), whole)
        assert rows % (size * accumulate) or counts == {accumulate}


def test_gradients_are_cut_to_their_norm():
    plain, clipped = training_of(), training_of(**{"train.clip_norm": 0.01})
    train_step(plain, images(), TARGETS)
    train_step(clipped, images(), TARGETS)
    oracle = copy.deepcopy(plain.model)
    for parameter, seen in zip(oracle.parameters(), gradients(plain), strict=True):
        parameter.grad = seen.clone()
    assert nn.utils.clip_grad_norm_(oracle.parameters(), 0.01) > 0.01
    for parameter, cut in zip(oracle.parameters(), gradients(clipped), strict=True):
        assert torch.equal(parameter.grad, cut)


def test_momentum_begins_after_a_first_step_that_the_scaler_left_out(monkeypatch):
    """As float16 leaves out the first ones; what PyTorch asks for to keep it in is not filled."""
    monkeypatch.setattr(torch, "empty_like", lambda one, **_: torch.full_like(one, torch.nan))
    started, oracle = training_of(), training_of()
    for training in (started, oracle):
        training.optimizer = torch.optim.SGD(
            training.model.parameters(), lr=0.1, momentum=0.9, fused=True
        )
        training.scaler = torch.amp.GradScaler("cpu")
    overflow = started.model[0].weight.register_hook(lambda gradient: gradient * torch.inf)
    train_step(started, images(), TARGETS)
    overflow.remove()
    for _ in range(3):
        for training in (started, oracle):
            train_step(training, images(), TARGETS)
    assert started.scaler.get_scale() < oracle.scaler.get_scale()
    for one, two in zip(started.model.parameters(), oracle.model.parameters(), strict=True):
        assert torch.equal(one, two)


def test_balanced_weights_are_scikit_learn_s():
    balanced = TrainSpec(class_weights="balanced")
    expected = compute_class_weight("balanced", classes=np.arange(2), y=TARGETS.numpy())
    assert class_weight_of(balanced, TARGETS, 2).tolist() == pytest.approx(expected.tolist())
    assert class_weight_of(balanced, TARGETS, 3).tolist() == pytest.approx([*expected, 0])
    assert class_weight_of(TrainSpec(), TARGETS, 2) is None


def test_class_weights_of_one_logit_are_those_of_two_outputs():
    """Two outputs 0 and z are one logit z, whatever weights and smoothing."""
    logits = torch.randn(7, 1, generator=torch.Generator().manual_seed(0))
    both = torch.cat([torch.zeros_like(logits), logits], 1)
    soft = functional.one_hot(TARGETS, 2) * 0.6 + 0.2
    for targets in (TARGETS, soft):
        for given in (
            {"label_smoothing": smoothing, "weight": weight, "reduction": reduction}
            for smoothing in (0.0, 0.2) for weight in (None, WEIGHTS)
            for reduction in ("mean", "sum")
        ):
            one, two = (loss_of_logits(x, targets, **given) for x in (logits, both))
            torch.testing.assert_close(one, two)


@pytest.mark.parametrize(
    ("way", "oracle"),
    [("mixup", v2.MixUp(num_classes=2, alpha=0.2)), ("cutmix", v2.CutMix(num_classes=2))],
)
def test_mixed_pictures_are_torchvision_s_and_derived_from_the_step(way, oracle):
    training = training_of(**{"train.mix": way, "train.seed": 5})
    training.mixer = mixer_of(training.recipe.train, 2)
    seen = []
    training.forward = lambda inputs: seen.append(inputs) or training.model(inputs)
    torch.manual_seed(99)  # whatever was drawn before
    loss, _ = train_step(training, images(), TARGETS)
    torch.manual_seed(seed_for("dropout", 5, 1, 0))
    expected, mixed = oracle(images(), TARGETS)
    assert torch.equal(seen[0], expected) and not torch.equal(expected, images())
    again = training_of()
    torch.testing.assert_close(loss, functional.cross_entropy(again.model(expected), mixed))


def test_no_mixing_is_no_mixer():
    assert mixer_of(TrainSpec(), 2) is None
    assert mixer_of(TrainSpec(mix="either"), 2)(images(), TARGETS)[1].shape == (7, 2)


@pytest.mark.parametrize("device, log_every, processes, synced, looks", [
    ("cpu", 1, 1, False, True), ("cpu", 50, 1, False, True), ("cpu", 1, 2, False, True),
    ("cpu", 50, 2, False, False), ("cuda", 1, 1, False, True), ("cuda", 50, 1, False, False),
    ("cuda", 1, 2, False, True), ("cuda", 1, 2, True, False), ("mps", 1, 1, False, True),
])
def test_a_loss_is_looked_at_where_that_is_no_waiting(device, log_every, processes, synced, looks):
    training = training_of(train__log_every=log_every)
    spec = training.recipe.train.model_copy(update={"sync_batchnorm": synced})
    training = replace(
        training, recipe=training.recipe.model_copy(update={"train": spec}),
        device=torch.device(device), ranks=SimpleNamespace(size=processes),
    )
    assert looks_at_each_loss(training) == looks


def test_of_the_parts_of_a_batch_the_one_that_is_not_finite_is_explained():
    training = training_of(train__accumulate=3)
    before = copy.deepcopy(training.model.state_dict())
    pictures = images()
    pictures[4] = float("inf")
    with pytest.raises(ThawError) as raised:
        train_step(training, pictures, TARGETS)
    assert raised.value.problem.id == "training.not_finite_before"
    assert raised.value.problem.values == {"layer": "0", "step": 1}
    assert all(map(torch.equal, before.values(), training.model.state_dict().values()))
