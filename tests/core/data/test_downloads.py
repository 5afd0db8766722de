"""torchvision's data sets in small, brought from a server of the test's own."""

import functools
import gzip
import http.server
import threading

import pytest
from torchvision import datasets

from core import network, places
from core.data import downloads, torchvision_sets
from core.data.load import load_images
from core.messages import ThawError

from .making import folder
from .torchvision_files import (
    TORCHVISION,
    cifar10,
    flowers,
    md5,
    mnist,
    pets,
    tarred,
    trusted,
)


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


@pytest.mark.parametrize("entry", TORCHVISION, ids=lambda entry: entry.name)
def test_torchvision_names_what_is_to_be_downloaded(entry):
    files = downloads._files_of(getattr(datasets, entry.torchvision))
    assert files
    for file in files:
        assert len(file.md5) == 32
        assert all(url.startswith("http") and url.endswith(file.name) for url in file.urls)
    assert not torchvision_sets.is_ready(entry)


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
