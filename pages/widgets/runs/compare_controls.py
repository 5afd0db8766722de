"""What a comparison shows and how: one row of controls, the rarer ones behind a button.

Their values are set by a link too, so no control has a default of its own: what it holds is set
before it is drawn, and remembered behind it for the way back from another page.
"""

from collections.abc import Sequence
from dataclasses import fields

import streamlit as st

from core.evaluation import compare_lines
from core.evaluation.compare_view import DEFAULT, MOST_PANELS, MOST_SMOOTHING, CompareView, Cost
from pages.state import person, shared_view
from pages.widgets.plain import plain
from pages.widgets.runs import panel_words

COSTS: dict[Cost, str] = {"seconds": "Seconds", "params": "Trainable parameters"}
_AXES = {"epoch": "Epoch", "step": "Step", "seconds": "Seconds", "samples": "Samples"}
_SMOOTHING = {"smooth": "Smoothing at steps", "smooth_epochs": "Smoothing of epochs"}
_STEP = 0.01  # of the smoothing


def hold(view: CompareView) -> None:
    """Sets all controls to a view, before they are drawn."""
    for field in fields(CompareView):
        if field.name != "runs":
            value = getattr(view, field.name)
            person.remember(_key(field.name), list(value) if isinstance(value, tuple) else value)
            shared_view.forget(_key(field.name))


def edit(runs: Sequence[str], available: Sequence[str], *, seeds: bool) -> CompareView:
    """Draws the controls; to be called in a horizontal container.

    Args:
        runs: Ids.
        available: The panels that these runs have something for.
        seeds: Whether some of them are the same but for their seed.
    """
    panels = _kept("y", st.multiselect(
        "Shown", list(dict.fromkeys([*available, *_held("y")])), key=_key("y"),
        format_func=panel_words.label, max_selections=MOST_PANELS, width=240 if seeds else 330,
        label_visibility="collapsed", placeholder="What to draw",
    ))
    _held("x")
    axis = _kept("x", st.segmented_control(
        "Over", list(_AXES), format_func=_AXES.get, key=_key("x"), required=True,
        label_visibility="collapsed",
    ))
    together = seeds and _toggle(
        "seeds", "Seeds as one line", "Runs that are the same but for their seed: their mean, and "
        "a band from the lowest to the highest of them.",
    )
    with st.popover("Curves", icon=":material/tune:"):
        kinds = {compare_lines.is_at_steps(panel) for panel in panels}
        smooth = _smoothing("smooth", shown=True in kinds)
        smooth_epochs = _smoothing("smooth_epochs", shown=False in kinds)
        log = _log(panels)
        outliers = _toggle(
            "outliers", "Outliers in sight", "Off: the axis holds the 5th to the 95th percentile "
            "of the values and a fifth of that on each side, as TensorBoard's does.",
        )
        training = _toggle(
            "training", "Training curves", "Dashed, of the epochs: measured while they trained, "
            "with augmentation.",
        )
    return CompareView(
        tuple(runs), axis, tuple(panels), smooth, smooth_epochs, tuple(log), outliers, training,
        together, _known("cost"),
    )


def cost() -> Cost:
    """Draws the choice of what the accuracy is drawn over."""
    _held("cost")
    return _kept("cost", st.segmented_control(
        "Over", list(COSTS), format_func=COSTS.get, key=_key("cost"), required=True,
        label_visibility="collapsed",
    ))


def _toggle(name: str, label: str, about: str) -> bool:
    _held(name)
    return _kept(name, st.toggle(label, key=_key(name), help=about))


def _smoothing(name: str, *, shown: bool) -> float:
    """Its slider, where such values are shown."""
    if not shown:
        return _known(name)
    _held(name)
    return _kept(name, st.slider(
        _SMOOTHING[name], 0.0, MOST_SMOOTHING, step=_STEP, key=_key(name),
        help="Weight of the past in the exponential mean, as in TensorBoard. Of up to 8 lines the "
        "values themselves stay behind it, pale.",
    ))


def _log(panels: Sequence[str]) -> list[str]:
    """Which panels have a logarithmic scale, of those that are shown."""
    if not panels:
        return []
    held = _held("log")
    if any(one not in panels for one in held):
        person.hold(_key("log"), [one for one in held if one in panels])
    return _kept("log", st.pills(
        "Logarithmic scale", panels, selection_mode="multi", key=_key("log"),
        format_func=lambda panel: plain(panel_words.label(panel)),
    ))


def _key(name: str) -> str:
    return f"compare.{name}"


def _held(name: str):
    """What the control holds that is drawn next; set here where it is drawn for the first time.

    Only of a control that is drawn: what is set for none stays, and comes back in place of a
    person's choice when the control was gone with its page.
    """
    known = _known(name)
    if person.held(_key(name)) is None:
        person.hold(_key(name), known)
    return known


def _known(name: str):
    held = person.held(_key(name))
    if held is not None:
        return held
    first = getattr(DEFAULT, name)
    return person.choice(_key(name), list(first) if isinstance(first, tuple) else first)


def _kept(name: str, value):
    person.remember(_key(name), value)
    return value
