"""All collate functions on one batch: the real loader's samples, padding, mixtures, reasons."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader
from torchvision.transforms import v2

from core.data import collate, collate_trial, collate_trial_run
from core.data.collate_trial_run import run
from core.data.samples import ExampleDataset, open_dataset
from core.messages import sentence
from core.spec import SpecError


def tried(**values):
    return run(collate_trial.parse(values))


def by_name(found):
    return {one.name: one for one in found.made}


@pytest.mark.parametrize("order", ["in order", "shuffled"])
@pytest.mark.parametrize("batch", [0, 2, 3])
def test_the_samples_are_those_of_a_loader_with_the_same_arguments(order, batch):
    loader = DataLoader(
        ExampleDataset(), batch_size=3, shuffle=order == "shuffled",
        generator=torch.Generator().manual_seed(7), collate_fn=collate.pad_zero,
    )
    expected = list(loader)[batch]
    found = tried(data="example", batch_size=3, order=order, batch=batch, seed=7)
    made = by_name(found)["pad_zero"]
    assert np.array_equal(made.parts[0].value, expected["X"].numpy())
    assert found.indices == tuple(expected["y"].int().tolist()) and found.total == len(loader)
    lengths = [index + 1 for index in found.indices]
    marked = np.arange(max(lengths)) >= np.array(lengths)[:, None]
    assert np.array_equal(made.parts[0].padding, marked)
    left = by_name(found)["pad_left"].parts[0]
    assert np.array_equal(left.padding, marked[:, ::-1]) and left.filled == marked.sum()


def test_what_is_cut_off_is_counted_and_a_late_batch_is_the_last():
    found = tried(batch_size=4, batch=99, length=5)
    assert (found.batch, found.indices) == (2, (8, 9))
    fixed = by_name(found)["pad_length"]
    assert fixed.parts[0].shape == (2, 5) and fixed.lost == 9 + 10 - 10
    assert fixed.parts[0].filled == 0


def test_the_naive_function_and_why_it_fails_on_these_samples():
    assert by_name(tried(batch_size=2))["my_collate_fn"].parts[0].shape == (2, 2)
    failure = by_name(tried(batch_size=3))["my_collate_fn"].failure
    assert failure.kind == "RuntimeError"
    assert "stack expects each tensor to be equal size" in failure.said
    assert "torch.stack([first, *others])" in failure.line
    assert "the lengths 1, 2 and 3 and added 1" in sentence(failure.why)
    assert "lengths 2, 2 and 3: sample 2 still has 3" in sentence(failure.why)
    for seed in range(9):
        found = tried(batch_size=2, order="shuffled", seed=seed)
        made, (first, second) = by_name(found)["my_collate_fn"], found.indices
        assert (made.failure is None) == (first < second)
        if made.failure:
            assert made.failure.why.values["missing"] == second - first
            assert f"{second + 1} - {first + 1} = {second - first}" in sentence(made.failure.why)
    alone = by_name(tried(batch_size=3, batch=3))["my_collate_fn"].failure
    assert alone.kind == "IndexError" and "one sample, of length 10" in sentence(alone.why)


def test_mixing_is_torchvisions_and_its_shares_are_the_labels():
    found = tried(data="digits", batch_size=6, order="shuffled", seed=3)
    data = open_dataset("digits")
    images = torch.stack([data[index][0] for index in found.indices])
    labels = torch.tensor([data[index][1] for index in found.indices])
    for name, transform in (("mix_up", v2.MixUp), ("cut_mix", v2.CutMix)):
        torch.manual_seed(3)
        mixed, soft = transform(num_classes=10)(images, labels)
        made = by_name(found)[name]
        expected = (mixed * 255).round().to(torch.uint8).permute(0, 2, 3, 1)
        assert np.array_equal(made.parts[0].value, expected.numpy())
        for row, shares in zip(soft, made.shares, strict=True):
            assert {int(c): share for c, share in shares} == pytest.approx(
                {c: float(row[c]) for c in row.nonzero().flatten().tolist()}
            )


def test_an_answer_survives_its_way_out_of_the_child(children):
    for values in ({"batch_size": 3}, {"data": "digits", "batch_size": 2}, {"data": "wine"}):
        trial = collate_trial.parse(values)
        here = run(trial)
        there = children.run("collate", trial.model_dump(), seconds=60, read=collate_trial.read)
        assert str(there) == str(here)


@pytest.mark.parametrize(
    "wrong", [{"batch_size": 0}, {"batch_size": 17}, {"order": "backwards"}, {"length": 0}]
)
def test_what_can_not_be_tried_is_refused(wrong):
    with pytest.raises(SpecError):
        collate_trial.parse(wrong)


class Sizes:
    """Pictures of different sizes."""

    classes = ("a", "b")
    shapes = ((3, 20, 300), (3, 40, 10), (3, 5, 5))

    def __len__(self):
        return 3

    def __getitem__(self, index):
        generator = torch.Generator().manual_seed(index)
        return torch.rand(self.shapes[index], generator=generator), index % 2


def test_pictures_of_different_sizes_are_padded_to_the_largest_and_not_mixed(monkeypatch, tmp_path):
    monkeypatch.setattr(collate_trial_run, "open_dataset", lambda *_, **__: Sizes())
    found = tried(data="digits")
    made = by_name(found)
    padded = made["pad_images"]
    assert padded.parts[0].shape == (3, 3, 40, 300) and found.reduced == 3
    pixels = sum(height * width for _, height, width in Sizes.shapes)
    assert padded.parts[0].filled == 3 * (3 * 40 * 300 - pixels)
    expected = np.zeros((40, 300, 3))
    expected[:20] = Sizes()[0][0].permute(1, 2, 0)
    assert np.array_equal(padded.parts[0].value[0], np.rint(expected[::3, ::3] * 255))
    assert not padded.parts[0].padding[0, :7].any() and padded.parts[0].padding[0, 7:].all()
    for name, words in {
        "default": "these have the shapes [3, 20, 300], [3, 40, 10] and [3, 5, 5]",
        "mix_up": "MixUp works on a stacked batch",
    }.items():
        failure = made[name].failure
        assert failure.kind == "RuntimeError" and "equal size" in failure.said
        assert words in sentence(failure.why)
    collate_trial.write(tmp_path, found)
    assert str(collate_trial.read(tmp_path)) == str(found)


def test_a_stream_has_batches_and_no_indices(monkeypatch):
    class Stream(torch.utils.data.IterableDataset):
        classes = ("even", "odd")

        def __iter__(self):
            return ((torch.tensor([float(n)]), n % 2) for n in range(5))

    monkeypatch.setattr(collate_trial_run, "open_dataset", lambda *_, **__: Stream())
    found = tried(data="iris", batch_size=2, batch=9, order="shuffled")
    assert (found.batch, found.total, found.indices, found.labels) == (2, 3, (), ("even",))
    assert by_name(found)["default"].parts[0].value.tolist() == [[4.0]]
