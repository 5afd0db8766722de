"""The training loader: the order of a real DataLoader, the same from any step, with any workers."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from core.data.load import load_images
from core.data.loader import PreparedImages, epoch_order, evaluation_loader, training_loader
from core.data.transforms import AUGMENTS, build_transforms
from core.recipe import LoaderSpec
from core.seeds import seed_for


def transforms(augment: str = "affine", size: int = 24, resize: str = "squash"):
    return build_transforms(
        size=size, resize=resize, augment=augment, mean=(0.5,) * 3, std=(0.25,) * 3
    )


@pytest.fixture(scope="module")
def digits():
    return load_images("digits")


@pytest.mark.parametrize("batch_size, drop_last", [(7, False), (7, True), (64, False)])
def test_the_order_is_that_of_a_dataloader(batch_size, drop_last):
    for epoch in (1, 2):
        generator = torch.Generator().manual_seed(seed_for("order", 5, epoch))
        plain = DataLoader(
            TensorDataset(torch.arange(50)), batch_size=batch_size, shuffle=True,
            drop_last=drop_last, generator=generator,
        )
        order = [int(i) for (batch,) in plain for i in batch]
        assert epoch_order(50, 5, epoch, shuffle=True)[: len(order)] == order


def test_it_goes_on_from_any_step_with_any_workers(digits):
    images = PreparedImages(digits, range(40), transforms())
    arguments = LoaderSpec(batch_size=8)

    def batches(start: int, workers: int):
        return list(training_loader(
            images, transforms(), arguments.model_copy(update={"num_workers": workers}),
            seed=1, epoch=3, start_step=start,
        ))

    whole = batches(0, 0)
    assert len(whole) == 5
    for start, workers in ((2, 0), (1, 2), (4, 1)):
        for ours, theirs in zip(whole[start:], batches(start, workers), strict=True):
            assert torch.equal(ours[0], theirs[0]) and torch.equal(ours[1], theirs[1])


def test_augmentation_is_another_one_each_epoch(digits):
    images = PreparedImages(digits, range(8), transforms())
    arguments = LoaderSpec(batch_size=8, shuffle=False)
    one, other = (
        next(iter(training_loader(images, transforms(), arguments, seed=1, epoch=epoch)))[0]
        for epoch in (1, 2)
    )
    assert not torch.equal(one, other)


def test_drawing_pictures_anew_gives_what_keeping_them_gives(digits, monkeypatch):
    kept = PreparedImages(digits, range(10), transforms())
    monkeypatch.setattr("core.data.loader.KEEP_BYTES", 0)
    anew = PreparedImages(digits, range(10), transforms())
    assert all(torch.equal(kept[place], anew[place]) for place in range(10))


def test_evaluation_keeps_order_and_pictures(digits):
    indices = [5, 3, 99]
    images = PreparedImages(digits, indices, transforms())
    batch, targets = next(iter(evaluation_loader(images, transforms(), batch_size=8)))
    assert targets.tolist() == digits.targets[indices].tolist()
    expected = transforms().eval(digits.image(99))
    assert torch.equal(batch[2], expected)


@pytest.mark.parametrize("augment", AUGMENTS)
@pytest.mark.parametrize("resize", ["squash", "crop"])
def test_every_augmentation_gives_the_input_of_the_model(digits, augment, resize):
    made = transforms(augment, resize=resize)
    picture = torch.randint(0, 256, (3, 20, 33), dtype=torch.uint8)
    torch.manual_seed(0)
    for out in (made.train(picture), made.eval(picture)):
        assert (out.shape, out.dtype) == ((3, 24, 24), torch.float32)
    white = made.eval(torch.full((3, 20, 33), 255, dtype=torch.uint8))
    assert torch.allclose(white, torch.tensor(2.0))  # (1 - 0.5) / 0.25


def test_digits_are_what_scikit_learn_has(digits):
    from sklearn.datasets import load_digits

    found = load_digits()
    assert np.array_equal(digits.targets, found.target)
    assert digits.image(7).shape == (3, 8, 8)
    assert np.array_equal(
        digits.image(7)[0].numpy(), np.rint(found.images[7] * 255 / 16).astype(np.uint8)
    )
    assert digits.fingerprint == load_images("digits").fingerprint
