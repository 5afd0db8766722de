"""Which value of a batch came from which sample, against what the collate functions really do."""

import numpy as np
import pytest

from core.data.before_after import blocks_of
from core.data.exploration import parse
from core.data.explore import explore


def blocks(data: str, collate: str = "default", *, number: int = 0, **loader: object):
    arguments = {"batch_size": 4, "collate": collate, **loader}
    found = explore(parse({"data": data, "batches": number + 1, "loader": arguments}))
    batch = found.batches[number]
    return batch, blocks_of(batch, collate)


def test_a_stacked_batch_has_a_row_a_sample():
    batch, found = blocks("iris", shuffle=True, seed=3)
    assert [(block.name, block.kind, len(block.rows)) for block in found] == [
        ("0", "stacked", 4), ("1", "stacked", 4),
    ]
    for place, sample in enumerate(batch.samples):
        for block, leaf in zip(found, sample, strict=True):
            assert block.rows[place].sources == (place,)
            assert block.rows[place].filled is None
            assert np.array_equal(block.rows[place].value, leaf.value)


@pytest.mark.parametrize("collate, in_front", [("pad_zero", False), ("pad_left", True)])
@pytest.mark.parametrize("number", [0, 1])  # the first sample is the value 0: it fits anywhere
def test_padding_is_where_the_collate_function_put_it(collate, in_front, number):
    batch, (padded, labels) = blocks("example", collate, number=number)
    longest = max(len(leaf[0].value) for leaf in batch.samples)
    for row, (sample, _) in zip(padded.rows, batch.samples, strict=True):
        missing = longest - len(sample.value)
        mask = np.zeros(longest, dtype=bool)
        mask[: missing] = True
        mask = mask if in_front else mask[::-1]
        assert np.array_equal(np.zeros(longest, bool) if row.filled is None else row.filled, mask)
        assert np.array_equal(row.value[~mask], sample.value)
    assert all(row.filled is None for row in labels.rows)


def test_what_is_cut_off_is_counted():
    batch, (padded, _) = blocks("example", "pad_length", number=1, collate_length=6)
    assert [len(sample[0].value) for sample in batch.samples] == [5, 6, 7, 8]
    assert [row.cut for row in padded.rows] == [0, 0, 1, 2]
    assert [row.filled is not None for row in padded.rows] == [True, False, False, False]


def test_a_list_keeps_samples_whole_and_a_dictionary_groups_their_parts():
    batch, (listed,) = blocks("digits", "list")
    assert listed.kind == "apart" and listed.parts == ("0", "1") * 4
    assert [row.sources for row in listed.rows] == [(0,), (0,), (1,), (1,), (2,), (2,), (3,), (3,)]
    batch, found = blocks("digits", "dict")
    assert [(block.name, block.kind, block.parts) for block in found] == [
        ("x", "apart", ()), ("y", "apart", ()),
    ]
    assert np.array_equal(found[0].rows[2].value, batch.samples[2][0].value)


def test_a_mixed_row_names_both_of_its_samples():
    batch, (images, labels) = blocks("digits", "mix_up", batch_size=3)
    assert [row.sources for row in images.rows] == [(0, 2), (1, 0), (2, 1)]
    for row, soft in zip(images.rows, labels.rows, strict=True):  # digits 0, 1, 2
        share = soft.value[row.sources[0]]
        one, other = (batch.samples[place][0].value for place in row.sources)
        assert np.allclose(row.value, share * one + (1 - share) * other, atol=1e-6)


def test_without_batching_the_batch_is_its_sample():
    batch, found = blocks("iris", batch_size=None)
    assert [(block.kind, len(block.rows)) for block in found] == [("apart", 1), ("apart", 1)]
    assert np.array_equal(found[0].rows[0].value, batch.samples[0][0].value)
    # A batch of one is stacked: it has a dimension more.
    assert [block.kind for block in blocks("iris", batch_size=1)[1]] == ["stacked", "stacked"]
