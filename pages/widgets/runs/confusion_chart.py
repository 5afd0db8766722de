"""The confusion matrix as a heat map."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from pages.widgets import ink, palette

_COUNTED = 20  # classes up to which each cell has its count
_SIDE = 420  # pixels
_MISTAKE = palette.CATEGORICAL[3]


CELL = "cell"  # the selection that a click on a cell makes: its `true` and `predicted` names


def chart(names: Sequence[str], confusion: Sequence[Sequence[int]]) -> alt.LayerChart:
    """A cell for each true class (down) and predicted class (across); a click selects one.

    The colour is the share of the true class: one hue on the diagonal, another beside it, so that
    mistakes are seen from the last row of a class room.
    """
    frame = _frame(names, confusion)
    label = alt.Axis(labelAngle=-45 if max(map(len, names)) > 3 else 0, labelLimit=90,
                     domain=False, ticks=False, grid=False, labelOverlap=True)
    base = alt.Chart(frame, height=_SIDE).encode(
        x=alt.X("predicted:N", sort=None, title="taken for", axis=label,
                scale=alt.Scale(domain=list(names))),
        y=alt.Y("true:N", sort=None, title="true class", scale=alt.Scale(domain=list(names)),
                axis=alt.Axis(labelLimit=90, domain=False, ticks=False, grid=False,
                              labelOverlap=True)),
        tooltip=[
            alt.Tooltip("true:N", title="true class"),
            alt.Tooltip("predicted:N", title="taken for"), alt.Tooltip("images:Q"),
            alt.Tooltip("share:Q", title="of the class", format=".1%"),
        ],
    )
    cells = base.mark_rect(cornerRadius=2).encode(
        color=alt.condition(
            "datum.right", alt.value(palette.ACCENT.here()), alt.value(_MISTAKE.here())
        ),
        opacity=alt.Opacity("shown:Q", scale=alt.Scale(domain=[0, 1], range=[0, 1]), legend=None),
    )
    cells = cells.add_params(
        alt.selection_point(name=CELL, fields=["true", "predicted"], toggle=False)
    )
    if len(names) > _COUNTED:
        return alt.layer(cells)
    counts = base.mark_text(fontSize=13).encode(
        text="images:Q", color=alt.Color("ink:N", scale=None)
    )
    return alt.layer(cells, counts)


def _frame(names: Sequence[str], confusion: Sequence[Sequence[int]]) -> pd.DataFrame:
    """The cells that are not empty; a few mistakes of many must not be invisible."""
    rows = []
    for true, row in enumerate(confusion):
        for said, count in enumerate(row):
            if count:
                share, right = count / sum(row), true == said
                shown = 0.25 + 0.75 * share if right else min(1.0, 0.3 + 1.4 * share)
                tone = palette.ACCENT if right else _MISTAKE
                text = ink.on(ink.over_ground(tone.here(), shown))
                rows.append((names[true], names[said], count, share, right, shown, text))
    return pd.DataFrame(
        rows, columns=["true", "predicted", "images", "share", "right", "shown", "ink"]
    )
