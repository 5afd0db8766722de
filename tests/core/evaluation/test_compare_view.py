"""The view of a comparison through a link and back; bad links get a sentence."""

import pytest

from core.evaluation.compare_view import DEFAULT, CompareView, from_query, to_query
from core.messages import ThawError, sentence


def test_a_view_comes_back_from_its_link() -> None:
    for view in (
        DEFAULT,
        CompareView(runs=("2026-11-23_141502_resnet18_digits_k3f9",)),
        CompareView(("a b", "c"), "seconds", ("step.loss", "accuracy"), 0.5, 0.25, ("step.loss",),
                    False, True, True, "params"),
        CompareView(smooth=0.0),
        CompareView(runs=("a",), y=()),
    ):
        assert from_query(to_query(view)) == view
    assert to_query(CompareView(runs=("a", "b"))) == {"runs": "a,b"}


def test_what_is_no_part_of_a_view_is_left_alone() -> None:
    assert from_query({"recipe": "x", "runs": "a,,a,b"}) == CompareView(runs=("a", "b"))


@pytest.mark.parametrize(("name", "value"), [
    ("x", "time"), ("smooth", "much"), ("smooth", "1"), ("smooth", "nan"), ("smooth", "-0.1"),
    ("runs", ""), ("runs", ",".join(map(str, range(51)))), ("runs", "../../etc"),
    ("y", "a,b,c,d,e"), ("y", "<b>"), ("log", "a b"), ("outliers", "yes"), ("cost", "money"),
])
def test_a_bad_value_is_named(name: str, value: str) -> None:
    with pytest.raises(ThawError) as caught:
        from_query({"runs": "a", name: value})
    assert caught.value.problem.values["name"] == name
    assert "The link's" in sentence(caught.value.problem)
