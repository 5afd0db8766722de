"""A whole model and a `state_dict`, really saved and loaded."""

import sys

import pytest

from core.models.exercises.whole_model_file import in_few, save_both


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v3_small"])
def test_what_each_file_holds(name: str) -> None:
    found = save_both(name, "none")
    assert found.state_dict.loads and found.state_dict.calls == ()
    assert not found.whole.loads
    assert "torch.nn.modules.conv.Conv2d" in found.whole.calls
    assert any(call.startswith("torchvision.models.") for call in found.whole.calls)
    assert found.whole.bytes > found.state_dict.bytes > 1_000_000


def test_a_class_that_moved_breaks_the_whole_model_alone() -> None:
    found = save_both("squeezenet1_1", "none")
    assert found.moved.startswith("AttributeError") and "Net" in found.moved
    assert found.survives
    assert "my_models" not in sys.modules


def test_few_are_named() -> None:
    assert in_few(("a", "b")) == (("a", "b"), 0)
    assert in_few(tuple("abcdefgh")) == (tuple("abcdef"), 2)
