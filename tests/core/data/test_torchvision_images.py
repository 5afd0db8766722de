"""The images of torchvision's data sets, read from small ones."""

import numpy as np
import pytest
from torchvision import datasets

from core.data import torchvision_images, torchvision_sets
from core.data.datasets import find_dataset
from core.data.describe import describe
from core.data.load import load_images
from core.messages import ThawError

from .making import folder
from .torchvision_files import cifar10, flowers, md5, mnist, pets, rows, trusted


def test_cifar10(home, monkeypatch):
    files = trusted(monkeypatch, cifar10())
    folder(home / "data" / "cifar-10-batches-py", files)
    data = load_images("cifar10")
    assert len(data) == 26
    assert data.classes == tuple(f"class {n}" for n in range(10))
    assert data.official_test.tolist() == list(range(20, 26))
    assert data.targets[:5].tolist() == [1, 0, 1, 2, 2]
    assert data.targets[20:].tolist() == [5, 4, 3, 2, 1, 0]
    assert data.targets.dtype == np.int64
    assert np.array_equal(data.image(4).numpy(), rows(4, 2)[0].reshape(3, 32, 32))
    assert np.array_equal(data.image(25).numpy(), rows(6, 9)[5].reshape(3, 32, 32))


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_mnist(home, name):
    files = mnist()
    folder(home / "data" / find_dataset(name).torchvision / "raw", files)
    assert describe(name).ready
    data = load_images(name)
    assert len(data) == 17
    assert len(data.classes) == 10
    assert data.official_test.tolist() == [12, 13, 14, 15, 16]
    assert data.targets.tolist() == [*range(10), 0, 1, 0, 1, 2, 3, 4]
    grey = np.frombuffer(files["t10k-images-idx3-ubyte"][16:], np.uint8).reshape(5, 28, 28)
    assert data.image(12).shape == (3, 28, 28)
    assert all(np.array_equal(channel, grey[0]) for channel in data.image(12).numpy())


def test_flowers(home):
    photos, labels, ids = flowers()
    root = home / "data" / "flowers-102"
    folder(root, photos | {"imagelabels.mat": labels, "setid.mat": ids})
    entry = find_dataset("flowers102")
    assert torchvision_sets.is_ready(entry)
    with pytest.MonkeyPatch.context() as patched:
        known = dict(datasets.Flowers102._file_dict)
        known |= {"label": ("imagelabels.mat", md5(labels)), "setid": ("setid.mat", md5(ids))}
        patched.setattr(datasets.Flowers102, "_file_dict", known)
        data = torchvision_images.load(entry)
    assert data.targets.tolist() == [1, 0, 1, 0, 0, 1]
    assert data.official_test.tolist() == [4, 5]
    assert len(data.classes) == 102
    assert data.image(0).shape == (3, 20, 24)
    assert [file.name for file in data.image.args[0]][:2] == ["image_00006.jpg", "image_00001.jpg"]
    with pytest.raises(ThawError, match="Delete the folder .*flowers-102"):
        torchvision_images.load(entry)  # the checksums are those of the real files again


def test_pets(home):
    photos, lists = pets()
    folder(home / "data" / "oxford-iiit-pet", photos | lists)
    data = load_images("oxford_pets")
    assert data.classes == ("Abyssinian", "American Bulldog")
    assert data.targets.tolist() == [0, 1, 0, 1]
    assert data.official_test.tolist() == [3]


def test_fingerprint_is_that_of_the_content(home):
    raw = folder(home / "data" / "MNIST" / "raw", mnist())
    first = load_images("mnist").fingerprint
    assert load_images("mnist").fingerprint == first
    content = bytearray((raw / "t10k-images-idx3-ubyte").read_bytes())
    content[-1] ^= 1
    (raw / "t10k-images-idx3-ubyte").write_bytes(content)
    assert load_images("mnist").fingerprint != first


@pytest.mark.parametrize("damage", [b"", b"\0\0\x08\x03", bytes(100)])
def test_damaged_files_are_said(home, damage):
    raw = folder(home / "data" / "MNIST" / "raw", mnist())
    (raw / "train-images-idx3-ubyte").write_bytes(damage)
    with pytest.raises(ThawError) as caught:
        load_images("mnist")
    assert caught.value.problem.id == "data.download_damaged"


def test_files_of_someone_else_are_not_unpickled(home):
    folder(home / "data" / "cifar-10-batches-py", cifar10())  # other checksums than the real ones
    with pytest.raises(ThawError, match="damaged"):
        load_images("cifar10")
