"""torchvision's data sets in small: brought from a server of the test's own, then read."""

import functools
import gzip
import hashlib
import http.server
import io
import pickle
import struct
import subprocess
import sys
import tarfile
import threading

import numpy as np
import pytest
from scipy.io import savemat
from torchvision import datasets

from core import network, places
from core.data import downloads
from core.data.datasets import DATASETS, find_dataset
from core.data.describe import describe
from core.data.load import load_images
from core.messages import ThawError

from .making import as_file, folder, noise

TORCHVISION = [entry for entry in DATASETS if entry.torchvision]


def md5(content):
    return hashlib.md5(content).hexdigest()


def rows(count, seed):
    """Pictures as CIFAR has them: uint8 [N, 3 * 32 * 32], one colour after the other."""
    return np.random.default_rng(seed).integers(0, 256, (count, 3072), dtype=np.uint8)


def cifar10():
    """Files of a CIFAR-10 of 5 batches of 4 and a test of 6."""
    files = {
        f"data_batch_{n}": pickle.dumps({"data": rows(4, n), "labels": [n, 0, 1, 2]})
        for n in range(1, 6)
    }
    files["test_batch"] = pickle.dumps({"data": rows(6, 9), "labels": [5, 4, 3, 2, 1, 0]})
    files["batches.meta"] = pickle.dumps({"label_names": [f"class {n}" for n in range(10)]})
    return files


def trusted(monkeypatch, files):
    """Makes torchvision take these files for the real ones."""
    monkeypatch.setattr(
        datasets.CIFAR10, "train_list",
        [[f"data_batch_{n}", md5(files[f"data_batch_{n}"])] for n in range(1, 6)],
    )
    monkeypatch.setattr(datasets.CIFAR10, "test_list", [["test_batch", md5(files["test_batch"])]])
    meta = dict(datasets.CIFAR10.meta, md5=md5(files["batches.meta"]))
    monkeypatch.setattr(datasets.CIFAR10, "meta", meta)
    return files


def idx(values):
    """An array in MNIST's format."""
    head = struct.pack(">HBB", 0, 8, values.ndim) + struct.pack(f">{values.ndim}I", *values.shape)
    return head + values.astype(np.uint8).tobytes()


def mnist():
    """Files of an MNIST of 12 and a test of 5."""
    random = np.random.default_rng(0)
    return {
        f"{part}-{kind}-ubyte": idx(values)
        for part, count in (("train", 12), ("t10k", 5))
        for kind, values in (
            ("images-idx3", random.integers(0, 256, (count, 28, 28))),
            ("labels-idx1", np.arange(count) % 10),
        )
    }


def tarred(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def mat(**values):
    buffer = io.BytesIO()
    savemat(buffer, values)
    return buffer.getvalue()


def flowers():
    """Photographs 1 to 6, in two classes, and what says where each belongs."""
    photos = {f"jpg/image_{n:05d}.jpg": as_file(noise(seed=n), "JPEG") for n in range(1, 7)}
    labels = mat(labels=np.array([[1, 2, 1, 2, 1, 2]]))
    ids = mat(trnid=np.array([[6, 1]]), valid=np.array([[2, 3]]), tstid=np.array([[5, 4]]))
    return photos, labels, ids


def pets():
    lines = [f"{breed}_{n} {label} 1 1" for n in (1, 2) for label, breed in
             ((1, "Abyssinian"), (2, "american_bulldog"))]  # fmt: skip
    photos = {f"images/{line.split()[0]}.jpg": as_file(noise(), "JPEG") for line in lines}
    lists = {"annotations/trainval.txt": lines[:3], "annotations/test.txt": lines[3:]}
    return photos, {name: "\n".join(found).encode() + b"\n" for name, found in lists.items()}


@pytest.fixture
def server(tmp_path):
    """A folder, and the address under which its files can be downloaded."""
    root = tmp_path / "server"
    root.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    running = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=root)
    )
    threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
    yield root, f"http://127.0.0.1:{running.server_port}/"
    running.shutdown()
    running.server_close()


@pytest.fixture
def offline(monkeypatch):
    """No address answers, whatever network this computer has."""

    def refused(*arguments, **options):
        raise network.Unreachable("Name or service not known")

    monkeypatch.setattr(network, "received", refused)


# --- reading ---------------------------------------------------------------------------------


def test_forms_are_those_of_the_table():
    assert {entry.torchvision for entry in TORCHVISION} == set(downloads._FORMS)
    assert len(TORCHVISION) == 6


@pytest.mark.parametrize("entry", TORCHVISION, ids=lambda entry: entry.name)
def test_torchvision_names_what_is_to_be_downloaded(entry):
    files = downloads._files_of(getattr(datasets, entry.torchvision))
    assert files
    for file in files:
        assert len(file.md5) == 32
        assert all(url.startswith("http") and url.endswith(file.name) for url in file.urls)
    assert not downloads.is_ready(entry)


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
    assert downloads.is_ready(entry)
    with pytest.MonkeyPatch.context() as patched:
        known = dict(datasets.Flowers102._file_dict)
        known |= {"label": ("imagelabels.mat", md5(labels)), "setid": ("setid.mat", md5(ids))}
        patched.setattr(datasets.Flowers102, "_file_dict", known)
        data = downloads.load(entry)
    assert data.targets.tolist() == [1, 0, 1, 0, 0, 1]
    assert data.official_test.tolist() == [4, 5]
    assert len(data.classes) == 102
    assert data.image(0).shape == (3, 20, 24)
    assert [file.name for file in data.image.args[0]][:2] == ["image_00006.jpg", "image_00001.jpg"]
    with pytest.raises(ThawError, match="Delete the folder .*flowers-102"):
        downloads.load(entry)  # the checksums are those of the real files again


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


def test_a_look_needs_no_torch():
    script = (
        "import sys; from core.data.describe import describe\n"
        f"assert not any(describe(n).ready for n in {[entry.name for entry in TORCHVISION]!r})\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


# --- downloading -----------------------------------------------------------------------------


def test_cifar10_is_downloaded_with_its_bytes(home, server, monkeypatch):
    root, address = server
    files = trusted(monkeypatch, cifar10())
    archive = tarred({f"cifar-10-batches-py/{name}": found for name, found in files.items()})
    (root / "cifar-10-python.tar.gz").write_bytes(archive)
    monkeypatch.setattr(datasets.CIFAR10, "url", address + "cifar-10-python.tar.gz")
    monkeypatch.setattr(datasets.CIFAR10, "tgz_md5", md5(archive))
    (home / "data" / "cifar-10-batches-py").mkdir(parents=True)  # half a one is replaced
    told = []
    data = load_images("cifar10", progress=lambda done, total: told.append((done, total)))
    assert len(data) == 26
    assert told[-1] == (len(archive), 163_000_000)
    assert [path.name for path in (home / "data").iterdir()] == ["cifar-10-batches-py"]
    told.clear()
    load_images("cifar10", progress=lambda done, total: told.append(done))
    assert told == []


def test_mnist_comes_from_the_second_address_if_the_first_has_another_file(
    home, server, monkeypatch
):
    root, address = server
    packed = {f"{name}.gz": gzip.compress(content) for name, content in mnist().items()}
    folder(root, {f"bad/{name}": b"<html>" for name in packed} | packed)
    monkeypatch.setattr(datasets.MNIST, "mirrors", [f"{address}bad/", f"{address}gone/", address])
    monkeypatch.setattr(
        datasets.MNIST, "resources", [(name, md5(content)) for name, content in packed.items()]
    )
    told = []
    data = load_images("mnist", progress=lambda done, total: told.append(done))
    assert len(data) == 17
    assert told == sorted(told)
    assert sorted(path.name for path in (home / "data" / "MNIST" / "raw").iterdir()) == sorted(
        mnist()
    )


def test_flowers_and_pets_are_downloaded(home, server, monkeypatch):
    root, address = server
    photos, labels, ids = flowers()
    parts = {"102flowers.tgz": tarred(photos), "imagelabels.mat": labels, "setid.mat": ids}
    folder(root, parts)
    names = zip(("image", "label", "setid"), parts, strict=True)
    known = {key: (name, md5(parts[name])) for key, name in names}
    monkeypatch.setattr(datasets.Flowers102, "_download_url_prefix", address)
    monkeypatch.setattr(datasets.Flowers102, "_file_dict", known)
    assert len(load_images("flowers102")) == 6

    archives = dict(zip(("images.tar.gz", "annotations.tar.gz"), map(tarred, pets()), strict=True))
    folder(root, archives)
    resources = tuple((address + name, md5(content)) for name, content in archives.items())
    monkeypatch.setattr(datasets.OxfordIIITPet, "_RESOURCES", resources)
    assert len(load_images("oxford_pets")) == 4
    assert sorted(path.name for path in (home / "data").iterdir()) == [
        "flowers-102", "oxford-iiit-pet",
    ]


def test_what_is_not_the_data_set_is_not_kept(home, server, monkeypatch):
    root, address = server
    (root / "page.tar.gz").write_text("<html>Log in to this network</html>")
    monkeypatch.setattr(datasets.CIFAR10, "url", f"{address}page.tar.gz")
    with pytest.raises(ThawError) as caught:
        load_images("cifar10")
    assert caught.value.problem.id == "data.download_wrong"
    assert list((home / "data").iterdir()) == []


def test_no_network_names_what_is_there(home, offline):
    folder(home / "data" / "MNIST" / "raw", mnist())
    with pytest.raises(ThawError) as caught:
        load_images("cifar10")
    assert str(caught.value) == (
        "CIFAR-10 is not on this computer and could not be downloaded (Name or service not "
        "known). Go online and try again, or take what needs no network: Digits, Image folder, "
        "Uploaded images, MNIST."
    )
    assert [path.name for path in (home / "data").iterdir()] == ["MNIST"]


def test_an_address_that_is_not_there(home, server, monkeypatch):
    monkeypatch.setattr(datasets.CIFAR10, "url", f"{server[1]}none.tar.gz")
    with pytest.raises(ThawError, match="the server answered 404"):
        load_images("cifar10")


def test_no_space_is_said_before_anything_comes(home, offline, monkeypatch):
    monkeypatch.setitem(places.BOUNDS, "data", 300 * 10**6)
    with pytest.raises(ThawError) as caught:
        load_images("cifar10")
    assert caught.value.problem.id == "places.bound_reached"
