"""Uploads: found by their ids alone, deleted whole, trained on."""

import json
import subprocess
import sys
import zipfile

import pytest

from core import places
from core.data import load
from core.data.uploads import (
    delete_upload,
    find_upload,
    list_uploads,
    load_upload,
    scan_upload,
)
from core.data.zip_import import import_zip
from core.messages import ThawError
from core.recipe import parse
from core.runs.folder import list_runs
from core.runs.status import status
from tests.core.conftest import SMALL

from .making import as_file, classes, noise, zipped


def brought(files, **options):
    return import_zip(zipped(files, **options), "pets.zip")


@pytest.mark.parametrize(
    "id",
    [
        "", ".", "..", "../runs", "/etc", "k3f9", "abcdefabcdef", "ABCDEFABCDEF",
        "aaaaaaaaaaaa\n/", "..%2f..%2f..%2", "a/b/c/d/e/f/", "\0" * 12,
    ],
)
def test_ids_that_are_none(id, home):
    folder = places.uploads_root().parent / "runs"
    folder.mkdir()
    for action in (find_upload, delete_upload, load_upload, scan_upload):
        with pytest.raises(ThawError) as caught:
            action(id)
        assert caught.value.problem.id == "data.upload_missing"
    assert folder.is_dir()


def test_delete(home):
    first, second = brought(classes("cat", "dog")), brought(classes("cat", "dog"))
    assert [one.id for one in list_uploads()] == [second.id, first.id]
    delete_upload(first.id)
    assert list_uploads() == [second]
    assert [path.name for path in (home / "uploads").iterdir()] == [second.id]


def test_a_damaged_index_is_no_upload(home):
    upload = brought(classes("cat", "dog"))
    index = home / "uploads" / upload.id / "upload.json"
    for content in ("", "[]", json.dumps({"title": "x"})):
        index.write_text(content)
        assert list_uploads() == []
    (home / "uploads" / "stray").mkdir()
    assert list_uploads() == []


def test_fingerprint_is_that_of_the_content():
    files = classes("cat", "dog")
    first, again = brought(files), brought(files, method=zipfile.ZIP_DEFLATED)
    other = brought(files | {"cat/0.png": as_file(noise(seed=5))})
    found = [load_upload(one.id).fingerprint for one in (first, again, other)]
    assert found[0] == found[1] != found[2]


def test_an_uploaded_zip_trains(home, tmp_path):
    upload = brought(classes("train/cat", "train/dog", each=8) | classes("test/cat", "test/dog"))
    recipe = parse(
        {
            **SMALL, "data": {"name": "upload", "path": upload.id},
            "split": {"val": 0.25, "train_per_class": None}, "loader": {"batch_size": 4},
            "train": {"epochs": 1, "threads": 1},
        }
    )
    (tmp_path / "recipe.json").write_text(recipe.to_json())
    done = subprocess.run(
        [sys.executable, "-m", "core", "train", str(tmp_path / "recipe.json")],
        capture_output=True, text=True, timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "Epoch 001" in done.stdout
    (run,) = list_runs()
    assert status(run).status == "finished"
    assert load.load_images("upload", upload.id).classes == ("cat", "dog")
