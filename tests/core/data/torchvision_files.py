"""torchvision's data sets in small: the files that they would be downloaded as."""

import hashlib
import io
import pickle
import struct
import tarfile

import numpy as np
from scipy.io import savemat
from torchvision import datasets

from core.data.datasets import DATASETS

from .making import as_file, noise

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
