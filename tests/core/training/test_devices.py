"""What a device is told: seeds."""

import torch

from core.training import devices


def test_the_seed_gives_the_numbers_of_torchs_own():
    torch.manual_seed(12345)
    expected = torch.rand(5)
    devices.seed(torch.device("cpu"), 12345)
    assert torch.equal(torch.rand(5), expected)


def test_seeding_queues_nothing_for_devices_that_are_not_used():
    before = len(torch.cuda._queued_calls)
    devices.seed(torch.device("cpu"), 1)
    assert len(torch.cuda._queued_calls) == before
