"""Full fine-tuning of resnet50: Thaw's engine against the script that everybody writes first.

The pictures are decoded before, as uint8, for all three. The plain script is PyTorch's defaults:
float32 with TensorFloat-32 in cuDNN's convolutions, contiguous pictures, a DataLoader with workers
and pinned memory, an optimiser that is not fused, the loss read at each step. The strict script is
the same without TensorFloat-32. Thaw's is a run of a recipe: worker, loop and report are the real
ones. Laps of steps take turns; each figure is a median.

How long the loop waits for its data: the time of its steps against that of as many steps over one
batch that lies on the device already.

    python -m bench.resnet50_gpu            # on a CUDA GPU: 224 px, batches of 128, 200 steps a lap

Without a GPU it runs a small version, which says nothing of the figures that a GPU would give.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision.models import resnet50
from torchvision.transforms import v2

from core.data.load import ImageData
from core.recipe import Recipe, parse
from core.runs import folder
from core.training import preparing
from core.training.loop import Training, train_epoch
from core.training.report import RunReport

CLASSES = 10
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Size:
    """What is trained on: pictures of so many pixels, so many steps of so many of them."""

    pixels: int
    batch: int
    steps: int
    workers: int
    rounds: int


GPU, CPU = Size(224, 128, 200, 8, 3), Size(64, 8, 3, 0, 2)


def pictures(size: Size) -> tuple[Tensor, np.ndarray]:
    """uint8 [N, 3, S, S] and their classes, enough for the training images of a lap and some."""
    count = int(size.batch * size.steps / 0.6) + CLASSES
    generator = torch.Generator().manual_seed(0)
    shape = (count, 3, size.pixels, size.pixels)
    images = torch.randint(256, shape, dtype=torch.uint8, generator=generator)
    return images, np.arange(count) % CLASSES


def recipe_of(size: Size, device: str) -> Recipe:
    """Fine-tuning of the whole model, all settings that speed it up as Thaw has them by default."""
    return parse({
        "model": {"name": "resnet50", "weights": "none"}, "freeze": {"preset": "all"},
        "transform": {"size": size.pixels, "augment": "none"},
        "split": {"train_per_class": None, "val": 0.1, "test": 0.1},
        "loader": {"batch_size": size.batch, "drop_last": True},
        "optimizer": {"name": "sgd", "lr": 0.01}, "schedule": {"name": "constant"},
        "train": {"epochs": 1000, "device": device, "log_every": 50},
    })


# --- Thaw ----------------------------------------------------------------------------------


@dataclass
class Piece:
    """The first steps of each epoch of a run."""

    whole: object
    steps_per_epoch: int

    def train(self, epoch: int, start_step: int) -> Iterator[tuple[Tensor, Tensor]]:
        return islice(self.whole.train(epoch, start_step), self.steps_per_epoch)


@dataclass
class OneBatch:
    """A batch that is on the device, again and again."""

    batch: tuple[Tensor, Tensor]
    steps_per_epoch: int

    def train(self, epoch: int, start_step: int) -> Iterator[tuple[Tensor, Tensor]]:
        return islice(cycle([self.batch]), self.steps_per_epoch)


@contextmanager
def as_data_of_thaw(images: Tensor, targets: np.ndarray) -> Iterator[None]:
    """Every run's data are these pictures."""
    names = tuple(map(str, range(CLASSES)))
    found = ImageData("bench", names, targets, images.__getitem__, "bench")
    loading, preparing.load.load_images = preparing.load.load_images, lambda *_, **__: found
    try:
        yield
    finally:
        preparing.load.load_images = loading


def thaw_laps(
    size: Size, device: str, place: Path
) -> tuple[Callable[[], int], Callable[[], int]]:
    """A lap over the run's own batches, and one over a batch that lies on the device."""
    run = folder.create_run(recipe_of(size, device), root=place)
    report = RunReport(run, 1, lambda line: None)
    training = preparing.prepare(run, 1, report)
    report.began(training)
    steps = min(size.steps, training.data.steps_per_epoch)
    batch = next(iter(training.data.train(1, 0)))
    laps = (
        replace(training, data=Piece(training.data, steps)),
        replace(training, data=OneBatch(batch, steps)),
    )

    def lap(one: Training) -> Callable[[], int]:
        def run_it() -> int:
            one.progress.begin_epoch(one.progress.epoch + 1)
            train_epoch(one, report, time.perf_counter())
            return steps * size.batch
        return run_it

    return lap(laps[0]), lap(laps[1])


# --- the plain script ----------------------------------------------------------------------


class Pictures(Dataset):
    """Decoded pictures, normalised when they are asked for."""

    def __init__(self, images: Tensor, targets: np.ndarray) -> None:
        self.images, self.targets = images, targets
        self.transform = v2.Compose(
            [v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, STD)]
        )

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(self.images[index]), int(self.targets[index])


def plain_lap(
    size: Size, device: torch.device, images: Tensor, targets: np.ndarray, *, tf32: bool
) -> Callable[[], int]:
    model = resnet50(num_classes=CLASSES).to(device).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=0.01)
    criterion = nn.CrossEntropyLoss()
    data = DataLoader(
        Pictures(images, targets), batch_size=size.batch, shuffle=True, drop_last=True,
        num_workers=size.workers, pin_memory=device.type == "cuda",
        persistent_workers=size.workers > 0,
    )

    def lap() -> int:
        torch.backends.cuda.matmul.fp32_precision = "ieee"
        torch.backends.cudnn.conv.fp32_precision = "tf32" if tf32 else "ieee"
        seen = 0
        for inputs, labels in islice(data, size.steps):
            inputs, labels = inputs.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(inputs), labels)
            loss.backward()
            optimizer.step()
            loss.item()
            seen += len(labels)
        return seen

    return lap


# --- side by side --------------------------------------------------------------------------


def speed_of(lap: Callable[[], int], device: torch.device) -> float:
    """Samples per second of a lap."""
    began = time.perf_counter()
    seen = lap()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return seen / (time.perf_counter() - began)


def main() -> None:
    kind = "cuda" if torch.cuda.is_available() else "cpu"
    device, size = torch.device(kind), GPU if kind == "cuda" else CPU
    images, targets = pictures(size)
    with tempfile.TemporaryDirectory() as place, as_data_of_thaw(images, targets):
        own, fed = thaw_laps(size, kind, Path(place))
        laps = {
            "thaw": own, "thaw, one batch": fed,
            "plain": plain_lap(size, device, images, targets, tf32=True),
            "strict float32": plain_lap(size, device, images, targets, tf32=False),
        }
        found: dict[str, list[float]] = {name: [] for name in laps}
        for turn in range(size.rounds + 1):
            for name, lap in laps.items():
                if name.startswith("thaw") and kind == "cuda":
                    from core.training.devices import allow_tf32

                    allow_tf32(device)
                speed = speed_of(lap, device)
                if turn:  # the first lap of each warms up
                    found[name].append(speed)
    speeds = {name: median(values) for name, values in found.items()}
    for name, speed in speeds.items():
        print(f"{name:>16}: {speed:10.1f} samples/s")
    print(f"thaw / plain: {speeds['thaw'] / speeds['plain']:.2f}  (target on a GPU: 2.5)")
    print(f"thaw / strict float32: {speeds['thaw'] / speeds['strict float32']:.2f}  (target: 4)")
    waits = 1 - speeds["thaw"] / speeds["thaw, one batch"]
    print(f"waiting for data: {100 * max(waits, 0):.1f} % of a step  (target: under 5 %)")
    if kind == "cpu":
        print("This is a CPU: the small version ran, and the figures of a GPU stay open.")


if __name__ == "__main__":
    sys.exit(main())
