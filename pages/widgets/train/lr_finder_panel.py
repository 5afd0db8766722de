"""A learning rate searched for by a range test in a process of its own, and its curve."""

import math

import pandas as pd
import streamlit as st

from core import recipe as recipes
from core.messages import Problem
from core.recipe import Recipe
from core.training import lr_curve, lr_finder_process
from core.training.lr_finder_process import Found, Search
from pages.state import draft
from pages.widgets import field_words, notices, palette
from pages.widgets.asked import Asked, Question, show_stale

_QUESTION = Question("train.lr_finder", lr_finder_process, "lr_finder")
_HEIGHT = 200  # pixels
_ABOVE = 1.6  # times the level at the beginning: what diverges would press the rest flat


def show(recipe: Recipe) -> None:
    """Draws the button, and the search or what it found."""
    _QUESTION.find_again(recipe)
    asked = _QUESTION.asked()
    st.button(
        "Search again" if asked else "Find a learning rate", icon=":material/troubleshoot:",
        key="train.lr.search", on_click=_QUESTION.ask, args=(recipe,),
        disabled=bool(asked and asked.is_going),
        help=f"A process of its own trains {lr_curve.STEPS} steps of this recipe while the rate "
        f"rises from {lr_curve.FIRST:g} to {lr_curve.LAST:g}, or until the loss is beyond "
        "mending. What that changed is thrown away.",
    )
    if (known := lr_finder_process.what_to_know(recipe)) and asked:
        notices.show(known)
    if done := _QUESTION.answered(_progress, "Stop searching", key="train.lr.stop"):
        show_stale(_QUESTION.stale(done, recipe), "searched", "Search again")
        _show_found(done, recipe)


def _progress(now: Search) -> None:
    words = f"Step {now.step} of at most {lr_curve.STEPS}" if now.step else (
        "Starting: PyTorch, the data and the model are loaded"
    )
    st.progress(now.step / lr_curve.STEPS, text=words)


# --- what was found ----------------------------------------------------------------------


def _show_found(asked: Asked, recipe: Recipe) -> None:
    found: Found = asked.answer
    _curve(found)
    if found.why_not:
        notices.show(found.why_not, "warning")
        return
    taken = math.isclose(recipe.optimizer.lr, found.rate)
    st.button(
        f"{'Uses' if taken else 'Use'} {found.rate:g}", icon=":material/check:",
        key="train.lr.use", on_click=_use, args=(found.rate,), disabled=taken,
    )
    st.caption(
        f"Holds for {field_words.choice(asked.recipe.optimizer.name)}, batches of "
        f"{asked.recipe.loader.batch_size} and what trained here: {', '.join(found.groups)}. "
        "It is where the smoothed loss falls fastest, within its last great fall; the lowest "
        "point is too near to where it breaks."
    )
    if found.still_falling:
        notices.show(Problem("lr.still_falling"))


def _use(rate: float) -> None:
    draft.amend(recipes.with_value(draft.get(), "optimizer.lr", rate))


def _curve(found: Found) -> None:
    import altair as alt

    frame = curve_frame(found)
    x = alt.X("learning rate:Q", scale=alt.Scale(type="log", nice=False), title="learning rate",
              axis=alt.Axis(format="~e", grid=False, tickCount=6))
    smooth = [value for value in found.smoothed if value is not None]
    begin = smooth[: max(len(smooth) // 3, 1)]
    top = _ABOVE * max(sorted(begin)[len(begin) // 2], 1e-9) if begin else 1.0
    y = alt.Y("loss:Q", title="loss of a batch",
              scale=alt.Scale(domain=[min(0.0, *smooth) if smooth else 0.0, top], clamp=False),
              axis=alt.Axis(tickCount=4))
    told = [alt.Tooltip("learning rate:Q", format=".2e"), alt.Tooltip("loss:Q", format=".3f"),
            alt.Tooltip("smoothed:Q", format=".3f")]
    base = alt.Chart(frame, height=_HEIGHT).encode(x=x)
    layers = [
        base.mark_circle(size=18, color=palette.MUTED.here(), opacity=0.55, clip=True)
        .encode(y=y, tooltip=told),
        base.mark_line(strokeWidth=2.5, color=palette.ACCENT.here(), clip=True)
        .encode(y=alt.Y("smoothed:Q"), tooltip=told),
    ]
    if found.rate:
        at = alt.Chart(pd.DataFrame({"learning rate": [found.rate], "said": [f"{found.rate:g}"]}))
        colour = palette.TRAINABLE.here()
        rule = at.mark_rule(color=colour, strokeWidth=2, strokeDash=[4, 3]).encode(x=x)
        words = at.mark_text(align="left", dx=5, fontWeight="bold", color=colour, baseline="top")
        layers += [rule, words.encode(x=x, y=alt.value(4), text="said:N")]
    st.altair_chart(alt.layer(*layers))
    st.caption("Dots: the loss of each batch. Line: the same, smoothed from both sides.")


def curve_frame(found: Found) -> pd.DataFrame:
    """A row a step; what is no number is left out."""
    frame = pd.DataFrame(
        {"learning rate": found.rates, "loss": found.losses, "smoothed": found.smoothed}
    )
    return frame[[math.isfinite(loss) for loss in found.losses]]
