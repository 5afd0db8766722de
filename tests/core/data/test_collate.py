"""Collate functions, compared with PyTorch's own padding and torchvision's own mixing."""

import pickle

import pytest
import torch
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, default_collate
from torchvision.transforms import v2

from core.data import collate
from core.data.collate import COLLATE_FUNCTIONS, build_collate
from core.data.collate_table import COLLATES, call_of, source_of
from core.data.exploration import parse
from core.data.explore import explore
from core.data.samples import ExampleDataset
from core.messages import ThawError

OPTIONS = {"multiple": 4, "length": 6, "classes": 10}
DATA = ExampleDataset()


def sequences(*indices):
    return [DATA[index] for index in indices]


def pictures():
    generator = torch.Generator().manual_seed(1)
    return [(torch.rand(3, 8, 8, generator=generator), label) for label in (3, 1, 3, 7, 0)]


def same(left, right):
    return left.dtype == right.dtype and torch.equal(left, right)


@pytest.mark.parametrize("indices", [(0, 1), (4, 2, 9), (5,), (3, 3), (9, 8, 7, 0)])
def test_padding_is_that_of_pad_sequence(indices):
    samples = sequences(*indices)
    values = [sample["X"] for sample in samples]
    labels = torch.tensor(indices, dtype=torch.float32)
    right = pad_sequence(values, batch_first=True)
    made = {name: build_collate(name, **OPTIONS)(samples) for name in
            ("pad_zero", "pad_left", "pad_multiple", "pad_length")}
    assert all(same(batch["y"], labels) for batch in made.values())
    assert same(made["pad_zero"]["X"], right)
    assert same(made["pad_left"]["X"],
                pad_sequence(values, batch_first=True, padding_side="left"))
    rows, longest = right.shape
    rounded = torch.zeros(rows, {1: 4, 2: 4, 3: 4, 4: 4, 6: 8, 10: 12}[longest])
    rounded[:, :longest] = right
    assert same(made["pad_multiple"]["X"], rounded)
    fixed = torch.zeros(rows, 6)
    fixed[:, : min(longest, 6)] = right[:, :6]
    assert same(made["pad_length"]["X"], fixed)


def test_whole_numbers_stay_whole_when_padded():
    samples = [{"X": torch.tensor([3, 4]), "y": torch.tensor(1)},
               {"X": torch.tensor([5]), "y": torch.tensor(0)}]
    for name in ("pad_zero", "pad_left", "pad_multiple", "pad_length"):
        batch = build_collate(name, **OPTIONS)(samples)
        assert batch["X"].dtype == batch["y"].dtype == torch.int64


@pytest.mark.parametrize(("name", "transform"), [("mix_up", v2.MixUp), ("cut_mix", v2.CutMix)])
def test_mixing_is_torchvisions_with_the_same_seed(name, transform):
    torch.manual_seed(5)
    expected = transform(num_classes=10)(*default_collate(pictures()))
    torch.manual_seed(5)
    made = build_collate(name, **OPTIONS)(pictures())
    assert same(made[0], expected[0]) and same(made[1], expected[1])
    assert made[1].shape == (5, 10)


def test_nothing_is_stacked_in_a_list_and_a_dictionary():
    samples = pictures()
    assert build_collate("list")(samples) == samples
    batch = build_collate("dict")(samples)
    assert list(batch) == ["x", "y"] and batch["y"] == (3, 1, 3, 7, 0)
    assert all(one is given for one, (given, _) in zip(batch["x"], samples, strict=True))
    of_dicts = build_collate("dict")(sequences(2, 0))
    assert [len(x) for x in of_dicts["x"]] == [3, 1] and of_dicts["y"] == (2.0, 0.0)


def test_the_naive_version_is_right_for_two_in_order_alone():
    in_order = DataLoader(DATA, batch_size=2, collate_fn=collate.my_collate_fn)
    expected = DataLoader(DATA, batch_size=2, collate_fn=collate.pad_zero)
    for batch, right in zip(in_order, expected, strict=True):
        assert same(batch["X"], right["X"]) and same(batch["y"], right["y"])
    with pytest.raises(RuntimeError, match="stack expects each tensor to be equal size"):
        collate.my_collate_fn(sequences(0, 1, 2))
    with pytest.raises(RuntimeError, match="non-negative|negative dimension"):
        collate.my_collate_fn(sequences(4, 2))
    with pytest.raises(IndexError):
        collate.my_collate_fn(sequences(9))


def test_every_function_can_be_pickled_and_its_source_runs_as_it_stands():
    begin = ("from collections.abc import Sequence\nfrom functools import partial\n"
             "from typing import Any\nimport torch\nfrom torch import Tensor\n"
             "from torch.nn import functional\nfrom torch.utils.data import default_collate\n"
             "from torchvision.transforms import v2\n")
    for entry in COLLATES:
        samples = pictures() if "image" in entry.kinds else sequences(1, 2)
        names: dict = {}
        exec(f"{begin}{source_of(entry.name)}\nf = {call_of(entry.name, **OPTIONS)}", names)
        made = build_collate(entry.name, **OPTIONS)
        made = pickle.loads(pickle.dumps(made))
        torch.manual_seed(0)
        first = made(samples)
        torch.manual_seed(0)
        assert str(names["f"](samples)) == str(first)
    assert {entry.name for entry in COLLATES} == set(COLLATE_FUNCTIONS)


def test_what_is_mixed_or_cut_off_is_no_padding():
    def found(**loader):
        wanted = {"data": "digits", "loader": {"batch_size": 4, **loader}, "batches": 1}
        return explore(parse(wanted))

    mixed = found(collate="mix_up").batches[0]
    assert [leaf.shape for leaf in mixed.leaves] == [(4, 3, 8, 8), (4, 10)]
    assert [leaf.padding for leaf in mixed.leaves] == [0, 0]
    again = found(collate="mix_up").batches[0]
    assert (mixed.leaves[0].value == again.leaves[0].value).all()  # the seed holds for it
    other = found(collate="mix_up", seed=1).batches[0]
    assert (mixed.leaves[0].value != other.leaves[0].value).any()


def test_an_unknown_name_is_a_sentence():
    with pytest.raises(ThawError, match="There is no collate function “pad”"):
        build_collate("pad")


def test_a_loader_says_what_the_naive_function_did():
    wanted = {"data": "example", "loader": {"batch_size": 3, "collate": "my_collate_fn"}}
    assert explore(parse(wanted)).problem.id == "collate.naive_stack"
    wanted["loader"]["num_workers"] = 1  # only text comes out of a worker
    problem = explore(parse(wanted)).problem
    assert problem.id == "batches.collate_failed" and "stack expects" in problem.values["why"]
