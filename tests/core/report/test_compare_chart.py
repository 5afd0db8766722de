"""The picture of a comparison: its words and lines are in it, and it is what it says it is."""

import io
import re

import numpy as np
from PIL import Image

from core.evaluation import chart_points
from core.evaluation.compare_lines import Line
from core.evaluation.run_series import Series
from core.report.compare_chart import Look, PanelPicture, picture

LOOK = Look({"one run": "#112233", "other": "#445566"}, "#FEFEFE", "#010101", "#DDDDDD")


def line(name: str, count: int = 5000, **more: object) -> Line:
    step = np.arange(1, count + 1)
    value = np.sin(step / 50) + 2
    return Line(name, "val", Series(step, step, step * 1.0, step * 1.0, value), step * 1.0, **more)


def panel(*lines: Line, log: bool = False) -> PanelPicture:
    values = np.concatenate([one.series.value for one in lines])
    return PanelPicture("Validation loss", lines, chart_points.span(values, log=log), log)


def test_an_svg_with_lines_bands_and_names() -> None:
    whole = line("one run", raw=np.full(5000, 2.0))
    band = line("other", low=np.full(5000, 1.5), high=np.full(5000, 2.5), runs=3)
    svg = picture([panel(whole, band), panel(whole, log=True)], "step", LOOK, "svg").decode()
    assert svg.startswith("<svg")
    for words in ("one run", "other", "Validation loss", "step"):
        assert f">{words}</text>" in svg
    for colour in ("#112233", "#445566", "#FEFEFE"):
        assert colour in svg
    longest = max(re.findall(r' d="(M[^"]*)"', svg), key=len)
    assert 300 < longest.count("L") < 1500  # thinned, and still a curve


def test_a_png_that_has_both_colours() -> None:
    png = picture([panel(line("one run"), line("other", 1))], "step", LOOK, "png")
    image = Image.open(io.BytesIO(png)).convert("RGB")
    assert image.width > 1000
    colours = {colour for _, colour in image.getcolors(1 << 24)}
    assert {(0x11, 0x22, 0x33), (0x44, 0x55, 0x66), (0xFE, 0xFE, 0xFE)} <= colours


def test_a_line_that_is_flat_and_one_point() -> None:
    flat = line("one run", 1)
    assert b"<svg" in picture([panel(flat)], "epoch", LOOK, "svg")


def test_a_band_that_reaches_below_0_on_a_logarithmic_scale() -> None:
    band = line("one run", low=np.full(5000, -1.0), high=np.full(5000, 3.0), runs=2)
    svg = picture([panel(band, log=True)], "step", LOOK, "svg").decode()
    down = max(float(y) for y in re.findall(r"[ML][\d.]+,([\d.]+)", svg))
    assert down > 1000  # beneath the picture, not at its top
