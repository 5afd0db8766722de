"""What is said of a DataLoader's batches, against a DataLoader that nobody watches."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_iris
from torch.utils.data import DataLoader, TensorDataset

from core.data.collate import COLLATE_FUNCTIONS
from core.data.collate_table import COLLATES
from core.data.exploration import LoaderArguments, parse
from core.data.explore import build_loader, explore
from core.data.samples import open_dataset
from core.spec import SpecError


def found(data: str, *, batches: int = 200, size: int | None = None, **loader: object):
    return explore(parse({"data": data, "size": size, "batches": batches, "loader": loader}))


def values(explored, name: str) -> list:
    return [leaf.value.tolist() for batch in explored.batches for leaf in batch.leaves
            if leaf.name == name]


# --- the lecture -------------------------------------------------------------------------


def test_iris_by_the_default_loader():
    seen = found("iris")
    rows, labels = seen.batches[0].leaves
    assert np.array_equal(rows.value, [[5.1, 3.5, 1.4, 0.2]])
    assert (rows.dtype, rows.shape) == ("float64", (1, 4))
    assert labels.value.tolist() == [0]
    assert (seen.samples, seen.total, len(seen.batches)) == (150, 150, 150)


def test_iris_by_four():
    first = found("iris", batch_size=4, batches=1).batches[0].leaves[0].value
    assert first.tolist() == [
        [5.1, 3.5, 1.4, 0.2], [4.9, 3.0, 1.4, 0.2], [4.7, 3.2, 1.3, 0.2], [4.6, 3.1, 1.5, 0.2],
    ]


def test_example_by_the_padding_collate():
    seen = found("example", batch_size=2, collate="pad_zero")
    assert values(seen, "X") == [
        [[i] * (i + 1) + [0], [i + 1] * (i + 2)] for i in range(0, 10, 2)
    ]
    assert values(seen, "y") == [[i, i + 1] for i in range(0, 10, 2)]
    assert {leaf.dtype for batch in seen.batches for leaf in batch.leaves} == {"float32"}
    assert [batch.leaves[0].padding for batch in seen.batches] == [1] * 5
    assert seen.batches[4].leaves[0].lengths == (9, 10)


def test_example_by_the_default_collate_says_what_to_do():
    seen = found("example", batch_size=2)
    assert (seen.problem.id, seen.batches) == ("batches.unequal", ())
    assert seen.problem.values["first"] == "[1]"


# --- every argument ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        {"batch_size": 7},
        {"batch_size": 7, "drop_last": True},
        {"batch_size": 16, "shuffle": True},
        {"batch_size": 16, "shuffle": True, "num_workers": 2},
        {"batch_size": None, "shuffle": True},
    ],
    ids=str,
)
def test_batches_are_those_of_a_loader_that_nobody_watches(arguments):
    iris = load_iris()
    plain = DataLoader(
        TensorDataset(torch.from_numpy(iris.data), torch.from_numpy(iris.target)),
        generator=torch.Generator().manual_seed(3), **arguments,
    )
    seen = found("iris", seed=3, **arguments)
    assert len(plain) == seen.total == len(seen.batches)
    for batch, (rows, labels) in zip(seen.batches, plain, strict=True):
        assert np.array_equal(batch.leaves[0].value, rows.numpy())
        assert np.array_equal(batch.leaves[1].value, labels.numpy())
        assert np.array_equal(iris.data[list(batch.indices)], np.atleast_2d(rows.numpy()))


def test_samplers():
    order = {
        name: [i for batch in found("wine", sampler=name, batch_size=10, seed=1).batches
               for i in batch.indices]
        for name in ("default", "sequential", "random", "with_replacement", "weighted")
    }
    everything = list(range(178))
    assert order["default"] == order["sequential"] == everything
    assert order["random"] != everything and sorted(order["random"]) == everything
    assert len(order["with_replacement"]) == 178 and len(set(order["with_replacement"])) < 178
    # Wine has 59, 71 and 48 of its classes; by weight all are about as likely.
    dataset = open_dataset("wine")
    rare = [
        np.mean(dataset.targets[[i for batch in
                build_loader(dataset, LoaderArguments(sampler="weighted", seed=seed))
                for i in batch["indices"]]] == 2)
        for seed in range(8)
    ]
    assert abs(np.mean(rare) - 1 / 3) < 0.04 < abs(48 / 178 - 1 / 3)


def test_workers_are_named_and_times_are_in_order():
    seen = found("digits", batch_size=100, num_workers=2, batches=6)
    assert [batch.worker for batch in seen.batches] == [0, 1, 0, 1, 0, 1]
    assert all(batch.asked <= batch.received for batch in seen.batches)
    assert found("digits", batches=1).batches[0].worker is None


def test_images_and_their_classes():
    batch = found("digits", batch_size=20, batches=1).batches[0]
    assert batch.leaves[0].shape == (20, 3, 8, 8)
    assert batch.leaves[0].dtype == "float32"
    assert 0 <= batch.leaves[0].value.min() < batch.leaves[0].value.max() <= 1
    assert batch.classes == {str(digit): 2 for digit in range(10)}  # the set begins 0 to 9 twice
    assert found("digits", size=32, batches=1).batches[0].leaves[0].shape == (1, 3, 32, 32)


def test_a_list_keeps_samples_apart():
    batch = found("example", batch_size=2, collate="list", batches=1).batches[0]
    assert [(leaf.name, leaf.shape) for leaf in batch.leaves] == [
        ("0.X", (1,)), ("0.y", ()), ("1.X", (2,)), ("1.y", ()),
    ]


def test_every_collate_has_a_function():
    assert {entry.name for entry in COLLATES} == set(COLLATE_FUNCTIONS)


def test_pad_images():
    small, large = torch.ones(3, 2, 5), torch.ones(3, 4, 3)
    batch, labels = COLLATE_FUNCTIONS["pad_images"]([(small, 1), (large, 0)])
    assert batch.shape == (2, 3, 4, 5)
    assert labels.tolist() == [1, 0]
    assert batch[0, :, :2, :5].eq(1).all() and batch[0].sum() == small.sum()
    assert batch[1, :, :4, :3].eq(1).all() and batch[1].sum() == large.sum()


# --- what does not go together -----------------------------------------------------------


@pytest.mark.parametrize(
    "raw, id",
    [
        ({"data": "irsi"}, "data.unknown"),
        ({"data": "folder"}, "data.path_missing"),
        ({"data": "iris", "loader": {"collate": "pad_zero"}}, "batches.wrong_kind"),
        ({"data": "iris", "size": 32}, "batches.size_of_no_image"),
        ({"loader": {"sampler": "subset", "subset": "3-1"}}, "batches.not_indices"),
        ({"loader": {"sampler": "subset", "subset": "one"}}, "batches.not_indices"),
        ({"loader": {"sampler": "subset", "subset": "0-20000"}}, "batches.too_many_indices"),
        ({"loader": {"batch_size": 0}}, "recipe.too_small"),
        ({"loader": {"batch_size": "many"}}, "recipe.not_a_number"),
        ({"loader": {"collate": "pad"}}, "data.unknown_collate"),
        ({"batches": 1000}, "recipe.too_large"),
    ],
)
def test_a_sentence_for_what_can_not_be(raw, id):
    with pytest.raises(SpecError) as caught:
        parse(raw)
    assert [problem.id for problem in caught.value.problems] == [id]
    assert str(caught.value).endswith((".", "?"))
