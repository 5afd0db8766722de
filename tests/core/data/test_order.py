"""Counts over whole epochs, against counting by hand."""

from core.data import order
from core.data.exploration import parse
from core.data.explore import explore


def explored(data: str = "iris", *, epochs: int = 1, **loader: object):
    return explore(parse({"data": data, "batches": 1, "epochs": epochs, "loader": loader}))


def test_how_often_a_sample_came():
    found = explored(sampler="with_replacement", batch_size=16)
    flat = [sample for batch in found.epochs[0] for sample in batch]
    counted = order.times(found.epochs[0], found.samples)
    assert sum(counted.values()) == 150
    assert sum(times * samples for times, samples in counted.items()) == len(flat) == 150
    assert counted[0] == 150 - len(set(flat)) > 0
    assert order.times(explored(shuffle=True, batch_size=16).epochs[0], 150) == {1: 150}


def test_classes_of_batches():
    found = explored("wine", shuffle=True, batch_size=32, seed=2)
    counted = order.class_counts(found.epochs[0], found.labels, 3)
    assert (counted.width, len(counted.starts)) == (1, 6)
    for row, batch in zip(counted.counts, found.epochs[0], strict=True):
        assert [sum(found.labels[one] == place for one in batch) for place in range(3)] == list(row)
    together = order.class_counts(found.epochs[0], found.labels, 3, most=4)
    assert together.starts == (0, 2, 4)
    assert (together.counts[1] * 2 == counted.counts[2] + counted.counts[3]).all()


def test_what_drop_last_leaves_out_is_the_last_batch_without_it():
    arguments = {"batch_size": 16, "shuffle": True, "seed": 5}
    short = explored(**arguments, drop_last=True, epochs=2)
    whole = explored(**arguments, epochs=2)
    for dropped_epoch, epoch in zip(short.epochs, whole.epochs, strict=True):
        left = order.left_out(dropped_epoch, epoch)
        assert len(left) == 150 % 16
        assert set(left) == set(range(150)) - {one for batch in dropped_epoch for one in batch}


def test_two_configurations():
    first, second = parse({"loader": {"batch_size": 4}}), parse({"loader": {"shuffle": True}})
    found = {one.field: (one.first, one.second) for one in order.differences(first, second)}
    assert found == {"loader.batch_size": (4, 1), "loader.shuffle": (False, True)}
    assert order.differences(first, first) == ()


def test_agreement():
    same = order.agreement([(1, 2), (3,)], [(1, 2), (3,)])
    assert (same.same, same.first_other) == (2, None)
    other = order.agreement([(1, 2), (3, 4), (5,)], [(1, 2), (4, 3)])
    assert (other.same, other.same_samples, other.first_other) == (1, 2, 1)
