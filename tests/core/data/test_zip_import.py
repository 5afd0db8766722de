"""Zips: the images, or one sentence; nothing outside their folder, nothing left behind."""

import io
import stat
import struct
import threading
import unicodedata
import zipfile

import numpy as np
import pytest
from PIL import Image

from core import places
from core.data import zip_pictures, zip_plan
from core.data.describe import describe
from core.data.uploads import delete_upload, find_upload, list_uploads, load_upload
from core.data.zip_import import import_zip
from core.messages import ThawError, sentence

from .making import as_file, classes, mutant, noise, zipped


def brought(files, **options):
    return import_zip(zipped(files, **options), "pets.zip")


def everything(home):
    """Every file and folder beside the test's own, as paths."""
    return sorted(str(path.relative_to(home.parent)) for path in home.parent.rglob("*"))


@pytest.fixture
def refused(home):
    def check(content, id, says=""):
        before = everything(home) if home.exists() else ["thaw", "thaw/uploads"]
        with pytest.raises(ThawError) as caught:
            import_zip(content if hasattr(content, "read") else io.BytesIO(content), "pets.zip")
        assert caught.value.problem.id == id
        assert says in str(caught.value)
        assert set(everything(home)) <= {*before, "thaw", "thaw/uploads"}

    return check


def ids(problems):
    return [problem.id for problem in problems]


# --- what is taken ---------------------------------------------------------------------------


def test_one_folder_a_class(home):
    told = []
    files = classes("pets/dog", "pets/cat") | {"pets/cow/": b"", "pets/readme.txt": b"hello"}
    upload = import_zip(
        zipped(files, zipfile.ZIP_DEFLATED), "C:\\Users\\me\\My pets.zip",
        progress=lambda done, total: told.append((done, total)),
    )
    assert upload.title == "My pets.zip"
    assert (upload.classes, upload.counts) == (("cat", "dog"), (4, 4))
    assert ids(upload.left_out) == ["data.not_a_picture"]
    assert ids(upload.notices) == ["data.class_empty"]
    assert told[0] == (0, 8) and told[-1] == (8, 8)
    assert list_uploads() == [upload] == [find_upload(upload.id)]
    data = load_upload(upload.id)
    assert data.classes == upload.classes
    assert data.targets.tolist() == [0] * 4 + [1] * 4
    for index, seed in ((0, 1000), (6, 2)):  # small pictures are kept to the last bit
        image = data.image(index).permute(1, 2, 0).numpy()
        assert np.array_equal(image, np.array(noise(seed=seed)))


def test_files_have_our_own_names(home):
    upload = brought(classes("cat", "dog", each=2))
    names = {path.name for path in (home / "uploads" / upload.id).iterdir()}
    assert names == {"upload.json", "000000.png", "000001.png", "000002.png", "000003.png"}


def test_split_folders_are_recognised():
    upload = brought(
        classes("d/train/cat", "d/train/dog") | classes("d/test/cat", "d/test/dog", each=2)
    )
    data = load_upload(upload.id)
    assert upload.counts == (6, 6)
    assert len(data.official_test) == 4
    info = describe("upload", upload.id)
    assert info.official_test.tolist() == data.official_test.tolist()
    assert info.targets.tolist() == data.targets.tolist()


def test_pictures_of_a_class_that_is_not_used_are_not_kept(home):
    upload = brought(classes("train/cat", "train/dog", "test/cat", "test/dog", "test/cow"))
    assert ids(upload.left_out) == ["data.class_only_in_test"]
    assert len(list((home / "uploads" / upload.id).glob("0*"))) == 16


def test_system_files_and_a_second_top_folder_are_no_class():
    files = classes("photos/cat", "photos/dog") | {
        "__MACOSX/photos/cat/._0.png": b"x", "__MACOSX/._photos": b"x", "photos/.DS_Store": b"x",
        "photos/dog/Thumbs.db": b"x",
    }
    upload = brought(files)
    assert upload.classes == ("cat", "dog")
    assert upload.left_out == ()


def test_large_photographs_are_scaled_and_compressed(home):
    photo = as_file(Image.linear_gradient("L").resize((3000, 2000)).convert("RGB"), "JPEG")
    upload = brought({f"{name}/{n}.jpg": photo for name in ("a", "b") for n in range(2)})
    files = sorted((home / "uploads" / upload.id).glob("*.jpg"))
    assert len(files) == 4
    with Image.open(files[0]) as picture:
        assert picture.size == (1024, 683)
    assert load_upload(upload.id).image(0).shape == (3, 683, 1024)


def test_names_merge_and_look_alikes_are_said():
    composed, apart = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))
    upload = brought(classes(composed, apart, "Dog", "dog"))
    assert upload.classes == ("Dog", "café", "dog")
    assert upload.counts == (4, 8, 4)
    assert "Dog, dog" in sentence(upload.notices[0])


def test_names_without_the_utf8_flag_as_macos_writes_them():
    content = bytearray(zipped(classes("café", "dog")).getvalue())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(signature)
        while place >= 0:
            content[place + at : place + at + 2] = b"\0\0"
            place = content.find(signature, place + 1)
    assert import_zip(io.BytesIO(content), "a.zip").classes == ("café", "dog")


def test_hostile_class_names_are_only_text(home):
    files = classes("<script>alert(1)<", "a\x1b[31mb", "d\u202eog", "e\nf", "CON", "x" * 300)
    upload = brought(files)
    assert upload.classes == ("<script>alert(1)<", "CON", "a[31mb", "dog", "ef", "x" * 100)


def test_what_is_no_picture_is_left_out_with_its_reason():
    cut = as_file(noise(64, 64))
    files = classes("cat", "dog") | {
        "cat/page.jpg": b"<html>", "cat/cut.png": cut[: len(cut) // 2], "dog/doc.pdf": b"%PDF",
        "dog/tiny.png": as_file(noise(3, 3)), "root.png": as_file(noise()), "dog/eps.jpg": b"%!PS",
        "cat/huge.png": as_file(Image.new("1", (8000, 8000))),
    }
    upload = brought(files)
    assert upload.counts == (4, 4)
    assert {problem.values["name"]: problem.id for problem in upload.left_out} == {
        "cat/page.jpg": "data.picture_unreadable", "cat/cut.png": "data.picture_damaged",
        "dog/doc.pdf": "data.not_a_picture", "dog/tiny.png": "data.picture_too_small",
        "root.png": "data.no_class", "dog/eps.jpg": "data.picture_unreadable",
        "cat/huge.png": "data.picture_too_large",
    }
    assert all(sentence(problem) for problem in upload.left_out)


def test_small_classes_are_said():
    upload = brought(classes("cat", "dog") | classes("owl", each=1))
    assert [sentence(one) for one in upload.notices] == [
        "The class “owl” has 1 of at least 3 images that are needed to divide it: add some before "
        "you train."
    ]


def test_same_name_twice_keeps_the_first():
    buffer = zipped(classes("cat", "dog"))
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("cat/0.png", as_file(noise(seed=77)))
    upload = import_zip(buffer, "a.zip")
    assert ids(upload.left_out) == ["data.entry_twice"]
    image = load_upload(upload.id).image(0).permute(1, 2, 0).numpy()
    assert np.array_equal(image, np.array(noise(seed=0)))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_are_left_out(kind):
    buffer = zipped(classes("cat", "dog"))
    with zipfile.ZipFile(buffer, "a") as archive:
        entry = zipfile.ZipInfo("cat/passwd.png")
        entry.create_system, entry.external_attr = 3, (kind | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    upload = import_zip(buffer, "a.zip")
    assert ids(upload.left_out) == ["data.entry_no_file"]
    assert upload.counts == (4, 4)


def test_bombs_are_left_out():
    buffer = zipped(classes("cat", "dog"))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cat/bomb.bmp", bytes(10_000_000))
        archive.writestr("cat/large.bmp", bytes(60_000_000))
    upload = import_zip(buffer, "a.zip")
    assert ids(upload.left_out) == ["data.entry_bomb", "data.entry_too_large"]


# --- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "../evil.png", "cat/../../evil.png", "/etc/evil.png", "C:/evil.png", "c:evil.png",
        "cat\\evil.png", "\\\\server\\share\\evil.png", "cat/..", "d/" * 600 + "1.png",
    ],
)
def test_names_that_lead_out_refuse_the_zip(refused, name):
    says = "" if len(name) > 200 else name.rsplit("/", 1)[-1]
    refused(zipped(classes("cat", "dog") | {name: as_file(noise())}), "data.zip_hostile_name", says)


@pytest.mark.parametrize(
    ("content", "id"),
    [
        (b"", "data.zip_empty_file"),
        (b"Rar!\x1a\x07\x01\x00" + bytes(100), "data.zip_other_kind"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(100), "data.zip_other_kind"),
        (b"\x1f\x8b\x08" + bytes(100), "data.zip_other_kind"),
        (bytes(257) + b"ustar\x0000" + bytes(300), "data.zip_other_kind"),
        (b"  <!DOCTYPE html><html>404</html>", "data.zip_other_kind"),
        (b"\xef\xbb\xbf<HTML>", "data.zip_other_kind"),
        (b"version https://git-lfs.github.com/spec/v1\n", "data.zip_other_kind"),
        (as_file(noise()), "data.zip_other_kind"),
        (b"hello", "data.zip_none"),
        (bytes(5000), "data.zip_none"),
    ],
)
def test_other_files(refused, content, id):
    refused(content, id, "pets.zip")


def test_cut_off(refused):
    content = zipped(classes("cat", "dog")).getvalue()
    for share in (0.1, 0.5, 0.9, 0.99):
        refused(content[: int(len(content) * share)], "data.zip_damaged")


def test_layouts_that_are_no_classes(refused):
    refused(zipped({}), "data.no_pictures")
    refused(zipped({"cat/": b"", "dog/": b""}), "data.no_pictures")
    refused(zipped({"a/x.txt": b""}), "data.no_pictures")
    refused(zipped({"1.png": as_file(noise()), "2.png": b""}), "data.no_class_folders")
    refused(zipped(classes("photos")), "data.one_class", "photos")
    refused(zipped({"a/1.png": b"x", "b/1.png": b"y"}), "data.none_readable")
    refused(zipped(classes("a", each=2) | {"b/1.png": b"y"}), "data.one_class")


def with_flag(files, flag):
    content = bytearray(zipped(files).getvalue())
    place = content.find(b"PK\x01\x02")
    content[place + 8] |= flag
    return bytes(content)


def test_encrypted(refused):
    refused(with_flag(classes("cat", "dog"), 1), "data.zip_encrypted")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_uncommon_methods(refused, method):
    refused(zipped(classes("cat", "dog"), method), "data.zip_method", str(method))


def test_unknown_method(refused):
    content = bytearray(zipped(classes("cat", "dog")).getvalue())
    for signature, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        place = content.find(signature)
        content[place + at : place + at + 2] = struct.pack("<H", 99)
    refused(bytes(content), "data.zip_method", "99")


def test_bad_checksums_and_lying_sizes_are_left_out():
    content = bytearray(zipped(classes("cat", "dog")).getvalue())
    first = content.find(b"\x89PNG")
    content[first + 200] ^= 1
    second = content.find(b"PK\x01\x02", content.find(b"PK\x01\x02") + 1)
    size = struct.unpack_from("<I", content, second + 24)[0]
    struct.pack_into("<I", content, second + 24, size - 10)
    third = content.find(b"PK\x01\x02", second + 1)
    struct.pack_into("<I", content, third + 24, size + 10_000)
    upload = import_zip(io.BytesIO(content), "a.zip")
    assert ids(upload.left_out) == ["data.entry_damaged"] * 3
    assert upload.counts == (1, 4)


def test_overlapping_entries(refused):
    content = bytearray(zipped(classes("cat", "dog")).getvalue())
    directory = [i for i in range(len(content)) if content[i : i + 4] == b"PK\x01\x02"]
    for place in directory[1:]:  # all entries are the first one
        content[place + 42 : place + 46] = content[directory[0] + 42 : directory[0] + 46]
    refused(bytes(content), "data.zip_damaged")


def test_a_directory_that_is_larger_than_any(refused):
    content = bytearray(zipped(classes("cat", "dog")).getvalue() + b"")
    end = content.rfind(b"PK\x05\x06")
    start = struct.unpack_from("<I", content, end + 16)[0]
    filler = bytes(20 * 2**20)
    content[start:start] = filler  # the directory begins at the filler and is as long
    end = content.rfind(b"PK\x05\x06")
    struct.pack_into("<I", content, end + 12, end - start)
    refused(bytes(content), "data.zip_damaged")


def test_bounds(refused, monkeypatch):
    files = classes("cat", "dog")
    monkeypatch.setattr(zip_plan, "MAX_TOTAL", 5_000)
    refused(zipped(files), "data.zip_too_large")
    monkeypatch.setattr(zip_plan, "MAX_ENTRIES", 7)
    refused(zipped(files), "data.zip_too_many", "8 entries")


def test_bounds_of_the_disk(refused, monkeypatch):
    files = classes("cat", "dog")
    size = sum(map(len, files.values()))
    monkeypatch.setitem(places.BOUNDS, "uploads", size - 1)
    refused(zipped(files), "places.bound_reached")
    monkeypatch.setitem(places.BOUNDS, "uploads", size)
    monkeypatch.setattr(zip_pictures, "_SPACE_EVERY", 2000)  # what is written may be larger
    monkeypatch.setattr(zip_pictures.pictures, "encoded", lambda picture: (bytes(2500), ".png"))
    refused(zipped(files), "places.bound_reached")


def test_a_disk_that_fills_on_the_way(refused, monkeypatch):
    written = []

    def write(path, data):
        written.append(path)
        if len(written) > 3:
            raise OSError(28, "No space left on device")
        path.write_bytes(data)

    monkeypatch.setattr(zip_pictures, "_write", write)
    refused(zipped(classes("cat", "dog")), "data.upload_not_stored", "No space left")


def test_an_interruption_leaves_nothing(home):
    def progress(done, total):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_zip(zipped(classes("cat", "dog")), "a.zip", progress=progress)
    assert list((home / "uploads").iterdir()) == []


def test_what_a_killed_process_left_is_swept(home):
    (home / "uploads" / ".99999999-abc.part").mkdir(parents=True)
    brought(classes("cat", "dog"))
    assert not list((home / "uploads").glob(".*"))


def test_two_at_once():
    files = zipped(classes("cat", "dog")).getvalue()
    threads = [
        threading.Thread(target=lambda: import_zip(io.BytesIO(files), "a.zip")) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list_uploads()) == 4


# --- mutants ---------------------------------------------------------------------------------


def fuzz(count, home):
    """Every mutant ends in an upload or a sentence, and nothing lies where it should not."""
    random = np.random.default_rng(11)
    files = classes("pets/cat", "pets/dog", each=2) | {"pets/a.txt": b"x" * 50, "pets/cow/": b""}
    originals = [
        zipped(files).getvalue(), zipped(files, zipfile.ZIP_DEFLATED).getvalue(),
        zipped(classes("train/a", "train/b", "test/a", "test/b", each=1)).getvalue(),
    ]
    root = places.uploads_root()
    outside = everything(home)
    taken = 0
    for number in range(count):
        content = originals[number % len(originals)]
        if number % 2:  # the directory is where a mutant can say something new
            start = content.find(b"PK\x01\x02")
            content = content[:start] + mutant(content[start:], random)
        else:
            content = mutant(content, random)
        try:
            upload = import_zip(io.BytesIO(content), "mutant.zip")
        except ThawError as error:
            assert str(error)
        else:
            assert [path.name for path in root.iterdir()] == [upload.id]
            assert all(sentence(one) for one in (*upload.left_out, *upload.notices))
            delete_upload(upload.id)
            taken += 1
        assert list(root.iterdir()) == []
    assert everything(home) == outside
    return taken


def test_mutants_are_taken_or_refused(home):
    assert 10 < fuzz(400, home) < 390


@pytest.mark.long
def test_many_mutants_are_taken_or_refused(home):
    assert fuzz(20_000, home) > 1000
