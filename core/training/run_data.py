"""The batches of a run, from its recipe."""

from collections.abc import Iterable, Sequence

from torch import Tensor

from core.data import loader
from core.data.load import ImageData
from core.data.split import Split
from core.data.transforms import Transforms
from core.recipe import LoaderSpec


class RunData:
    """The training, validation and test batches of a run.

    Args:
        data: All images.
        split: Which of them train, which validate and which are held out.
        transforms: From a stored image to the model's input.
        arguments: Of the training DataLoader.
        seed: The run's, from which order and augmentation are derived.
        draws: Epochs after which the augmentation of a picture repeats; 0: never.
        pin_memory: Whether batches lie in pinned memory, for copies to a GPU.
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
        pin_memory: bool,
    ) -> None:
        self._transforms, self._arguments = transforms, arguments
        self._seed, self._draws, self._pin_memory = seed, draws, pin_memory
        self._data, self._test_indices = data, split.test
        self._train = loader.PreparedImages(data, split.train, transforms)
        self._val = loader.PreparedImages(data, split.val, transforms)
        self.train_targets, self.val_targets = self._train.targets, self._val.targets
        size, batch = len(split.train), arguments.batch_size
        self.batch_size, self.size = batch, transforms.size
        self.steps_per_epoch = size // batch if arguments.drop_last else -(-size // batch)
        # Batches of another size that an epoch began with, as (how many, size).
        self.earlier: dict[int, tuple[tuple[int, int], ...]] = {}

    def train(self, epoch: int, start_step: int) -> Iterable[tuple[Tensor, Tensor]]:
        """Batches of an epoch from a step on: float32 [B, 3, S, S] and int64 [B]."""
        return self.pictures(self.places(epoch)[start_step:], epoch, self.draw_of(epoch))

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
    ) -> Iterable[tuple[Tensor, Tensor]]:
        """Batches of these training pictures, in the augmentation of a draw."""
        return loader.training_loader(
            self._train,
            self._transforms,
            self._arguments,
            seed=self._seed,
            epoch=epoch,
            batches=batches,
            draw=draw,
            pin_memory=self._pin_memory,
        )

    @property
    def test_samples(self) -> int:
        """How many images are held out."""
        return len(self._test_indices)

    def validation(self) -> Iterable[tuple[Tensor, Tensor]]:
        """Batches of the validation split, always in the same order."""
        return self._evaluation(self._val)

    def test(self) -> Iterable[tuple[Tensor, Tensor]]:
        """Batches of the held-out images; they are prepared anew at each call."""
        return self._evaluation(
            loader.PreparedImages(self._data, self._test_indices, self._transforms)
        )

    def _evaluation(self, images: loader.PreparedImages) -> Iterable[tuple[Tensor, Tensor]]:
        return loader.evaluation_loader(
            images,
            self._transforms,
            batch_size=self._arguments.batch_size,
            num_workers=self._arguments.num_workers,
            pin_memory=self._pin_memory,
        )
