"""Counts and bytes as a person reads them."""

import pytest

from pages.widgets import sizes


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0"), (7, "7"), (999, "999"), (5130, "5.13 k"), (11_181_642, "11.2 M"),
     (999_960, "1 M"), (138_357_544, "138 M"), (1.02e12, "1.02 T"), (3.2e15, "3200 T")],
)
def test_counts(count: float, text: str) -> None:
    assert sizes.of_count(count) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (512, "512 B"), (74_700_000, "74.7 MB"), (263e9, "263 GB"), (5e10, "50 GB")],
)
def test_bytes(count: float, text: str) -> None:
    assert sizes.of_bytes(count) == text
