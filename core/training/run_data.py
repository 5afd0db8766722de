"""The batches of a run, from its recipe."""

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace

import torch
from torch import Tensor
from torchvision.transforms import v2

from core import portable
from core.data import loader
from core.data.load import ImageData
from core.data.loader import PreparedImages
from core.data.split import Split
from core.data.transforms import Transforms
from core.recipe import LoaderSpec
from core.training.devices import sent
from core.training.prefetch import placed
from core.training.ranks import ALONE, Ranks

_CPU = torch.device("cpu")
_SHARE = 0.25  # of the free memory of a GPU for prepared pictures; the rest is the training's
Pixels = tuple[Tensor, Tensor]  # uint8 [B, 3, S, S] and int64 [B]


def stays_on(arguments: LoaderSpec, device: torch.device, *, one_by_one: bool = False) -> bool:
    """Whether prepared pictures are kept on the device: a GPU, if a batch is a look into them.

    Args:
        one_by_one: Whether each is augmented by itself: a DataLoader does that, on the CPU.
    """
    looks_up = arguments.num_workers == 0 and arguments.collate == "default" and not one_by_one
    return device.type == "cuda" and looks_up and arguments.on_device == "auto"


def kept_bytes(
    arguments: LoaderSpec, device: torch.device, *, one_by_one: bool = False, processes: int = 1
) -> int:
    """How much memory the prepared pictures of a part of the data may take.

    Args:
        one_by_one: As `stays_on` has it.
        processes: On this machine, which prepare all of them at the same time.
    """
    if not stays_on(arguments, device, one_by_one=one_by_one):
        return loader.KEEP_BYTES
    free, _ = torch.cuda.mem_get_info(device)
    # They are prepared in the machine's memory, which has to hold them for that long.
    memory = portable.available_memory() // (2 * processes)
    return max(loader.KEEP_BYTES, min(int(_SHARE * free), memory))


def _prepared(
    data: ImageData, indices: Sequence[int], transforms: Transforms, arguments: LoaderSpec,
    device: torch.device, *, one_by_one: bool = False, processes: int = 1,
) -> PreparedImages:
    """Pictures of a part of the data, where they stay for the run."""
    most = kept_bytes(arguments, device, one_by_one=one_by_one, processes=processes)
    images = PreparedImages(data, indices, transforms, most)
    if stays_on(arguments, device, one_by_one=one_by_one):
        images.move_to(device)
    return images


class RunData:
    """The training, validation and test batches of a run, on the device that trains.

    Pictures come as uint8, from memory by one index a batch or else from a DataLoader; whole
    batches are then moved to the device, augmented there if the transforms do it in batches, and
    normalised.

    Args:
        data: All images.
        split: Which of them train, which validate and which are held out.
        transforms: From a stored image to the model's input.
        arguments: Of the training DataLoader.
        seed: The run's, from which order and augmentation are derived.
        draws: Epochs after which the augmentation of a picture repeats; 0: never.
        device: Where the batches go.
        ranks: The processes that share the batches; each brings only the pictures of its rows.
        mixes: Whether pictures of a batch are mixed with one another, so that each needs all.
    """

    def __init__(
        self,
        data: ImageData,
        split: Split,
        transforms: Transforms,
        arguments: LoaderSpec,
        *,
        seed: int,
        draws: int,
        device: torch.device = _CPU,
        ranks: Ranks = ALONE,
        mixes: bool = False,
    ) -> None:
        self._arguments, self._seed, self._draws, self._device = arguments, seed, draws, device
        self._ranks, self._divides = ranks, ranks.size > 1 and not mixes
        self._transforms, self._batched = transforms, transforms.batched
        self._normalize = deepcopy(transforms.normalize).to(device)
        self._augments_one_by_one = not isinstance(transforms.augment, v2.Identity)
        self._data, self._test_indices = data, split.test
        # One after the other, so that what the first took is no longer free for the second.
        self._train = _prepared(
            data, split.train, transforms, arguments, device,
            one_by_one=self._augments_one_by_one, processes=ranks.here,
        )
        self._val = _prepared(
            data, split.val, transforms, arguments, device, processes=ranks.here
        )
        self.train_targets, self.val_targets = self._train.targets, self._val.targets
        size, batch = len(split.train), arguments.batch_size
        self.batch_size, self.size = batch, transforms.size
        self.steps_per_epoch = size // batch if arguments.drop_last else -(-size // batch)
        # Batches of another size that an epoch began with, as (how many, size).
        self.earlier: dict[int, tuple[tuple[int, int], ...]] = {}

    def train(self, epoch: int, start_step: int) -> Iterable[tuple[Tensor, Tensor]]:
        """Batches of an epoch from a step on: float32 [B, 3, S, S] and int64 [B].

        In one of several processes its own pictures, and the targets of the whole batch.
        """
        return self.own_pictures(self.places(epoch)[start_step:], epoch)

    def own_pictures(
        self, batches: Sequence[list[int]], epoch: int
    ) -> Iterable[tuple[Tensor, Tensor]]:
        """As `train`, of these batches of an epoch."""
        draw = self.draw_of(epoch)
        if not self._divides:
            return self.pictures(batches, epoch, draw)
        own = self.pictures(list(map(self._ranks.own, batches)), epoch, draw)
        targets = (self._moved(self._train.targets[torch.as_tensor(one)]) for one in batches)
        return ((images, asked) for (images, _), asked in zip(own, targets, strict=True))

    def places(self, epoch: int) -> list[list[int]]:
        """The training pictures of each batch of an epoch, by their place in the split."""
        return loader.epoch_batches(
            len(self._train), self._arguments, seed=self._seed, epoch=epoch,
            earlier=self.earlier.get(epoch, ()),
        )

    def draw_of(self, epoch: int) -> int:
        """The epoch whose augmentation an epoch shows: its own, unless they repeat."""
        return (epoch - 1) % self._draws + 1 if self._draws else epoch

    def pictures(
        self, batches: Sequence[Sequence[int]], epoch: int, draw: int
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches of these training pictures, in the augmentation of a draw."""
        if self._is_indexed(self._train) and not self._augments_one_by_one:
            pixels = loader.indexed_batches(self._train, batches)
        else:
            pixels = loader.training_loader(
                self._train, self._unfinished, self._arguments, seed=self._seed, epoch=epoch,
                batches=batches, draw=draw, pin_memory=self._device.type == "cuda",
            )

        def place(batch: tuple[Pixels, Sequence[int]]) -> tuple[Tensor, Tensor]:
            (images, targets), places = batch
            images = self._moved(images)
            if self._batched:
                indices = self._train.indices[places]
                images = self._batched(images, indices, seed=self._seed, epoch=draw)
            return self._normalize(images), self._moved(targets)

        return placed(zip(pixels, batches, strict=True), place, self._device)

    @property
    def test_samples(self) -> int:
        """How many images are held out."""
        return len(self._test_indices)

    def validation(self) -> Iterable[tuple[Tensor, Tensor]]:
        """Batches of the validation split, always in the same order.

        In one of several processes its share of them.
        """
        return self.validation_pictures(self.own_of(self.validation_places()))

    def validation_places(self) -> list[Tensor]:
        """The pictures of each batch of the validation split, by their place in it."""
        return list(torch.arange(len(self._val)).split(self.batch_size))

    def validation_pictures(self, batches: Sequence[Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
        """These batches of the validation split."""
        return self._evaluation(self._val, batches)

    def own_of(self, batches: Sequence[Tensor]) -> Sequence[Tensor]:
        """Which of the batches that no step is made of are this process's."""
        return batches[self._ranks.rank :: self._ranks.size]

    def test(self) -> Iterable[tuple[Tensor, Tensor]]:
        """Batches of the held-out images; they are prepared anew at each call."""
        images = PreparedImages(self._data, self._test_indices, self._transforms)
        every = torch.arange(len(images)).split(self.batch_size)
        return self._evaluation(images, self.own_of(every))

    def _evaluation(
        self, images: PreparedImages, batches: Sequence[Tensor]
    ) -> Iterator[tuple[Tensor, Tensor]]:
        if self._is_indexed(images):
            pixels = loader.indexed_batches(images, batches)
        else:
            pixels = loader.evaluation_loader(
                images, self._unfinished, batches=[one.tolist() for one in batches],
                num_workers=self._arguments.num_workers,
                pin_memory=self._device.type == "cuda",
            )
        return placed(
            pixels,
            lambda batch: (self._normalize(self._moved(batch[0])), self._moved(batch[1])),
            self._device,
        )

    # --- where pictures come from and go to --------------------------------------------------

    def _is_indexed(self, images: PreparedImages) -> bool:
        """Whether a batch is one look into a tensor; else a DataLoader gathers it."""
        wanted = self._arguments
        return (
            images.kept is not None and wanted.num_workers == 0 and wanted.collate == "default"
        )

    @property
    def _unfinished(self) -> Transforms:
        """What a DataLoader does: its workers send bytes and not floats, four times as many."""
        return replace(self._transforms, normalize=v2.Identity())

    def _moved(self, tensor: Tensor) -> Tensor:
        return sent(tensor, self._device)
