"""The batches of a run: as a plain DataLoader gathers them, whichever way they come."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader
from torchvision.transforms import v2

from core.data import loader
from core.data.load import load_images
from core.data.split import Split
from core.data.transforms import build_transforms
from core.recipe import LoaderSpec
from core.seeds import seed_for
from core.training import run_data as module
from core.training.ranks import Ranks
from core.training.run_data import RunData

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SPLIT = Split(train=np.arange(900, 953), val=np.arange(19), test=np.arange(40, 51))


@pytest.fixture(scope="module")
def digits():
    return load_images("digits")


def run_data(digits, *, size=24, resize="squash", augment="none", augment_on="loader",
             draws=0, mean=MEAN, std=STD, **arguments) -> RunData:
    transforms = build_transforms(
        size=size, resize=resize, augment=augment, augment_on=augment_on, mean=mean, std=std
    )
    spec = LoaderSpec(**{"batch_size": 8, **arguments})
    return RunData(digits, SPLIT, transforms, spec, seed=5, draws=draws)


def by_hand(digits, indices, order, batch, *, size, resize, mean, std, drop_last=False):
    """Picture by picture with torchvision's transforms, in a DataLoader."""
    mode = v2.InterpolationMode.BILINEAR
    resized = (
        [v2.Resize((size, size), mode, antialias=True)] if resize == "squash"
        else [v2.Resize(size, mode, antialias=True), v2.CenterCrop(size)]
    )
    made = v2.Compose([
        *resized, v2.ToDtype(torch.float32, scale=True), v2.Normalize(list(mean), list(std))
    ])
    samples = [
        (made(digits.image(int(indices[place]))), int(digits.targets[indices[place]]))
        for place in order
    ]
    return list(DataLoader(samples, batch_size=batch, drop_last=drop_last))


def same(ours, theirs) -> bool:
    return all(
        torch.equal(one[0], other[0]) and torch.equal(one[1], other[1])
        for one, other in zip(ours, theirs, strict=True)
    )


@pytest.mark.parametrize("resize", ["squash", "crop"])
@pytest.mark.parametrize(("mean", "std"), [(MEAN, STD), ((0.5,) * 3, (0.5,) * 3)])
@pytest.mark.parametrize("size", [8, 24, 33])
def test_indexed_batches_are_those_of_a_dataloader_to_the_bit(digits, size, resize, mean, std):
    how = {"size": size, "resize": resize, "mean": mean, "std": std}
    for drop_last in (False, True):
        data = run_data(digits, drop_last=drop_last, **how)
        order = loader.epoch_order(53, 5, 2, True)
        theirs = by_hand(digits, SPLIT.train, order, 8, drop_last=drop_last, **how)
        assert same(data.train(2, 0), theirs)
        assert len(theirs) == data.steps_per_epoch
        assert same(data.train(2, 3), theirs[3:])
    assert same(data.validation(), by_hand(digits, SPLIT.val, range(19), 8, **how))
    assert same(data.test(), by_hand(digits, SPLIT.test, range(11), 8, **how))


@pytest.mark.parametrize("augment_on", ["loader", "batch"])
@pytest.mark.parametrize("augment", ["none", "affine", "flip_crop"])
def test_every_way_brings_the_same(digits, augment, augment_on, monkeypatch):
    how = {"augment": augment, "augment_on": augment_on}
    plain = run_data(digits, **how)
    train, val = list(plain.train(3, 0)), list(plain.validation())
    others = [
        run_data(digits, num_workers=2, **how), run_data(digits, collate="pad_images", **how)
    ]
    monkeypatch.setattr(loader, "KEEP_BYTES", 0)
    others.append(run_data(digits, **how))
    for other in others:
        assert same(other.train(3, 0), train)
        assert same(other.train(3, 4), train[4:])
        assert same(other.validation(), val)


def test_a_loader_is_asked_only_where_it_is_needed(digits, monkeypatch):
    def refuse(*_args, **_named):
        raise AssertionError("a DataLoader was made")

    indexed = [run_data(digits), run_data(digits, augment="affine", augment_on="batch")]
    gathered = [run_data(digits, num_workers=1), run_data(digits, augment="affine")]
    monkeypatch.setattr(loader, "training_loader", refuse)
    for data in indexed:
        assert len(list(data.train(1, 0))) == data.steps_per_epoch
    for data in gathered:
        with pytest.raises(AssertionError):
            list(data.train(1, 0))


def test_one_by_one_draws_from_the_seed_the_epoch_and_the_sample(digits):
    data = run_data(digits, augment="affine", shuffle=False)
    made = build_transforms(size=24, resize="squash", augment="affine", mean=MEAN, std=STD)
    pictures, _ = list(data.train(4, 0))[2]
    for place in range(8):
        index = int(SPLIT.train[16 + place])
        torch.manual_seed(seed_for("augment", 5, 4, index))
        assert torch.equal(pictures[place], made.train(digits.image(index)))


@pytest.mark.parametrize("augment", ["affine", "flip_crop"])
def test_in_batches_a_picture_looks_the_same_in_any_batch(digits, augment):
    data = run_data(digits, augment=augment, augment_on="batch", draws=2)
    alone = {
        place: next(iter(data.pictures([[place]], 1, 1)))[0][0] for place in range(53)
    }
    for batches in ([[5, 3, 7]], [list(range(53))], [[1], [2, 9] * 4]):
        for (pictures, _), batch in zip(data.pictures(batches, 1, 1), batches, strict=True):
            for picture, place in zip(pictures, batch, strict=True):
                assert torch.equal(picture, alone[place])
    first, second, third = (torch.cat([p for p, _ in data.train(e, 0)]) for e in (1, 2, 3))
    order = [torch.as_tensor(loader.epoch_order(53, 5, epoch, True)) for epoch in (1, 2, 3)]
    sorted_first, sorted_third = first[order[0].argsort()], third[order[2].argsort()]
    assert torch.equal(sorted_first, sorted_third)  # two draws repeat in the third epoch
    assert not torch.equal(sorted_first, second[order[1].argsort()])


class _Device:
    """A GPU with so much free memory, for what is decided before anything is put there."""

    type = "cuda"


@pytest.mark.parametrize(
    ("spec", "one_by_one", "stays"),
    [({}, False, True), ({"on_device": "off"}, False, False), ({"num_workers": 1}, False, False),
     ({"collate": "pad_images"}, False, False), ({}, True, False)],
)
def test_pictures_stay_on_a_gpu_within_a_share_of_its_memory(
    spec: dict, one_by_one: bool, stays: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, how = LoaderSpec(**spec), {"one_by_one": one_by_one}
    assert not module.stays_on(wanted, torch.device("cpu"), **how)
    assert module.kept_bytes(wanted, torch.device("cpu"), **how) == loader.KEEP_BYTES
    assert module.stays_on(wanted, _Device(), **how) is stays
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (8 * 2**30, 16 * 2**30))
    monkeypatch.setattr(module.portable, "available_memory", lambda: 64 * 2**30)
    expected = 2 * 2**30 if stays else loader.KEEP_BYTES
    assert module.kept_bytes(wanted, _Device(), **how) == expected
    monkeypatch.setattr(module.portable, "available_memory", lambda: 2**30)
    assert module.kept_bytes(wanted, _Device(), **how) == (
        2**29 if stays else loader.KEEP_BYTES
    )


def test_processes_of_a_machine_share_its_memory_for_pictures(monkeypatch) -> None:
    """Each has a GPU of its own, and prepares all pictures in the memory that they have together.

    All of them ask before any has begun.
    """
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (2**40, 2**40))
    monkeypatch.setattr(module.portable, "available_memory", lambda: 64 * 2**30)
    asked = []

    def prepared(data, indices, transforms, most):
        asked.append(most)
        return SimpleNamespace(targets=[], move_to=lambda device: None)

    monkeypatch.setattr(module, "PreparedImages", prepared)
    transforms = SimpleNamespace(
        batched=None, normalize=torch.nn.Identity(), augment=module.v2.Identity(), size=8
    )
    device = SimpleNamespace(type="cuda")
    monkeypatch.setattr(torch.nn.Identity, "to", lambda module, device: module)
    for here in (1, 8):
        RunData(None, SPLIT, transforms, LoaderSpec(), seed=0, draws=0, device=device,
                ranks=Ranks(0, 0, here, here))
    assert asked == [32 * 2**30] * 2 + [4 * 2**30] * 2


def test_moved_pictures_give_the_same_batches(digits) -> None:
    transforms = build_transforms(size=24, resize="squash", augment="none", mean=MEAN, std=STD)
    images = loader.PreparedImages(digits, SPLIT.val, transforms)
    places = [[3, 1], [0, 2, 4]]
    before = list(loader.indexed_batches(images, places))
    images.move_to(torch.device("cpu"))
    after = list(loader.indexed_batches(images, places))
    for one, other in zip(before, after, strict=True):
        assert torch.equal(one[0], other[0]) and torch.equal(one[1], other[1])
    images.move_to(torch.device("meta"))
    (pictures, labels), *_ = loader.indexed_batches(images, places)
    assert pictures.device.type == labels.device.type == "meta" and pictures.shape[0] == 2
