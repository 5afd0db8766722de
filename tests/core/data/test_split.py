"""The split: stratified, seeded, disjoint, and moved by nothing that should not move it."""

import numpy as np
import pytest

from core.data.split import require_a_batch, split
from core.messages import ThawError
from core.recipe import LoaderSpec

TARGETS = np.repeat([0, 1, 2], [40, 100, 10])


def parts(targets=TARGETS, **changes):
    arguments = {"val": 0.2, "test": 0.3, "train_per_class": None, "seed": 0} | changes
    return split(targets, **arguments)


def test_every_sample_is_in_one_part():
    found = parts()
    together = np.concatenate([found.train, found.val, found.test])
    assert sorted(together) == list(range(150))


def test_every_class_is_divided_by_the_same_shares():
    found = parts()
    assert np.bincount(TARGETS[found.test]).tolist() == [12, 30, 3]
    assert np.bincount(TARGETS[found.val]).tolist() == [8, 20, 2]
    assert np.bincount(TARGETS[found.train]).tolist() == [20, 50, 5]


def test_the_same_seed_is_the_same_split_and_another_is_not():
    assert np.array_equal(parts().train, parts().train)
    assert not np.array_equal(parts().train, parts(seed=1).train)


def test_more_training_images_move_none_of_the_others():
    few, more = parts(train_per_class=5), parts(train_per_class=15)
    assert set(few.train) < set(more.train)
    assert np.array_equal(few.test, more.test) and np.array_equal(few.val, more.val)
    assert np.bincount(TARGETS[few.train]).tolist() == [5, 5, 5]


def test_an_official_test_is_taken_as_it_is():
    official = np.arange(0, 150, 5)
    found = parts(official_test=official)
    assert np.array_equal(found.test, official)
    assert not set(found.train) & set(official)


def test_a_class_with_one_image_is_named():
    with pytest.raises(ThawError) as caught:
        parts(np.array([0] * 10 + [1]), classes=("cat", "dog"))
    assert "dog" in str(caught.value) and caught.value.problem.id == "data.class_too_small"


@pytest.mark.parametrize("val, test", [(0.2, 0.5), (0.45, 0.54), (0.9, 0.05), (0.05, 0.9)])
@pytest.mark.parametrize("count", [3, 4, 20])
def test_a_class_with_one_image_for_each_part_is_in_each(count, val, test):
    found = parts(np.array([0] * 40 + [1] * count), val=val, test=test)
    sizes = [int((part >= 40).sum()) for part in (found.train, found.val, found.test)]
    assert min(sizes) >= 1 and sum(sizes) == count


def test_two_images_are_enough_beside_an_official_test():
    targets = np.array([0] * 40 + [1] * 3)
    found = parts(targets, val=0.9, official_test=np.array([0, 42]))
    assert (found.train >= 40).sum() == (found.val >= 40).sum() == 1


@pytest.mark.parametrize(("samples", "drop_last"), [(8, True), (7, False)])
def test_a_batch_is_left(samples, drop_last):
    require_a_batch(samples, LoaderSpec(batch_size=8, drop_last=drop_last))


def test_drop_last_leaves_nothing_of_fewer_than_a_batch():
    with pytest.raises(ThawError, match="There are 7 training images, fewer than one batch of 8"):
        require_a_batch(7, LoaderSpec(batch_size=8, drop_last=True))
