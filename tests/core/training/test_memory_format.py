"""Channels last: the same training in another layout, through the cache and through a stop."""

import pytest
import torch

from core.training import devices
from core.training.step import moved
from tests.core.training.in_process import new_run, worked
from tests.core.training.test_averaging import stop_within
from tests.core.training.test_features import PROBE, curves, kept_of, same, states


def in_layout(memory_format: str, **parts):
    train = {"epochs": 3, "threads": 1, "memory_format": memory_format}
    return new_run(**{**PROBE, "train": train, **parts})


def test_auto_is_channels_last_on_cuda_alone():
    for kind, expected in (("cuda", torch.channels_last), ("cpu", torch.contiguous_format)):
        assert devices.memory_format_on(torch.device(kind), "auto") == expected
        for asked in ("channels_last", "contiguous"):
            found = devices.memory_format_on(torch.device(kind), asked)
            assert (found == torch.channels_last) == (asked == "channels_last")


def test_pictures_and_square_features_lie_as_asked():
    cpu = torch.device("cpu")
    pictures, flat = moved(
        (torch.rand(2, 3, 4, 4), torch.rand(2, 5)), cpu, torch.channels_last
    )
    assert pictures.is_contiguous(memory_format=torch.channels_last)
    assert flat.is_contiguous()


@pytest.mark.parametrize("preset", ["linear_probe", "last_stage"])
def test_with_the_cache_every_bit_is_as_without_it(home, preset):
    parts = {"freeze": {"preset": preset}}
    with_cache = in_layout("channels_last", **parts)
    without = in_layout("channels_last", features={"cache": "off"}, **parts)
    assert worked(with_cache) == worked(without) == "finished"
    assert same(with_cache, without)
    assert kept_of(with_cache)["train"]["bytes"] > 0


def test_it_trains_as_the_other_layout_and_has_features_of_its_own(home):
    rows = in_layout("contiguous"), in_layout("channels_last")
    for run in rows:
        assert worked(run) == "finished"
        assert not kept_of(run)["train"]["reused"]
    plain, last = (curves(run) for run in rows)
    for mine, theirs in zip(last, plain, strict=True):
        assert mine[3]["loss"] == pytest.approx(theirs[3]["loss"], rel=1e-3)


def test_a_resumed_run_ends_with_the_same_bits(home, monkeypatch):
    parts = {"freeze": {"preset": "all"}}
    straight, stopped = (in_layout("channels_last", **parts) for _ in range(2))
    assert worked(straight) == "finished"
    stop_within(monkeypatch, 4)
    assert worked(stopped) == "stopped"
    monkeypatch.undo()
    assert worked(stopped, resume=True) == "finished"
    assert curves(stopped) == curves(straight)
    assert any(
        value.dim() == 4 and value.is_contiguous(memory_format=torch.channels_last)
        and not value.is_contiguous() for value in states(straight).values()
    )
    assert all(torch.equal(value, states(stopped)[key]) for key, value in states(straight).items())
