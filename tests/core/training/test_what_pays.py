"""What pays: real steps in each variant, a slow one given up, and the recipe that follows."""

import subprocess
import sys
import time
from dataclasses import replace

import pytest
import torch

from core import portable
from core.recipe import parse
from core.training import what_pays, what_pays_process
from core.training.what_pays_process import Found, Variant
from tests.core.conftest import SMALL

RECIPE = {**SMALL, "train": {"epochs": 1, "threads": 1, "device": "cpu"}}


def four(**seconds: float) -> Found:
    names = ("float32 contiguous", "float32 channels_last", "bfloat16 contiguous")
    return Found("CPU", tuple(
        Variant(*name.split(), 1, seconds.get(name.replace(" ", "_"), 1.0), 3, False)
        for name in names
    ))


def test_the_fastest_goes_into_the_recipe():
    found = four(float32_channels_last=0.5)
    assert found.times_faster(found.fastest) == 2
    fastest = replace(found.fastest, threads=3)
    recipe = what_pays_process.with_variant(parse(RECIPE), fastest)
    assert recipe.train.memory_format == "channels_last" and recipe.train.precision == "float32"
    assert recipe.train.threads == 3
    assert not what_pays_process.what_changed(parse(RECIPE), recipe)
    other = parse({**RECIPE, "loader": {"batch_size": 7}})
    assert what_pays_process.what_changed(parse(RECIPE), other) == ("loader.batch_size",)


@pytest.fixture
def same_threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_each_variant_is_computed_as_it_says(home, tmp_path, monkeypatch, same_threads):
    seen, threads = [], set()
    monkeypatch.setattr(portable, "physical_cores", lambda: 3)
    step = what_pays.train_step

    def watched(training, inputs, targets):
        weight = next(p for p in training.model.parameters() if p.dim() == 4 and p.shape[1] > 1)
        seen.append((training.recipe.train.precision, training.recipe.train.memory_format,
                     "contiguous" if weight.is_contiguous() else "channels_last"))
        threads.add((training.recipe.train.threads, torch.get_num_threads()))
        return step(training, inputs, targets)

    monkeypatch.setattr(what_pays, "train_step", watched)
    found = what_pays.measure(parse(RECIPE), tmp_path, lambda _phase: None)
    first, others = found.variants[:4], found.variants[4:]
    assert [(one.precision, one.memory_format) for one in first] == [
        ("float32", "contiguous"), ("float32", "channels_last"),
        ("bfloat16", "contiguous"), ("bfloat16", "channels_last"),
    ]
    fastest = min(first, key=lambda one: one.seconds)
    assert [one.threads for one in found.variants] == [1, 1, 1, 1, 2, 3]
    assert {(one.precision, one.memory_format) for one in others} == {
        (fastest.precision, fastest.memory_format)
    }
    assert threads == {(1, 1), (2, 2), (3, 3)}
    assert found.device == "the CPU"
    assert {precision for precision, _, _ in seen} == {"float32", "bfloat16"}
    assert all(asked == lies for _, asked, lies in seen)
    plain = found.variants[0]
    assert plain.seconds > 0 and plain.steps == 12 and not plain.stopped
    assert found.times_faster(plain) == 1


@pytest.mark.parametrize(
    "cores, processes, counts", [
        (1, 1, []), (2, 1, [1]), (3, 1, [1, 3]), (4, 1, [1, 4]), (6, 1, [1, 4, 6]),
        (8, 1, [1, 4, 8]), (8, 2, [1, 4]), (7, 2, [1, 3]), (4, 4, [1]), (2, 4, [1]),
    ],
)
def test_threads_are_powers_of_two_and_all_cores(monkeypatch, cores, processes, counts):
    monkeypatch.setattr(portable, "physical_cores", lambda: cores)
    slow, fast = (
        Variant("float32", layout, 2 if cores > 1 else 1, seconds, 3, False)
        for layout, seconds in (("contiguous", 2.0), ("channels_last", 1.0))
    )
    others = what_pays._in_other_threads([slow, fast], processes)
    assert [one.threads for one in others] == counts
    assert {one.memory_format for one in others} <= {"channels_last"}


def test_a_hopeless_variant_is_given_up(home, tmp_path, monkeypatch):
    counts = {"float32": 0, "bfloat16": 0}

    def slow(training, inputs, targets):
        precision = training.recipe.train.precision
        counts[precision] += 1
        time.sleep(2.0 if precision == "bfloat16" else 0.05)

    monkeypatch.setattr(what_pays, "train_step", slow)
    monkeypatch.setattr(portable, "physical_cores", lambda: 1)
    found = what_pays.measure(parse(RECIPE), tmp_path, lambda _phase: None)
    assert [one.stopped for one in found.variants] == [False, False, True, True]
    assert counts == {"float32": 32, "bfloat16": 2}
    assert found.fastest.precision == "float32"


@pytest.mark.timeout(120)
def test_in_its_own_process(home):
    place = what_pays_process.start(parse(RECIPE))
    try:
        deadline = time.monotonic() + 100
        while not (now := what_pays_process.look(place)).is_done:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert now.problem is None
        others = [one.threads for one in now.answer.variants[4:]]
        assert len(now.answer.variants[:4]) == 4 and (portable.physical_cores() > 1) == bool(others)
        assert 1 not in others  # that is the recipe's
    finally:
        what_pays_process.forget(place)


def test_the_page_needs_no_torch_for_it():
    code = "import sys, core.training.what_pays_process; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
