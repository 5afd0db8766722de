"""The way from the image to the prediction and back: what is computed in each stage."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.widgets import palette, sizes

if TYPE_CHECKING:
    from core.models.backward_reach import BackwardReach, Work

_LEAST = 0.02  # of the width: a stage that computes next to nothing is still to be seen
_CSS = """
<style>
.thaw-flow { --warm: color-mix(in srgb, %(warm)s 86%%, %(text)s);
  --ice: color-mix(in srgb, %(ice)s 92%%, %(text)s);
  display: grid; grid-template-columns: 10.5rem 1fr; gap: 0.3rem 0.75rem;
  align-items: center; font-size: 0.82rem; color: %(text)s; margin: 0.25rem 0 0.5rem; }
.thaw-flow .label { line-height: 1.2; }
.thaw-flow .label small { color: %(muted)s; display: block; }
.thaw-flow .way { display: flex; gap: 2px; height: 1.15rem; }
.thaw-flow .way.forward { height: 2.1rem; }
.thaw-flow .cell { flex-basis: 0; min-width: 3px; border-radius: 3px; overflow: hidden;
  container-type: inline-size; background: color-mix(in srgb, %(line)s 55%%, transparent); }
.thaw-flow .name { display: none; height: 100%%; align-items: center; justify-content: center;
  color: %(ground)s; font-weight: 600; white-space: nowrap; }
@container (min-width: 4rem) { .thaw-flow .name { display: flex; } }
.thaw-flow .on { background: var(--warm); }
.thaw-flow .off { background: var(--ice); }
.thaw-flow .mixed {
  background: repeating-linear-gradient(-45deg, var(--ice) 0 8px, var(--warm) 8px 16px); }
.thaw-flow .fill { height: 100%%; margin-left: auto; background: var(--warm); }
.thaw-flow .through .fill { background: color-mix(in srgb, var(--warm) 55%%, transparent); }
@media (max-width: 640px) { .thaw-flow { grid-template-columns: 1fr; }
  .thaw-flow .label small { display: inline; } }
</style>
"""


def show(reach: BackwardReach, states: Mapping[str, str], stages: Sequence[str]) -> None:
    """Draws three rows: the forward pass, gradients of inputs, gradients of weights.

    Args:
        states: For each module with parameters, what `freezing.tree_states` says of it.
        stages: What `freezing.stages` gives.
    """
    work = {name: reach.within(name) for name in stages}
    whole = max(1, sum(one.forward for one in work.values()))
    widths = {name: max(_LEAST, one.forward / whole) for name, one in work.items()}
    forward = [
        _cell(widths[name], states[name], f"{name}: {sizes.of_count(work[name].forward)} forwards",
              f"<div class='name'>{html.escape(name)}</div>")
        for name in stages
    ]
    inputs = [_backward(name, widths[name], work[name], work[name].to_inputs) for name in stages]
    weights = [_backward(name, widths[name], work[name], work[name].to_weights) for name in stages]
    total = reach.total
    rows = (
        _row("Forward →", total.forward, forward, "forward")
        + _row("← Gradients of inputs", total.to_inputs, inputs)
        + _row("← Gradients of weights", total.to_weights, weights)
    )
    st.html(f"{_CSS % _colours()}<div class='thaw-flow' role='img' "
            f"aria-label='{html.escape(_spoken(reach, work), quote=True)}'>{rows}</div>")


def _row(label: str, macs: int, cells: Sequence[str], kind: str = "") -> str:
    return (f"<div class='label'>{label} <small>{sizes.of_count(macs)}</small></div>"
            f"<div class='way {kind}'>{''.join(cells)}</div>")


def _backward(name: str, width: float, work: Work, macs: int) -> str:
    """A cell that is filled from the head's side, as far as gradients are computed."""
    share = macs / work.forward if work.forward else 0.0
    kind = "" if work.to_weights else "through"
    fill = f"<div class='fill' style='width:{100 * min(share, 1.0):.1f}%'></div>" if macs else ""
    return _cell(width, kind, f"{name}: {sizes.of_count(macs)}", fill)


def _cell(width: float, kind: str, tip: str, inner: str) -> str:
    return (f"<div class='cell {kind}' style='flex-grow:{width:.4f}' "
            f"title='{html.escape(tip, quote=True)}'>{inner}</div>")


def _spoken(reach: BackwardReach, work: Mapping[str, Work]) -> str:
    back = [name for name, one in work.items() if one.backward]
    if not back:
        return "No stage is computed backwards."
    return f"Computed backwards: {', '.join(back)}. Gradients stop at {reach.boundary}."


def _colours() -> dict[str, str]:
    return {
        "text": palette.TEXT.here(), "muted": palette.MUTED.here(), "line": palette.LINE.here(),
        "ground": palette.GROUND.here(),
        "warm": palette.TRAINABLE.here(), "ice": palette.FROZEN.here(),
    }
