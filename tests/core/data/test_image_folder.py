"""A folder of images: its classes, its split, and what is left out of it."""

import os
import pickle
import subprocess
import sys
import unicodedata

import numpy as np
import pytest
from torch.utils.data import DataLoader

from core.data import image_folder, load
from core.data.describe import describe
from core.data.image_folder import load_folder, scan
from core.data.load import BrokenPictureError
from core.messages import ThawError, sentence

from .making import as_file, classes, folder, noise


def scanned(root, files):
    return scan(str(folder(root, files)))


def ids(problems):
    return [problem.id for problem in problems]


def refused(path, id):
    with pytest.raises(ThawError) as caught:
        scan(str(path))
    assert caught.value.problem.id == id
    assert str(caught.value)


def test_one_folder_a_class(tmp_path):
    found = scanned(tmp_path, classes("dog", "cat"))
    assert found.classes == ("cat", "dog")
    assert found.targets.tolist() == [0] * 4 + [1] * 4
    assert found.targets.dtype == np.int64
    assert [file.name for file in found.files[:4]] == ["0.png", "1.png", "2.png", "3.png"]
    assert (found.official_test, found.left_out, found.notices) == (None, (), ())


def test_deeper_pictures_belong_to_the_class_above_them(tmp_path):
    files = classes("cat", "dog") | classes("indoors", base="cat/")
    found = scanned(tmp_path, files)
    assert np.bincount(found.targets).tolist() == [8, 4]


def test_system_files_are_no_one_s(tmp_path):
    files = classes("photos/cat", "photos/dog") | {
        "__MACOSX/photos/cat/._0.png": b"x", ".DS_Store": b"x", "photos/cat/Thumbs.db": b"x",
        "photos/.ipynb_checkpoints/0.png": b"x", "photos/dog/._1.png": b"x",
    }
    found = scanned(tmp_path, files)
    assert found.classes == ("cat", "dog")
    assert found.left_out == ()


def test_folders_around_the_classes_count_for_nothing(tmp_path):
    files = classes("a/b/cat", "a/b/dog") | {"a/cover.png": as_file(noise())}
    found = scanned(tmp_path, files)
    assert found.classes == ("cat", "dog")
    assert [dict(one.values) for one in found.left_out] == [{"name": "a/cover.png"}]


@pytest.mark.parametrize(
    ("parts", "held_out"),
    [
        (("train", "test"), "test"), (("train", "val"), "val"),
        (("Training", "Validation"), "Validation"), (("train", "val", "test"), "test"),
        (("data/train", "data/valid", "data/test"), "test"),
    ],
)
def test_split_folders(tmp_path, parts, held_out):
    files = {}
    for part in parts:
        files |= classes(f"{part}/cat", f"{part}/dog", each=3)
    found = scanned(tmp_path, files)
    assert found.classes == ("cat", "dog")
    assert len(found.targets) == 6 * len(parts)
    named = {file.parent.parent.name for file in np.array(found.files)[found.official_test]}
    assert named == {held_out}
    assert len(found.official_test) == 6


def test_classes_that_are_called_like_a_part(tmp_path):
    found = scanned(tmp_path, classes("train", "bus", "tram"))
    assert found.classes == ("bus", "train", "tram")


def test_a_class_of_the_test_alone_is_left_out(tmp_path):
    files = classes("train/cat", "train/dog", "test/cat", "test/dog", "test/cow")
    found = scanned(tmp_path, files | {"notes/0.png": as_file(noise())})
    assert found.classes == ("cat", "dog")
    assert len(found.targets) == 16
    assert set(ids(found.left_out)) == {"data.class_only_in_test", "data.no_class"}


def test_a_test_without_classes_holds_nothing_out(tmp_path):
    files = classes("train/cat", "train/dog", "val/cat", "val/dog", "test")
    found = scanned(tmp_path, files)
    assert len(found.official_test) == 8
    assert ids(found.left_out) == ["data.no_class"] * 4


def test_notices(tmp_path):
    files = classes("cat", "Cat", "dog") | classes("owl", each=1) | {"cow/": b""}
    found = scanned(tmp_path, files)
    assert found.classes == ("Cat", "cat", "dog", "owl")
    said = [sentence(notice) for notice in found.notices]
    assert "“cow”" in said[0]
    assert "Cat, cat" in said[1]
    assert "“owl” has 1 of at least 3" in said[2]


def test_names_are_composed_and_without_control_characters(tmp_path):
    name = "café"
    files = classes(
        unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name),
        "<b>dog</b>"[:4] + "\x1b[31mred\u202e\n",
    )
    found = scanned(tmp_path, files)
    assert found.classes == ("<b>d[31mred", "café")
    assert np.bincount(found.targets).tolist() == [4, 8]


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text")
def test_names_that_are_no_text(tmp_path):
    root = folder(tmp_path, classes("cat"))
    os.mkdir(os.fsencode(root) + b"/d\xff")
    (root / os.fsdecode(b"d\xff") / "1.png").write_bytes(as_file(noise()))
    found = scan(str(root))
    assert found.classes == ("cat", "d?")
    "".join(found.classes).encode()


def test_what_is_no_picture_is_left_out_and_said(tmp_path):
    files = classes("cat", "dog") | {
        "cat/page.jpg": b"<html>", "cat/labels.csv": b"a,b", "dog/tiny.png": as_file(noise(4, 4)),
        "dog/EMPTY.JPG": b"",
    }
    found = scanned(tmp_path, files)
    assert len(found.targets) == 8
    assert sorted(ids(found.left_out)) == [
        "data.not_a_picture", "data.picture_too_small", "data.picture_unreadable",
        "data.picture_unreadable",
    ]
    assert all("cat/" in sentence(one) or "dog/" in sentence(one) for one in found.left_out)


def test_links(tmp_path):
    root = folder(tmp_path / "data", classes("cat", "dog"))
    elsewhere = folder(tmp_path / "elsewhere", classes("cow"))
    (root / "cow").symlink_to(elsewhere / "cow")
    (root / "cat" / "linked.png").symlink_to(elsewhere / "cow" / "0.png")
    (root / "cat" / "dangling.png").symlink_to(elsewhere / "none.png")
    found = scan(str(root))
    assert np.bincount(found.targets).tolist() == [5, 4]
    assert sorted(ids(found.left_out)) == ["data.linked_folder", "data.picture_unopened"]


def test_what_can_not_be_trained_on(tmp_path, monkeypatch):
    refused(tmp_path / "none", "data.folder_missing")
    refused("a\0b", "data.folder_missing")
    refused("~nobody-of-this-name/x", "data.folder_unreadable")
    refused(folder(tmp_path / "empty", {"a/": b""}), "data.no_pictures")
    refused(folder(tmp_path / "text", {"a/x.txt": b""}), "data.no_pictures")
    refused(folder(tmp_path / "flat", {"1.png": as_file(noise())}), "data.no_class_folders")
    refused(folder(tmp_path / "one", classes("cat")), "data.one_class")
    refused(folder(tmp_path / "deep", classes("a/b/c/cat")), "data.one_class")
    refused(folder(tmp_path / "bad", {"a/1.png": b"x", "b/1.png": b"y"}), "data.none_readable")
    files = classes("cat", each=2) | {"dog/1.png": b""}
    refused(folder(tmp_path / "half", files), "data.one_class")
    monkeypatch.setattr(image_folder, "MAX_FILES", 5)
    refused(folder(tmp_path / "many", classes("cat", "dog")), "data.too_many_files")


def test_home_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    folder(tmp_path / "pets", classes("cat", "dog"))
    assert scan("~/pets").classes == scan(" ~/pets ").classes == ("cat", "dog")


def test_described_as_loaded(tmp_path):
    root = folder(tmp_path, classes("train/cat", "train/dog", "test/cat", "test/dog"))
    info, data = describe("folder", str(root)), load.load_images("folder", str(root))
    assert info.classes == data.classes
    assert info.counts() == {"cat": 8, "dog": 8}
    assert info.targets.tolist() == data.targets.tolist()
    assert info.official_test.tolist() == data.official_test.tolist()


def test_scan_needs_no_torch(tmp_path):
    root = folder(tmp_path, classes("cat", "dog"))
    script = (
        "import sys; from core.data.describe import describe\n"
        f"assert len(describe('folder', {str(root)!r}).targets) == 8\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_pictures_come_as_they_are(tmp_path):
    files = classes("cat", "dog")
    data = load_folder(str(folder(tmp_path, files)))
    assert len(data) == 8
    for index, name in ((0, "cat/0.png"), (5, "dog/1.png")):
        expected = np.array(noise(seed=(1000 if "dog" in name else 0) + index % 4))
        image = data.image(index)
        assert np.array_equal(image.permute(1, 2, 0).numpy(), expected)
        assert image.is_contiguous()
    pickle.loads(pickle.dumps(data))  # to a loader's worker where processes are not forked


def test_fingerprint(tmp_path, monkeypatch):
    root = folder(tmp_path / "a", classes("cat", "dog"))
    first = load_folder(str(root)).fingerprint
    copy = folder(tmp_path / "b", classes("cat", "dog"))
    assert load_folder(str(copy)).fingerprint == first  # of small sets the content counts alone
    (copy / "cat" / "0.png").write_bytes(as_file(noise(seed=99)))
    assert load_folder(str(copy)).fingerprint != first
    (root / "cat" / "0.png").rename(root / "cat" / "9.png")
    assert load_folder(str(root)).fingerprint != first

    monkeypatch.setattr(image_folder, "_READ_WHOLE", 10)
    large = load_folder(str(root)).fingerprint
    assert load_folder(str(root)).fingerprint == large
    os.utime(root / "dog" / "0.png", (1, 1))
    assert load_folder(str(root)).fingerprint != large


class _Pictures:
    """Just enough of a data set for a DataLoader."""

    def __init__(self, data):
        self.data = data

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        return self.data.image(index)


def test_damage_that_shows_only_in_mid_training_is_said(tmp_path):
    root = folder(tmp_path, classes("cat", "dog"))
    content = as_file(noise(64, 64))
    (root / "dog" / "3.png").write_bytes(content[: len(content) // 2])
    data = load_folder(str(root))
    with pytest.raises(ThawError, match="dog/3.png.*damaged"):
        data.image(7)
    for workers in (0, 1):  # torch makes a worker's error anew from its text
        with pytest.raises(BrokenPictureError) as caught:
            list(DataLoader(_Pictures(data), batch_size=None, num_workers=workers))
        assert caught.value.problem.id == "data.picture_damaged"
        assert dict(caught.value.problem.values) == {"name": "dog/3.png"}
