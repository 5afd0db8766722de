"""The other engines: their totals beside the exact one, and why they differ."""

import importlib.util
from functools import cache

import pytest

from core.messages import ThawError
from core.models.other_engines import EngineRun, engine_text, judge, judge_macs, run_engine
from core.models.summary import summarize

needs_torchinfo = pytest.mark.skipif(
    importlib.util.find_spec("torchinfo") is None, reason="torchinfo is not installed"
)


@cache  # seconds in a process of its own
def of_torchinfo(name: str, size: tuple[int, ...]) -> EngineRun:
    return run_engine("torchinfo", name, "none", size)


@needs_torchinfo
@pytest.mark.parametrize(
    ("name", "size"),
    [("squeezenet1_1", (3, 64, 64)), ("ssdlite320_mobilenet_v3_large", (3, 320, 320))],
)
def test_torchinfo_agrees_with_the_exact_total(name, size):
    exact = summarize(name, "none", input_size=size).totals.params
    assert judge("torchinfo", of_torchinfo(name, size).text, name, exact).agrees


def test_a_wrong_total_of_torchsummary_gets_its_reason():
    exact = summarize("convnext_tiny", "none").totals.params
    text = engine_text("torchsummary", "convnext_tiny", "none", (3, 64, 64))
    verdict = judge("torchsummary", text, "convnext_tiny", exact)
    assert not verdict.agrees
    assert verdict.total < exact == 28_589_128
    assert "layer scale" in verdict.why


def test_a_text_without_a_total_has_none():
    verdict = judge("torchsummary", "nothing", "resnet18", 11_689_512)
    assert verdict.total is None and not verdict.agrees
    assert not judge_macs("nothing", "resnet18", 0).agrees


@needs_torchinfo
@pytest.mark.parametrize(
    ("name", "side", "why"), [("squeezenet1_1", 64, ""), ("swin_t", 224, "attention")]
)
def test_the_multiply_adds_of_torchinfo_are_judged(name, side, why):
    size = (3, side, side)
    exact = summarize(name, "none", input_size=size).totals.macs
    run = of_torchinfo(name, size)
    verdict = judge_macs(run.text, name, exact)
    assert verdict.agrees == (not why)
    assert why in verdict.why
    assert verdict.total > 0
    assert 0 < run.seconds < 60


def test_an_engine_that_is_missing_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ThawError, match="pip install torchinfo"):
        engine_text("torchinfo", "resnet18", "none", (3, 64, 64))
