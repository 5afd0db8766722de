"""Batches brought to the device: in order, one after another on a CPU, errors and all."""

import gc

import pytest
import torch

from core.training.prefetch import placed

CPU = torch.device("cpu")


def pair(number: int) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor([number]), torch.tensor([-number])


def test_on_a_cpu_each_batch_is_made_when_it_is_asked_for():
    made = []

    def place(number: int):
        made.append(number)
        return pair(number)

    batches = placed(range(3), place, CPU)
    for number, (inputs, targets) in enumerate(batches):
        assert made == list(range(number + 1))
        assert (inputs.item(), targets.item()) == (number, -number)
    assert made == [0, 1, 2]
    assert list(placed([], pair, CPU)) == []


def test_what_goes_wrong_comes_after_the_batches_before_it():
    def broken():
        yield 1
        raise OSError("the disk")

    batches = placed(broken(), pair, CPU)
    assert next(batches)[0].item() == 1
    with pytest.raises(OSError, match="the disk"):
        next(batches)


def test_who_stops_in_the_middle_closes_the_source():
    closed = []

    def source():
        try:
            yield from range(9)
        finally:
            closed.append(True)

    batches = placed(source(), pair, CPU)
    next(batches)
    del batches
    gc.collect()
    assert closed == [True]
