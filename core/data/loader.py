"""The batches of a run: any epoch from any step, the same after a kill and with any workers."""

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from core.data.collate import COLLATE_FUNCTIONS
from core.data.load import ImageData
from core.data.transforms import Transforms
from core.recipe import LoaderSpec
from core.seeds import seed_for

KEEP_BYTES = 256 * 2**20  # of prepared pictures in memory; more are prepared anew each time

Address = tuple[int, int]  # epoch of the augmentation, and place within the split


def epoch_order(samples: int, seed: int, epoch: int, shuffle: bool) -> list[int]:
    """The order of an epoch: that of `DataLoader(shuffle=True, generator=g)`.

    `g` is seeded by `seed_for("order", seed, epoch)`. The loader first draws a number from it
    for its workers, so the same is done here.
    """
    if not shuffle:
        return list(range(samples))
    generator = torch.Generator().manual_seed(seed_for("order", seed, epoch))
    torch.empty((), dtype=torch.int64).random_(generator=generator)
    return torch.randperm(samples, generator=generator).tolist()


class PreparedImages:
    """Pictures of one size, prepared once and kept if they are not too many.

    Args:
        data: All pictures.
        indices: Which of them.
        transforms: Their `prepare` is used.
        keep_bytes: How much memory they may take.

    Attributes:
        kept: All of them, uint8 [N, 3, S, S]; None if they are too many.
        labels: Their targets, where the pictures are.
    """

    def __init__(
        self, data: ImageData, indices: Sequence[int], transforms: Transforms,
        keep_bytes: int | None = None,
    ) -> None:
        self.indices = np.asarray(indices)
        self.targets = torch.as_tensor(np.asarray(data.targets)[self.indices])
        self.labels = self.targets
        self._data, self._prepare = data, transforms.prepare
        self.kept: Tensor | None = None
        shape = (len(self.indices), 3, transforms.size, transforms.size)
        if math.prod(shape) <= (KEEP_BYTES if keep_bytes is None else keep_bytes):
            self.kept = torch.empty(shape, dtype=torch.uint8)
            for place in range(len(self.indices)):
                self.kept[place] = self._made(place)

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, place: int) -> Tensor:
        """uint8 [3, S, S]."""
        return self._made(place) if self.kept is None else self.kept[place]

    def move_to(self, device: torch.device) -> None:
        """Keeps them on another device, where they are kept at all."""
        if self.kept is not None:
            self.kept, self.labels = self.kept.to(device), self.targets.to(device)

    def _made(self, place: int) -> Tensor:
        return self._prepare(self._data.image(int(self.indices[place])))


class TrainingSet(Dataset):
    """Augmented training pictures, addressed by epoch and place.

    The augmentation of a picture is drawn from (seed, epoch, its index in the data set).
    """

    def __init__(self, images: PreparedImages, transforms: Transforms, seed: int) -> None:
        self._images, self._transforms, self._seed = images, transforms, seed

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, address: Address) -> tuple[Tensor, Tensor]:
        """float32 [3, S, S] and the target as int64 []."""
        epoch, place = address
        image = self._images[place]
        index = int(self._images.indices[place])
        torch.default_generator.manual_seed(seed_for("augment", self._seed, epoch, index))
        return (
            self._transforms.normalize(self._transforms.augment(image)),
            self._images.targets[place],
        )


class EvaluationSet(Dataset):
    """Pictures as they are, in the order of the split."""

    def __init__(self, images: PreparedImages, transforms: Transforms) -> None:
        self._images, self._transforms = images, transforms

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, place: int) -> tuple[Tensor, Tensor]:
        """float32 [3, S, S] and the target as int64 []."""
        return self._transforms.normalize(self._images[place]), self._images.targets[place]


def epoch_batches(
    samples: int, arguments: LoaderSpec, *, seed: int, epoch: int,
    earlier: Sequence[tuple[int, int]] = (),
) -> list[list[int]]:
    """The places of each batch of an epoch, as the DataLoader divides its order.

    Args:
        earlier: Batches of another size that the epoch began with, as (how many, size).
    """
    order, size = epoch_order(samples, seed, epoch, arguments.shuffle), arguments.batch_size
    starts = [0]
    for count, before in earlier:
        starts += [starts[-1] + before * number for number in range(1, count + 1)]
    begun = [order[start:end] for start, end in zip(starts, starts[1:], strict=False)]
    rest = range(starts[-1], samples, size)
    batches = [*begun, *(order[start : start + size] for start in rest)]
    if arguments.drop_last and rest and len(batches[-1]) < size:
        batches.pop()
    return batches


class AddressedBatches(Sampler[list[Address]]):
    """Batches that were decided before, as addresses."""

    def __init__(self, batches: Sequence[Sequence[int]], draw: int) -> None:
        self._batches = [[(draw, place) for place in batch] for batch in batches]

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[list[Address]]:
        return iter(self._batches)


def indexed_batches(
    images: PreparedImages, batches: Iterable[Sequence[int]]
) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of these places: uint8 [B, 3, S, S] and int64 [B].

    Each is one look into the tensor that holds all pictures, so `images` must be kept; the batch
    is where they are. A DataLoader would fetch picture by picture and stack them to the same.
    """
    device = images.kept.device
    for batch in batches:
        places = torch.as_tensor(batch)
        if device.type == "cuda":  # a copy from other memory would wait for the GPU
            places = places.pin_memory().to(device, non_blocking=True)
        yield images.kept[places], images.labels[places]


def training_loader(
    images: PreparedImages,
    transforms: Transforms,
    arguments: LoaderSpec,
    *,
    seed: int,
    epoch: int,
    start_step: int = 0,
    batches: Sequence[Sequence[int]] | None = None,
    draw: int | None = None,
    pin_memory: bool = False,
) -> DataLoader:
    """Batches of an epoch from a step on: float32 [B, 3, S, S] and int64 [B].

    Args:
        batches: The places of each batch, in place of those of the epoch.
        draw: The epoch whose augmentation is shown; None for this one's.
    """
    if batches is None:
        batches = epoch_batches(len(images), arguments, seed=seed, epoch=epoch)
    return DataLoader(
        TrainingSet(images, transforms, seed),
        batch_sampler=AddressedBatches(batches[start_step:], draw or epoch),
        collate_fn=COLLATE_FUNCTIONS[arguments.collate],
        num_workers=arguments.num_workers,
        pin_memory=pin_memory,
        # Its own generator: the seed for the workers must not be drawn from the global one.
        generator=torch.Generator().manual_seed(seed_for("workers", seed, epoch)),
    )


def evaluation_loader(
    images: PreparedImages,
    transforms: Transforms,
    *,
    batch_size: int = 1,
    batches: Sequence[Sequence[int]] | None = None,
    num_workers: int = 0,
    pin_memory: bool = False,
) -> DataLoader:
    """Batches in the order of the split: float32 [B, 3, S, S] and int64 [B].

    Args:
        batches: The places of each, in place of all.
    """
    return DataLoader(
        EvaluationSet(images, transforms),
        batch_size=batch_size if batches is None else 1,
        batch_sampler=batches,
        num_workers=num_workers,
        pin_memory=pin_memory,
        generator=torch.Generator(),
    )
