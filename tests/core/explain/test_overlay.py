"""The heat map over its picture: sizes, ends of the scale, and steps that look even."""

import numpy as np
import pytest

from core.explain.overlay import colour, overlay, ramp, stretched


def grey(level: int, side: int = 8) -> np.ndarray:
    return np.full((side, side, 3), level, np.uint8)


def test_it_has_the_picture_s_size_and_is_brightest_where_the_heat_is() -> None:
    heat = np.zeros((2, 2), np.float32)
    heat[1, 0] = 3
    laid = overlay(grey(120), heat)
    assert laid.shape == (8, 8, 3) and laid.dtype == np.uint8
    bright = laid.astype(int).sum(2)
    assert np.unravel_index(bright.argmax(), bright.shape) == (6, 0)
    assert bright[0, 7] == bright.min()


def test_without_opacity_the_picture_stays_as_it_is() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (5, 4, 3), dtype=np.uint8)
    assert np.array_equal(overlay(picture, np.ones((2, 2)), opacity=0), picture)


def test_with_all_of_it_nothing_of_the_picture_is_left() -> None:
    laid = overlay(grey(200), np.ones((2, 2), np.float32), opacity=1)
    assert np.array_equal(laid, np.broadcast_to(ramp()[255], laid.shape))


@pytest.mark.parametrize("heat", [np.zeros((2, 2)), np.full((2, 2), np.nan), -np.ones((2, 2))])
def test_a_map_of_nothing_is_dark_everywhere(heat: np.ndarray) -> None:
    assert np.array_equal(overlay(grey(0), heat, 1.0), np.broadcast_to(ramp()[0], (8, 8, 3)))


def test_two_maps_on_one_scale_keep_their_ratio() -> None:
    assert np.array_equal(colour(np.full((1, 1), 0.5), highest=1.0)[0, 0], ramp()[128])
    assert np.array_equal(colour(np.full((1, 1), 0.5))[0, 0], ramp()[255])


def test_it_is_stretched_evenly() -> None:
    found = stretched(np.array([[0.0, 1.0]]), (1, 4))
    assert found.tolist() == [[0, 0.25, 0.75, 1]]


def test_the_colours_grow_lighter_in_even_steps() -> None:
    light = lightness(ramp()[::16])
    steps = np.diff(light)
    assert (steps > 0).all()
    assert steps.max() < 2.5 * steps.mean()
    assert light[0] < 3 and lightness(ramp())[-1] > 95


def lightness(colours: np.ndarray) -> np.ndarray:
    """CIE L* of sRGB."""
    share = colours / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    y = linear @ np.array([0.2126, 0.7152, 0.0722])
    return np.where(y > 216 / 24389, 116 * np.cbrt(y) - 16, y * 24389 / 27)
