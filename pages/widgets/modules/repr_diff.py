"""A model's text before and after, side by side, with what changed marked."""

import html
from collections.abc import Iterator, Sequence
from itertools import groupby
from os.path import commonprefix

import streamlit as st

from core.models.exercises.line_pairs import LinePair
from pages.widgets import palette

_SAME_AT_MOST = 8  # more lines in a row that did not change are folded away
_CSS = """
<style>
.thaw-diff { font: 0.82rem/1.55 "Source Code Pro", monospace; border: 1px solid %(line)s;
  border-radius: 0.5rem; overflow: hidden auto; max-height: 38rem; }
.thaw-diff .pair { display: grid; grid-template-columns: 1fr 1fr; }
.thaw-diff .head { font-weight: 600; position: sticky; top: 0; z-index: 1;
  background: %(ground)s; border-bottom: 1px solid %(line)s; }
.thaw-diff .pair > div { padding: 0 0.75rem; overflow-wrap: anywhere; white-space: pre-wrap;
  min-height: 1.55em; }
.thaw-diff .head > div { padding: 0.35rem 0.75rem; }
.thaw-diff .pair > div + div { border-left: 1px solid %(line)s; }
.thaw-diff .line { padding-left: 4ch; text-indent: -4ch; }
.thaw-diff .changed > div + div { box-shadow: inset 3px 0 %(accent)s;
  background: color-mix(in srgb, %(accent)s 9%%, transparent); }
.thaw-diff mark { color: inherit; border-radius: 3px;
  background: color-mix(in srgb, %(accent)s 30%%, transparent); }
.thaw-diff summary { cursor: pointer; padding: 0.2rem 0.75rem; color: %(muted)s; }
@media (max-width: 640px) {
  .thaw-diff .pair { grid-template-columns: 1fr; }
  .thaw-diff .head, .thaw-diff .same > div:first-child,
  .thaw-diff .added > div:first-child { display: none; }
  .thaw-diff .pair > div + div { border-left: none; }
  .thaw-diff .changed > div:first-child { color: %(muted)s; text-decoration: line-through; }
}
</style>
"""


def show(pairs: Sequence[LinePair]) -> None:
    """Draws the lines; on a phone one below the other."""
    colours = {
        "line": palette.LINE.here(), "ground": palette.GROUND.here(),
        "accent": palette.ACCENT.here(), "muted": palette.MUTED.here(),
    }
    head = '<div class="pair head"><div>before</div><div>after</div></div>'
    body = "".join(_blocks(pairs))
    st.html(f'{_CSS % colours}<div class="thaw-diff">{head}{body}</div>')


def _blocks(pairs: Sequence[LinePair]) -> Iterator[str]:
    for changed, group in groupby(pairs, key=lambda pair: pair.changed):
        lines = [_row(pair) for pair in group]
        if changed or len(lines) <= _SAME_AT_MOST:
            yield from lines
        else:
            yield (f"<details><summary>⋯ {len(lines)} lines as before</summary>"
                   f"{''.join(lines)}</details>")


def _row(pair: LinePair) -> str:
    kind = "changed" if pair.changed else "same"
    if pair.before is None:
        kind += " added"
    before, after = (pair.before or "").lstrip(), (pair.after or "").lstrip()
    shown = _marked(before, after) if pair.changed else html.escape(after)
    return (f'<div class="pair {kind}">{_cell(pair.before, html.escape(before))}'
            f"{_cell(pair.after, shown)}</div>")


def _cell(line: str | None, shown: str) -> str:
    """A line as far in as it was."""
    indent = len(line) - len(line.lstrip()) if line else 0
    return f'<div><div class="line" style="margin-left: {indent}ch">{shown}</div></div>'


def _marked(before: str, after: str) -> str:
    """The line after with that part marked which the line before does not have."""
    start = len(commonprefix([before, after]))
    rest = min(len(before), len(after)) - start
    end = min(rest, len(commonprefix([before[::-1], after[::-1]])))
    stop = len(after) - end
    parts = (after[:start], after[start:stop], after[stop:])
    left, new, right = map(html.escape, parts)
    return f"{left}<mark>{new}</mark>{right}" if new else left + right
