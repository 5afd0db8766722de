"""Some classes of a data set: the same pictures under new numbers, and nothing of the others."""

import pickle

import numpy as np
import pytest
import torch

from core.data import subset
from core.data.describe import DataInfo, describe
from core.data.load import ImageData, load_images
from core.data.split import split_of
from core.messages import ThawError
from core.recipe import SplitSpec


def test_all_for_none() -> None:
    data, info = load_images("digits"), describe("digits")
    assert subset.images_of(data, ()) is data
    assert subset.info_of(info, ()) is info


def test_digits_three_and_eight() -> None:
    data, some = load_images("digits"), load_images("digits", only=("8", "3"))
    assert some.classes == ("3", "8")
    kept = np.flatnonzero(np.isin(data.targets, [3, 8]))
    assert len(some) == len(kept)
    assert [some.classes[target] for target in some.targets] == [
        data.classes[target] for target in data.targets[kept]
    ]
    picked = pickle.loads(pickle.dumps(some.image))  # a loader's worker gets it so elsewhere
    for place in (0, 7, len(kept) - 1):
        assert torch.equal(some.image(place), data.image(int(kept[place])))
        assert torch.equal(picked(place), some.image(place))


def test_what_is_known_of_them_agrees_with_the_images() -> None:
    some, info = load_images("digits", only=("3", "8")), subset.info_of(
        describe("digits"), ("3", "8")
    )
    assert info.classes == some.classes
    assert np.array_equal(info.targets, some.targets)
    ours, theirs = (split_of(SplitSpec(), one) for one in (some, info))
    for part in ("train", "val", "test"):
        assert np.array_equal(getattr(ours, part), getattr(theirs, part))
    assert len(ours.train) == 40


def test_the_fingerprint_tells_one_choice_from_another() -> None:
    found = {load_images("digits", only=only).fingerprint
             for only in ((), ("3", "8"), ("3", "9"), ("3", "8", "9"))}
    assert len(found) == 4


def test_a_test_split_of_its_own_stays_one() -> None:
    data = ImageData("made", ("a", "b", "c"), np.array([0, 1, 2, 1, 0, 2]), torch.tensor, "x",
                     official_test=np.array([1, 4, 5]))
    some = subset.images_of(data, ("c", "b"))
    assert some.targets.tolist() == [0, 1, 0, 1]  # samples 1, 2, 3, 5
    assert some.official_test.tolist() == [0, 3]


def test_an_unknown_class_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ThawError, match="no class “ten”; it has: 0, 1, 2"):
        load_images("digits", only=("3", "ten"))
    with pytest.raises(ThawError, match="ten"):
        subset.info_of(describe("digits"), ("3", "ten"))
    many = DataInfo(tuple(map(str, range(100))), np.arange(100))
    with pytest.raises(ThawError, match=r"28, 29, …"):
        subset.info_of(many, ("x", "y"))


def test_before_a_download_nothing_can_be_said() -> None:
    assert subset.info_of(DataInfo((), None), ("cat", "dog")).classes == ()
