"""What an experiment says of the lecture's claim, with its figures and its rule."""

from collections.abc import Sequence

import streamlit as st

from core.evaluation import experiment_verdict
from core.evaluation.experiment import Outcome
from core.evaluation.experiment_verdict import Answer, Verdict
from core.runs.experiment_spec import FEW_SEEDS
from pages.state.language import say
from pages.widgets.experiment import words
from pages.widgets.plain import plain

_CLAIM = "“A finished model trained further beats layers made anew”"
_ANSWERS: dict[Answer, tuple[str, str, str]] = {
    "supported": ("green", ":material/check_circle:", "supported here"),
    "not_supported": ("red", ":material/cancel:", "not supported here"),
    "undecided": ("gray", ":material/balance:", "not decided here"),
}


def show(outcomes: Sequence[Outcome]) -> None:
    """Draws the claim with its verdict, then frozen against unfrozen."""
    claim = experiment_verdict.on_claim(outcomes)
    with st.container(border=True):
        if claim is None:
            st.markdown(f"##### {_CLAIM}")
            st.markdown(
                "Nothing here is said of it: that takes the plan “From scratch” and one that "
                "starts from the finished model."
            )
        else:
            _claim(claim)
        others = _told(experiment_verdict.on_others(outcomes))
        freezing = _told(experiment_verdict.on_freezing(outcomes))
        columns = st.columns(2, gap="medium") if others and freezing else [st.container()] * 2
        with columns[0]:
            _more("The other plans against layers made anew", others)
        with columns[1]:
            _more("Unfrozen against frozen", freezing)
        _rule(outcomes)


def _claim(found: Verdict) -> None:
    colour, icon, text = _ANSWERS[found.answer]
    if found.reason.id == "experiment.pending":
        text = "not decided yet"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"##### {_CLAIM}", width="content")
        st.badge(text, icon=icon, color=colour)
    _sentences(found)


def _told(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Those that have something to tell: what is to come is said once, with the claim."""
    return [one for one in verdicts if one.reason.id != "experiment.pending"]


def _more(title: str, verdicts: Sequence[Verdict]) -> None:
    if not verdicts:
        return
    st.markdown(f"**{title}**")
    for one in verdicts:
        colour, icon, _ = _ANSWERS[one.answer]
        st.markdown(f":{colour}[{icon}] {plain(say(one.reason))}")
        if one.left_out:
            st.caption(plain(say(one.left_out)))


def _sentences(found: Verdict) -> None:
    st.markdown(plain(say(found.reason)))
    if found.left_out:
        st.caption(plain(say(found.left_out)))


def _rule(outcomes: Sequence[Outcome]) -> None:
    st.caption(
        "The rule: plans are compared seed by seed, as the runs of a seed saw the same batches. "
        "One beats the other if it does so with every seed, and the 95 % confidence interval of "
        "the mean difference (Student’s t, widened by one held-out image on either side) lies "
        f"above zero; below {FEW_SEEDS} seeds nothing is decided. “Here” means this model, these "
        "images, this split, these steps and learning rates: with more steps, layers made anew "
        "may catch up."
    )
    failed = [one for one in outcomes if one.standing == "failed" and one.run]
    for one in failed:
        why = f": {plain(say(one.now.problem))}" if one.now.problem else ""
        st.markdown(
            f":red[:material/error: {words.LABELS[one.plan]}, seed {one.seed} failed{why}]"
        )
