"""The loop: what it computes, and that it goes on from any step as if nothing had happened."""

import copy
import random

import pytest
import torch
from torch import nn
from torch.nn import functional

from core import recipe as recipes
from core.messages import ThawError
from core.recipe import Recipe
from core.seeds import seed_for
from core.training.loop import Stopped, Training, fit
from core.training.objective import logits_of, loss_of
from core.training.optimisation import build_optimizer, stage_groups
from core.training.progress import Progress
from core.training.step import train_step
from core.training.unfreezing import Unfreezing


class Blobs:
    """Two classes of points as images [3, 4, 4]; the order is derived from seed and epoch."""

    def __init__(self, samples: int = 44, batch: int = 8) -> None:
        generator = torch.Generator().manual_seed(0)
        self.targets = torch.arange(samples) % 2
        noise = torch.randn(samples, 3, 4, 4, generator=generator)
        self.images = noise + self.targets[:, None, None, None]
        self.batch = batch
        self.steps_per_epoch = -(-samples // batch)

    def train(self, epoch, start_step):
        generator = torch.Generator().manual_seed(seed_for("order", 0, epoch))
        order = torch.randperm(len(self.targets), generator=generator)
        for indices in order.split(self.batch)[start_step:]:
            yield self.images[indices], self.targets[indices]

    def validation(self):
        yield self.images[:20], self.targets[:20]
        yield self.images[20:30], self.targets[20:30]


class Watcher:
    """Remembers what the loop says, and stops it after a given number of steps."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.steps, self.epochs, self.phases, self.openings = [], [], [], []
        self._left = stop_after

    def phase_began(self, phase):
        self.phases.append(phase)

    def stages_opened(self, progress, opening):
        self.openings.append((progress.step, opening))

    def step_ended(self, progress, metrics):
        self.steps.append((progress.step, metrics["loss"], metrics["accuracy"], metrics["lr"]))

    def epoch_ended(self, epoch, progress, train, val):
        self.epochs.append((epoch, progress.step, train, val))

    def wish(self):
        if self._left is None:
            return "go_on"
        self._left -= 1
        return "stop" if self._left <= 0 else "go_on"

    def save(self, progress):
        raise AssertionError("nobody wished it")


def make(recipe: Recipe, data: Blobs | None = None) -> Training:
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Dropout(0.3),
        nn.Linear(16, 2),
    )
    rates = {"0": recipe.optimizer.lr, "1": recipe.optimizer.lr, "5": recipe.optimizer.lr}
    optimizer = build_optimizer(stage_groups(model, rates), recipe.optimizer)
    scaler = torch.amp.GradScaler("cpu", enabled=False)
    device = torch.device("cpu")
    unfreezing = Unfreezing(model, {}, {}, rates)
    return Training(
        recipe, model, optimizer, scaler, device, data or Blobs(), Progress(), unfreezing
    )


def small(**fields) -> Recipe:
    recipe = Recipe()
    for field, value in {"train.epochs": 4, "optimizer.lr": 0.05, **fields}.items():
        recipe = recipes.with_value(recipe, field.replace("__", "."), value)
    return recipe


def interrupted(recipe: Recipe, generator: random.Random) -> tuple[Training, Watcher]:
    """Trains with stops at random steps; each attempt has nothing but what was saved."""
    heard, saved = Watcher(), None
    while True:
        training = make(recipe)
        if saved:
            training.model.load_state_dict(saved["model"])
            training.optimizer.load_state_dict(saved["optimizer"])
            training.progress = Progress.from_state_dict(saved["progress"])
        watcher = Watcher(stop_after=generator.randrange(1, 9))
        torch.manual_seed(generator.randrange(1000))  # another process has another random state
        try:
            fit(training, watcher)
            done = True
        except Stopped:
            done = False
        heard.steps += watcher.steps
        heard.epochs += watcher.epochs
        if done:
            return training, heard
        saved = copy.deepcopy(
            {
                "model": training.model.state_dict(),
                "optimizer": training.optimizer.state_dict(),
                "progress": training.progress.state_dict(),
            }
        )


@pytest.mark.parametrize("log_every", [1, 4])
@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.parametrize("seed", [0, 1])
def test_interrupted_anywhere_ends_with_the_same_bits(optimizer, log_every, seed):
    recipe = small(optimizer__name=optimizer, train__log_every=log_every)
    straight, watcher = make(recipe), Watcher()
    fit(straight, watcher)
    resumed, heard = interrupted(recipe, random.Random(seed))
    for name, tensor in straight.model.state_dict().items():
        assert torch.equal(tensor, resumed.model.state_dict()[name]), name
    assert heard.steps == watcher.steps
    assert heard.epochs == watcher.epochs
    assert resumed.progress.early_stopping == straight.progress.early_stopping


def test_the_same_recipe_twice_is_the_same_run():
    runs = []
    for outside in (1, 2):
        training, watcher = make(small()), Watcher()
        torch.manual_seed(outside)
        fit(training, watcher)
        runs.append((watcher.steps, watcher.epochs))
    assert runs[0] == runs[1]


def test_another_seed_is_another_run():
    losses = []
    for seed in (0, 1):
        watcher = Watcher()
        fit(make(small(train__seed=seed)), watcher)
        losses.append(watcher.steps[-1])
    assert losses[0] != losses[1]


def test_it_learns():
    watcher = Watcher()
    fit(make(small(train__epochs=15)), watcher)
    assert watcher.epochs[0][3].accuracy < 0.8
    assert watcher.epochs[-1][3].accuracy > 0.9


def test_epoch_0_is_the_model_before_the_first_step():
    training, watcher = make(small(train__epochs=1)), Watcher()
    model = copy.deepcopy(training.model).eval()
    fit(training, watcher)
    epoch, step, train, val = watcher.epochs[0]
    images, targets = training.data.images[:30], training.data.targets[:30]
    with torch.no_grad():
        expected = functional.cross_entropy(model(images), targets).item()
    assert (epoch, step, train) == (0, 0, None)
    assert val.loss == pytest.approx(expected, rel=1e-6)


def test_the_training_loss_is_the_mean_over_samples_and_not_over_batches():
    training, watcher = make(small(train__epochs=1, optimizer__lr=1e-9)), Watcher()
    fit(training, watcher)
    sizes = [8, 8, 8, 8, 8, 4]
    losses = [loss for _, loss, _, _ in watcher.steps]
    expected = sum(n * loss for n, loss in zip(sizes, losses, strict=True)) / 44
    assert watcher.epochs[1][2].loss == pytest.approx(expected, rel=1e-9)


def test_records_come_every_n_steps_and_average_them():
    single, grouped = Watcher(), Watcher()
    fit(make(small(train__epochs=2)), single)
    fit(make(small(train__epochs=2, train__log_every=3)), grouped)
    assert [step for step, *_ in grouped.steps] == [3, 6, 9, 12]
    first = sum(loss for _, loss, _, _ in single.steps[:3]) / 3
    assert grouped.steps[0][1] == pytest.approx(first, rel=1e-6)


def test_a_loss_that_is_not_finite_ends_the_run_in_a_sentence():
    training = make(small())
    training.data.images[5] = float("inf")
    with pytest.raises(ThawError, match="no longer a finite number"):
        fit(training, Watcher())


def test_early_stopping_ends_it():
    recipe = small(
        train__epochs=200, early_stopping__enabled=True, early_stopping__patience=2,
        optimizer__lr=1e-9,
    )
    recipe = recipes.with_value(recipe, "early_stopping.min_delta", 0.5)
    watcher = Watcher()
    fit(make(recipe), watcher)
    assert watcher.epochs[-1][0] == 3


def test_one_step_is_plain_pytorch():
    recipe = small(optimizer__name="sgd", optimizer__momentum=0.9, optimizer__weight_decay=0.01)
    training = make(recipe)
    plain = copy.deepcopy(training.model)
    optimizer = torch.optim.SGD(plain.parameters(), lr=0.05, momentum=0.9, weight_decay=0.01)
    training.progress.begin_epoch(1)
    for images, targets in training.data.train(1, 0):
        seed = seed_for("dropout", 0, 1, training.progress.step)
        torch.manual_seed(seed)
        optimizer.zero_grad()
        functional.cross_entropy(plain(images), targets).backward()
        optimizer.step()
        train_step(training, images, targets)
        training.progress.step += 1
    for ours, theirs in zip(training.model.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_auxiliary_classifiers_share_in_the_loss():
    from torchvision.models import GoogLeNetOutputs, InceptionOutputs

    targets = torch.tensor([0, 1])
    main, one, two = (torch.randn(2, 3, generator=torch.Generator().manual_seed(i))
                      for i in range(3))
    loss = [functional.cross_entropy(logits, targets) for logits in (main, one, two)]
    google, inception = GoogLeNetOutputs(main, two, one), InceptionOutputs(main, one)
    assert torch.isclose(loss_of(google, targets, 0.0), loss[0] + 0.3 * (loss[1] + loss[2]))
    assert torch.isclose(loss_of(inception, targets, 0.0), loss[0] + 0.4 * loss[1])
    assert logits_of(google) is main
    assert torch.isclose(loss_of(InceptionOutputs(main, None), targets, 0.0), loss[0])
