"""The table of precision and recall a class: what fits beside the confusion matrix."""

from pages.widgets.runs import evaluation_panel


def test_a_long_name_leaves_room_for_the_figures() -> None:
    short, long = (evaluation_panel._scores(["0", name]) for name in ("9", "n" * 40))
    assert short["class"].get("width") is None
    assert long["class"]["width"] == 130
    assert list(short) == list(long)
