"""Coding of glyphs, on shapes drawn here: no font is needed."""

import numpy as np
import pytest
import torch

from core.data.transforms import build_transforms
from core.models.letters import fonts, pretrain, render


@pytest.fixture(scope="module")
def glyphs():
    """float16 [2, 96, 96]: an upright bar and a ring, as signed distances."""
    rows, columns = np.mgrid[:96, :96] - 47.5
    bar = (abs(columns) < 5) & (abs(rows) < 30)
    ring = abs(np.hypot(rows, columns) - 25) < 5
    return torch.from_numpy(np.stack([render._distances(shape) for shape in (bar, ring)]))


def test_code_counts_ink_in_sixteenths(glyphs):
    coded = render.code(glyphs.repeat(50, 1, 1), torch.Generator().manual_seed(0))
    assert coded.shape == (100, 8, 8) and coded.dtype == torch.uint8
    steps = {round(count * 255 / 16) for count in range(17)}
    assert set(coded.unique().tolist()) <= steps
    assert (coded.flatten(1).max(1).values > 0).all()


def test_code_is_drawn_anew_and_repeatable(glyphs):
    def drawn(seed):
        return render.code(glyphs, torch.Generator().manual_seed(seed))

    assert torch.equal(drawn(0), drawn(0))
    assert not torch.equal(drawn(0), drawn(1))


def test_shapes_fill_their_box_and_keep_their_form(glyphs):
    coded = render.code(glyphs.repeat(200, 1, 1), torch.Generator().manual_seed(0)).float()
    bar, ring = coded[::2].mean(0), coded[1::2].mean(0)
    assert bar[:, 3:5].mean() > 4 * bar[:, [0, 7]].mean()
    assert ring[3:5, 3:5].mean() < 0.5 * ring[[0, 7], 3:5].mean()


def test_an_empty_glyph_is_coded_as_well():
    coded = render.code(torch.full((1, 96, 96), -50.0), torch.Generator().manual_seed(0))
    assert int(coded.sum()) == 0


def test_classes_merge_what_the_box_makes_equal():
    assert len(render.CATEGORIES) == len(set(render.CATEGORIES)) == 41
    assert render.category_of("C") == render.category_of("c")
    assert render.category_of("A") != render.category_of("a")


def test_input_is_the_same_as_the_apps():
    coded = torch.randint(0, 256, (4, 8, 8), dtype=torch.uint8)
    transforms = build_transforms(
        size=64, resize="squash", augment="none", mean=pretrain.MEAN, std=pretrain.STD
    )
    ours = pretrain.to_input(coded, 64)
    theirs = torch.stack([transforms.eval(image.expand(3, -1, -1)) for image in coded])
    torch.testing.assert_close(ours, theirs)


def test_held_out_fonts_are_always_the_same():
    order = pretrain.font_order(144)
    assert torch.equal(order, pretrain.font_order(144))
    assert sorted(order.tolist()) == list(range(144))


def test_font_packages_are_named_once():
    names = fonts.package_names()
    assert len(names) == len(set(names)) > 100
