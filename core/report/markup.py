"""HTML from plain values: everything that comes from a person or a file is escaped here."""

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape

import numpy as np
from PIL import Image

STYLE = """\
:root { color-scheme: light; --ink: #15252c; --quiet: #5b6b82; --line: #d5dfe3; --back: #f2f6f7;
  --accent: #0e766e; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: #fff; margin: 0 auto;
  max-width: 60rem; padding: 1.5rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
.quiet { color: var(--quiet); }
.cards { display: flex; flex-wrap: wrap; gap: 0.75rem; }
.card { border: 1px solid var(--line); border-radius: 0.5rem; padding: 0.5rem 1rem; }
.card b { display: block; font-size: 1.4rem; color: var(--accent); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; } th, td { padding: 0.15rem 0.6rem; text-align: left; }
th { font-weight: 600; } tr + tr { border-top: 1px solid var(--line); }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
table.confusion td { text-align: center; min-width: 1.8rem; border: 1px solid #fff; }
table.confusion th.turned { writing-mode: vertical-rl; transform: rotate(180deg); }
.pictures { display: flex; flex-wrap: wrap; gap: 0.75rem; }
figure { margin: 0; width: 7.5rem; font-size: 0.85rem; }
figure img { width: 100%; image-rendering: pixelated; border-radius: 0.25rem;
  border: 3px solid var(--accent); box-sizing: border-box; }
figure.wrong img { border: 3px dashed #ad4a0c; }
pre { background: var(--back); padding: 1rem; border-radius: 0.5rem; overflow-x: auto;
  font-size: 0.85rem; }
svg { max-width: 100%; height: auto; }
@media print { details { display: none; } }
"""


def page(title: str, body: Iterable[str]) -> str:
    """A whole document."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body) + "\n</body>\n</html>\n"
    )


def cards(values: Iterable[tuple[str, str, str]]) -> str:
    """Figures: what each is, its value, and a few words beneath."""
    inside = "".join(
        f'<div class="card"><span class="quiet">{escape(label)}</span><b>{escape(value)}</b>'
        f'<span class="quiet">{escape(beneath)}</span></div>'
        for label, value, beneath in values
    )
    return f'<div class="cards">{inside}</div>'


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; numbers stand to the right."""
    rows = [list(row) for row in rows]
    numeric = [bool(rows) and isinstance(value, int | float) for value in (rows or [head])[0]]
    marks = [' class="number"' if number else "" for number in numeric]
    top = "".join(f"<th{m}>{escape(one)}</th>" for m, one in zip(marks, head, strict=True))
    lines = "".join(
        "<tr>" + "".join(f"<td{m}>{_cell(v)}</td>" for m, v in zip(marks, row, strict=True))
        + "</tr>" for row in rows
    )
    return f'<div class="wide"><table><tr>{top}</tr>{lines}</table></div>'


def confusion(classes: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    """The confusion matrix, each cell as strong as its share of its row; rows are the truth."""
    top = "".join(f'<th class="turned">{escape(name)}</th>' for name in classes)
    lines = []
    for true, (name, row) in enumerate(zip(classes, counts, strict=True)):
        whole = max(sum(row), 1)
        cells = "".join(
            f'<td style="background: rgb({"14 118 110" if true == said else "210 96 26"} / '
            f'{count / whole:.2f}){"; color: #fff" if count / whole > 0.6 else ""}">'
            f'{count or ""}</td>' for said, count in enumerate(row)
        )
        lines.append(f"<tr><th>{escape(name)}</th>{cells}</tr>")
    return (
        '<div class="wide"><table class="confusion">'
        f"<tr><th></th>{top}</tr>{''.join(lines)}</table></div>"
        '<p class="quiet">Each row is a true class, each column what the model said.</p>'
    )


def figure(picture: np.ndarray, caption: str, *, wrong: bool) -> str:
    """A picture, uint8 [H, W, 3], in the file itself."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    data = base64.b64encode(buffer.getvalue()).decode()
    mark = ' class="wrong"' if wrong else ""
    return (
        f'<figure{mark}><img alt="{escape(caption)}" src="data:image/png;base64,{data}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def folded(title: str, text: str) -> str:
    """A text that opens on a click, in the letters of a program."""
    return f"<details><summary>{escape(title)}</summary><pre>{escape(text)}</pre></details>"


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else escape(str(value))
