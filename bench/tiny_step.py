"""What a step of a tiny model costs, so what is around it: bare PyTorch, Thaw and other engines.

One convolution and a linear layer on 2,048 pictures of 8 pixels in batches of 64, SGD, loss and
accuracy each 50 steps. Each engine reads the same tensors as its own documentation does it. An
engine that is not installed says so: pip install lightning fastai skorch.

    python -m bench.tiny_step
"""

import importlib.util
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from statistics import median

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

SAMPLES, BATCH, EPOCHS, LOG_EVERY, ROUNDS = 2048, 64, 10, 50, 7
STEPS = SAMPLES // BATCH * EPOCHS
Timed = tuple[float, float]  # seconds of CPU and by the clock


def pictures() -> tuple[Tensor, Tensor]:
    """[N, 3, 8, 8] and [N]: two classes."""
    torch.manual_seed(0)
    targets = torch.arange(SAMPLES) % 2
    return torch.randn(SAMPLES, 3, 8, 8) + targets[:, None, None, None], targets


def tiny() -> nn.Sequential:
    """The model."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 2))


def timed(train: Callable[[], object]) -> Timed:
    """What a training took."""
    cpu, clock = time.process_time(), time.perf_counter()
    train()
    return time.process_time() - cpu, time.perf_counter() - clock


def bare(batches: Callable[[], Iterator[tuple[Tensor, Tensor]]], *, fused: bool) -> Timed:
    """The loop that everybody writes."""
    model = tiny()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, fused=fused)

    def train() -> None:
        step, loss_sum, right = 0, torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for _ in range(EPOCHS):
            for inputs, targets in batches():
                optimizer.zero_grad()
                outputs = model(inputs)
                loss = functional.cross_entropy(outputs, targets)
                loss.backward()
                optimizer.step()
                loss_sum += loss.detach()
                right += (outputs.argmax(1) == targets).sum()
                step += 1
                if step % LOG_EVERY == 0:
                    loss_sum.item(), right.item()
                    loss_sum.zero_(), right.zero_()

    return timed(train)


def by_index() -> Iterator[tuple[Tensor, Tensor]]:
    """Batches by one look into the tensors each."""
    images, targets = _PICTURES
    for places in torch.randperm(SAMPLES).split(BATCH):
        yield images[places], targets[places]


def by_loader() -> DataLoader:
    """Batches as a DataLoader gathers them."""
    return DataLoader(TensorDataset(*_PICTURES), batch_size=BATCH, shuffle=True)


class _Data:
    """The batches by index, as Thaw's loop asks for them."""

    steps_per_epoch = SAMPLES // BATCH
    test_samples = 0

    def train(self, epoch: int, start_step: int) -> Iterator[tuple[Tensor, Tensor]]:
        return by_index()

    def validation(self) -> Iterator[tuple[Tensor, Tensor]]:
        return by_index()


def thaw() -> Timed:
    """Thaw's loop with a run's report: records, state, TensorBoard, a stop asked for."""
    from core.recipe import Recipe, with_value
    from core.runs import folder
    from core.training.loop import Training, train_epoch
    from core.training.optimisation import build_optimizer, stage_groups
    from core.training.progress import Progress
    from core.training.report import RunReport
    from core.training.unfreezing import Unfreezing

    recipe = Recipe()
    for field, value in {
        "train.log_every": LOG_EVERY, "train.epochs": EPOCHS, "optimizer.name": "sgd",
        "train.device": "cpu", "train.threads": 1,
    }.items():
        recipe = with_value(recipe, field, value)
    model = tiny()
    rates = dict.fromkeys(("0", "3"), 0.01)
    optimizer = build_optimizer(stage_groups(model, rates), recipe.optimizer)
    training = Training(
        recipe, model, optimizer, torch.amp.GradScaler("cpu", enabled=False),
        torch.device("cpu"), _Data(), Progress(), Unfreezing(model, {}, {}, rates),
    )
    with tempfile.TemporaryDirectory() as place:
        run = folder.create_run(recipe, root=Path(place))
        report = RunReport(run, 1, lambda _line: None)
        report.began(training)

        def train() -> None:
            for epoch in range(1, EPOCHS + 1):
                training.progress.begin_epoch(epoch)
                train_epoch(training, report, time.perf_counter())

        took = timed(train)
        report.ended("finished")
    return took


def lightning() -> Timed:
    """Lightning's Trainer, with what can be switched off switched off."""
    import logging

    import lightning as pl

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)

    class Module(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = tiny()

        def training_step(self, batch: tuple[Tensor, Tensor], _index: int) -> Tensor:
            outputs = self.model(batch[0])
            loss = functional.cross_entropy(outputs, batch[1])
            self.log("loss", loss)
            self.log("accuracy", (outputs.argmax(1) == batch[1]).float().mean())
            return loss

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=0.01, momentum=0.9)

    trainer = pl.Trainer(
        max_epochs=EPOCHS, accelerator="cpu", devices=1, logger=False, barebones=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        log_every_n_steps=LOG_EVERY,
    )
    module, batches = Module(), by_loader()
    return timed(lambda: trainer.fit(module, batches))


def fastai() -> Timed:
    """fastai's Learner without progress bar and validation; it counts no accuracy in training."""
    from fastai.callback.progress import ProgressCallback
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.optimizer import SGD

    loaders = DataLoaders(by_loader(), by_loader())
    learner = Learner(
        loaders, tiny(), loss_func=functional.cross_entropy, opt_func=SGD, lr=0.01,
    )
    learner._do_epoch_validate = lambda *_args, **_named: None

    def train() -> None:
        bars = [one for one in learner.cbs if isinstance(one, ProgressCallback)]
        with learner.removed_cbs(bars), learner.no_logging():
            learner.fit(EPOCHS)

    return timed(train)


def skorch() -> Timed:
    """skorch's NeuralNetClassifier without validation and printing."""
    import numpy
    from skorch import NeuralNetClassifier

    net = NeuralNetClassifier(
        tiny, criterion=nn.CrossEntropyLoss, optimizer=torch.optim.SGD, lr=0.01,
        optimizer__momentum=0.9, max_epochs=EPOCHS, batch_size=BATCH, train_split=None,
        iterator_train__shuffle=True, verbose=0, classes=numpy.arange(2),
    ).initialize()
    images, targets = _PICTURES
    return timed(lambda: net.fit(images, targets))


ENGINES: dict[str, tuple[str, Callable[[], Timed]]] = {
    "bare loop, DataLoader": ("torch", lambda: bare(lambda: iter(by_loader()), fused=False)),
    "bare loop, by index, fused": ("torch", lambda: bare(by_index, fused=True)),
    "Thaw": ("torch", thaw),
    "skorch": ("skorch", skorch),
    "fastai": ("fastai", fastai),
    "Lightning": ("lightning", lightning),
}


def main() -> None:
    """Prints milliseconds a step and the ratio to the bare loop, medians over the rounds."""
    torch.set_num_threads(1)
    there = {name: one for name, (package, one) in ENGINES.items()
             if importlib.util.find_spec(package)}
    took: dict[str, list[Timed]] = {name: [] for name in there}
    for turn in range(ROUNDS + 1):
        for name, engine in there.items():
            with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
                found = engine()
            if turn:  # the first warms up
                took[name].append(found)
    base = median(cpu for cpu, _ in took["bare loop, DataLoader"])
    print(f"{'':28}{'CPU ms':>8}{'clock ms':>10}{'to bare':>9}   a step, medians of {ROUNDS}")
    for name in ENGINES:
        if name not in took:
            print(f"{name:28}not installed")
            continue
        cpu, clock = (median(values) for values in zip(*took[name], strict=True))
        print(f"{name:28}{cpu / STEPS * 1e3:8.3f}{clock / STEPS * 1e3:10.3f}{cpu / base:9.2f}")


_PICTURES = pictures()

if __name__ == "__main__":
    main()
