"""What others wrote is escaped where Markdown would act on it, and nowhere else."""

import pytest

from pages.widgets.plain import plain, short


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("before Module.__init__() call", r"before Module.\_\_init\_\_() call"),
        ("_private or trailing_", r"\_private or trailing\_"),
        ("IMAGENET1K_V1 of vit_b_16: all", "IMAGENET1K_V1 of vit_b_16: all"),
    ],
)
def test_underscores(text: str, escaped: str) -> None:
    assert plain(text) == escaped


def test_a_long_name_is_cut() -> None:
    assert short("x" * 28) == "x" * 28
    assert short("a name of twenty characters and more") == "a name of twenty characters…"
