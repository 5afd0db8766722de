"""Images given now, under a run's classes: the split's own accuracy, and what is left out."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from core.data.zip_import import import_zip
from core.evaluation.evaluate import scores
from core.evaluation.given import GivenImages, judge_given, read_given
from core.evaluation.held_out import held_out_images
from core.evaluation.judged import judge
from core.evaluation.mistakes import turned
from core.evaluation.model_of import LoadedModel, load_run_model
from core.messages import ThawError, sentence
from tests.core.data.making import as_file, folder, noise, zipped


@pytest.fixture(scope="module")
def loaded(trained_run) -> LoadedModel:
    return load_run_model(trained_run)


@pytest.fixture(scope="module")
def held_out(loaded) -> dict[str, bytes]:
    """The run's own held-out images as PNG files, named by their place in the split."""
    data, places = held_out_images(loaded, "test")
    return {
        f"{data.classes[data.targets[place]]}/{number:04d}.png":
        as_file(Image.fromarray(data.image(int(place)).permute(1, 2, 0).numpy()))
        for number, place in enumerate(places.tolist())
    }


def said(problems) -> str:
    return "\n".join(sentence(one) for one in problems)


def given(loaded, tmp_path, files):
    return judge_given(loaded, read_given("folder", str(folder(tmp_path, files))))


def test_the_split_written_as_files_gives_the_same_answers(
    trained_run, loaded, held_out, tmp_path
):
    # PNG keeps every value and both are resized alike; batches are other ones, so the last
    # digits of a probability may differ.
    images = read_given("folder", str(folder(tmp_path, held_out)))
    found, split = judge_given(loaded, images), judge(trained_run)
    order = [int(images.files[place].stem) for place in found.judged.places]
    assert sorted(order) == list(range(len(split)))
    assert (found.judged.targets == split.targets[order]).all()
    assert np.allclose(found.judged.probabilities, split.probabilities[order], atol=1e-5)
    assert (found.judged.said == split.said[order]).all()
    assert scores(found.judged).confusion == scores(split).confusion
    assert found.judged.loss == pytest.approx(split.loss, rel=1e-4)
    assert (found.unknown, found.missing, found.left_out, found.notices) == ((), (), (), ())


def test_a_zip_gives_what_its_folder_gives(loaded, held_out, tmp_path, home):
    some = dict(list(held_out.items())[:60])
    upload = import_zip(zipped(some), "mine.zip")
    zip_found = judge_given(loaded, read_given("upload", upload.id))
    found = given(loaded, tmp_path, some)
    assert len(zip_found.judged) == 60
    assert np.array_equal(zip_found.judged.probabilities, found.judged.probabilities)


def test_other_folders_and_missing_classes_are_named(loaded, held_out, tmp_path):
    sevens = {name: file for name, file in held_out.items() if name.startswith("7/")}
    cats = {f"cats/{number}.png": as_file(noise(seed=number)) for number in range(3)}
    found = given(loaded, tmp_path, sevens | cats)
    assert len(found.judged) == len(sevens) and set(found.judged.targets) == {7}
    assert found.unknown == (("cats", 3),)
    assert found.missing == tuple("012345689")
    assert "no such class: cats (3)" in said(found.notices)
    assert "No image of: 0, 1, 2" in said(found.notices)
    score = scores(found.judged).per_class
    assert score[7].recall == found.judged.right.mean() and score[3].support == 0


def test_one_class_alone_is_enough(loaded, held_out, tmp_path):
    sevens = {name: file for name, file in held_out.items() if name.startswith("7/")}
    assert len(given(loaded, tmp_path, sevens).judged) == len(sevens)


def test_a_class_with_a_slash_has_a_folder(loaded, held_out, tmp_path):
    other = dataclasses.replace(loaded, classes=("a/b", *"123456789"))
    file = next(iter(held_out.values()))
    found = given(other, tmp_path, {"a_b/1.png": file, "1/1.png": file})
    assert found.judged.targets.tolist() == [1, 0]  # in the order of the folders


def test_damaged_pictures_are_named_and_left_out(loaded, held_out, tmp_path):
    files = dict(list(held_out.items())[:20])
    whole = given(loaded, tmp_path / "whole", files)
    names = list(files)
    files[names[3]] = files[names[3]][: len(files[names[3]]) - 30]  # found when it is decoded
    files[names[5]] = b"no picture"  # found by its header
    files["readme.txt"] = b"words"
    found = given(loaded, tmp_path / "damaged", files)
    assert len(found.judged) == 18
    told = said(found.left_out)
    assert names[3] in told and names[5] in told and "readme.txt" in told
    assert np.isfinite(found.judged.loss)
    images = read_given("folder", str(tmp_path / "whole"))
    kept = [
        row for row, place in enumerate(whole.judged.places)
        if not str(images.files[place]).endswith((names[3], names[5]))
    ]
    assert np.allclose(found.judged.probabilities, whole.judged.probabilities[kept], atol=1e-5)


def test_a_split_in_the_folder_counts(loaded, held_out, tmp_path):
    files = list(held_out.items())
    parted = {f"train/{name}": file for name, file in files[:30]}
    parted |= {f"test/{name}": file for name, file in files[30:45]}
    found = given(loaded, tmp_path, parted)
    assert len(found.judged) == 15
    assert "its test is judged, and 30 other pictures are left alone" in said(found.notices)
    assert len(given(loaded, tmp_path / "train", {}).judged) == 30


def test_what_can_not_be_judged_is_refused(loaded, tmp_path):
    with pytest.raises(ThawError, match="there are cats, dogs, and its classes are 0, 1"):
        given(loaded, tmp_path / "a", {f"{name}/1.png": as_file(noise()) for name in
                                       ("cats", "dogs")})
    with pytest.raises(ThawError, match="no folder"):
        read_given("folder", str(tmp_path / "nowhere"))
    with pytest.raises(ThawError, match="no folder “”"):
        read_given("folder", " ")
    with pytest.raises(ThawError, match="lie in no folders"):
        read_given("folder", str(folder(tmp_path / "b", {"1.png": as_file(noise())})))
    with pytest.raises(ThawError, match="not on this computer"):
        read_given("upload", "aaaaaaaaaaaa")
    cut = as_file(noise())[:200]
    with pytest.raises(ThawError, match="None of the 2 pictures"):
        given(loaded, tmp_path / "c", {"1/1.png": cut, "2/1.png": cut})


def test_two_checkpoints_on_the_same_images(trained_run, loaded, held_out, tmp_path):
    images = read_given("folder", str(folder(tmp_path, dict(list(held_out.items())[:80]))))
    first = judge_given(load_run_model(trained_run, 1), images).judged
    best = judge_given(loaded, images).judged
    found = turned(first, best)
    assert sum(map(len, vars(found).values())) == 80
    other = GivenImages(images.files[:40], images.names[:40])
    with pytest.raises(ThawError, match="different images"):
        turned(first, judge_given(loaded, other).judged)
