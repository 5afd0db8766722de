"""What is brought for a class without a network, from a server of the test's own."""

import functools
import hashlib
import http.server
import shutil
import threading
from pathlib import Path

import pytest
from torchvision import datasets

from core import network
from core.__main__ import main
from core.data import torchvision_sets
from core.data.datasets import find_dataset
from core.models import catalogue, weights_file
from tests.core.commands.test_commands import answered, refused, written
from tests.core.data.torchvision_files import cifar10, md5, tarred, trusted

MODEL, WEIGHTS = "shufflenet_v2_x0_5", "IMAGENET1K_V1"


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A folder whose files can be downloaded, and what is asked for there."""
    root, asked = tmp_path / "server", []
    root.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            asked.append(self.path)

    running = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=root)
    )
    threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("THAW_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(network, "TIMEOUT", 2)
    address = f"http://127.0.0.1:{running.server_port}/"
    offer_cifar(root, address, monkeypatch)
    yield offer_weights(root, address), asked
    running.shutdown()
    running.server_close()


def offer_cifar(root: Path, address: str, monkeypatch) -> None:
    files = trusted(monkeypatch, cifar10())
    archive = tarred({f"cifar-10-batches-py/{name}": content for name, content in files.items()})
    (root / "cifar-10-python.tar.gz").write_bytes(archive)
    monkeypatch.setattr(datasets.CIFAR10, "url", address + "cifar-10-python.tar.gz")
    monkeypatch.setattr(datasets.CIFAR10, "tgz_md5", md5(archive))


def offer_weights(root: Path, address: str) -> Path:
    """A file whose name belongs to its content, as torch's hub names them."""
    entry = catalogue.find_weights(MODEL, WEIGHTS)
    content = b"weights" * 400_000
    path = root / f"small-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    path.write_bytes(content)
    object.__setattr__(entry, "url", address + path.name)
    object.__setattr__(entry, "file", path.name)
    return path


@pytest.fixture(autouse=True)
def restored():
    """The catalogue's entry as it was."""
    entry = catalogue.find_weights(MODEL, WEIGHTS)
    file, url = entry.file, entry.url
    yield
    object.__setattr__(entry, "file", file)
    object.__setattr__(entry, "url", url)


def statuses(answer: dict) -> dict[str, str]:
    return {item["name"]: item["status"] for item in answer["items"]}


def test_what_is_named_comes_once_and_is_here_from_then_on(capsys, served):
    file, asked = served
    named = ["prefetch", "--weights", MODEL, f"{MODEL}:{WEIGHTS}", "shufflenet_v2_x1_0:LETTERS",
             "--data", "cifar10", "digits"]
    every = {f"{MODEL}:{WEIGHTS}": "came", "shufflenet_v2_x1_0:LETTERS": "here",
             "cifar10": "came", "digits": "here"}
    assert statuses(answered(capsys, *named)) == every
    assert weights_file.available_offline(MODEL, WEIGHTS)
    assert torchvision_sets.is_ready(find_dataset("cifar10"))
    came = len(asked)
    assert came == 2
    lines = written(capsys, *named).splitlines()
    assert len(lines) == 4 and all(line.startswith("✓ ") and line.endswith(": here")
                                   for line in lines)
    assert len(asked) == came


def test_one_that_is_missing_holds_up_no_other(capsys, served):
    file, _ = served
    file.unlink()
    answer = answered(capsys, "prefetch", "--weights", MODEL, "--data", "cifar10")
    assert answer["exit_code"] == 1
    assert statuses(answer) == {f"{MODEL}:{WEIGHTS}": "missing", "cifar10": "came"}
    assert "the server answered 404" in answer["items"][0]["why"]
    capsys.readouterr()
    assert main(["prefetch", "--weights", MODEL]) == 1
    assert capsys.readouterr().out.startswith(f"✗ {MODEL}:{WEIGHTS} (weights, ")


def test_a_damaged_file_is_no_file(capsys, served, tmp_path):
    file, _ = served
    kept = tmp_path / "torch/hub/checkpoints" / file.name
    kept.parent.mkdir(parents=True)
    shutil.copy(file, kept)
    assert answered(capsys, "prefetch", "--weights", MODEL)["items"][0]["status"] == "here"
    kept.write_bytes(b"cut")
    item = answered(capsys, "prefetch", "--weights", MODEL)["items"][0]
    assert item["status"] == "missing" and str(kept) in item["why"]


def test_nothing_comes_where_one_name_is_wrong(capsys, served):
    _, asked = served
    assert "--weights MODEL" in refused(capsys, "prefetch")
    assert "no model" in refused(capsys, "prefetch", "--data", "cifar10", "--weights", "nope")
    wrong = refused(capsys, "prefetch", "--weights", MODEL, f"{MODEL}:V9")
    assert "V9" in wrong
    assert "own" in refused(capsys, "prefetch", "--data", "cifar10", "folder")
    assert not asked


def test_how_far_it_is_stands_on_standard_error(capsys, served):
    assert main(["prefetch", "--weights", MODEL]) == 0
    assert capsys.readouterr().err.splitlines()[-1] == f"{MODEL}:{WEIGHTS}: 100 %"
