"""The view Engines: the same model by four engines, each judged, two of their texts beside
each other. The other two build the model and run it, so they do so on demand alone."""

import streamlit as st

from core.messages import Problem, ThawError
from core.models.other_engines import ENGINES, EngineRun, judge, judge_macs
from pages.state import person
from pages.state.language import say
from pages.widgets import notices, sizes, wide_table
from pages.widgets.models import summary_data
from pages.widgets.models.viewed import Viewed
from pages.widgets.plain import plain

_OURS, _PRINT = "Thaw", "print(model)"
_ABOUT = {
    _OURS: "As `python -m core summary` prints it. It allocates no weight and computes nothing.",
    "torchsummary": "The package that the lecture uses. It runs the model as it is built, in "
    "training mode, with all weights and two inputs.",
    "torchinfo": "Its successor. It runs the model in eval mode, with all weights and one input.",
    _PRINT: "PyTorch's own text: names and settings, no shapes and no totals.",
}
_YES, _NO = ":green[:material/check:]", ":orange[:material/warning:]"

Engines = dict[str, EngineRun | Problem | None]


def show(viewed: Viewed) -> None:
    """Draws the verdicts and two texts, for the architecture as shipped."""
    st.caption("The model as it ships, with the head that its weights have.")
    verdicts = st.container()
    texts = st.columns(2, gap="medium")
    chosen = [_edit_engine(column, place) for place, column in enumerate(texts)]
    try:
        runs = _runs(viewed, chosen)
    except ThawError as error:
        notices.show(error, "error")
        return
    with verdicts:
        _show_verdicts(viewed, runs)
        if None in runs.values():
            st.button(
                f"Run {' and '.join(name for name, run in runs.items() if run is None)}",
                icon=":material/play_arrow:", key="models.run_engines",
                on_click=person.remember, args=(_key(viewed), list(ENGINES)),
                help="They allocate all weights and compute: seconds for most models, a minute "
                "for the largest.",
            )
    for engine, column in zip(chosen, texts, strict=True):
        with column:
            _show_text(engine, runs[engine])


def _edit_engine(column: st.delta_generator.DeltaGenerator, place: int) -> str:
    return column.segmented_control(
        "Left" if place == 0 else "Right", list(_ABOUT), key=f"models.engine {place}",
        default=(_OURS, _PRINT)[place], required=True, persist_state="session",
        label_visibility="collapsed",
    )


def _runs(viewed: Viewed, chosen: list[str]) -> Engines:
    """What each engine gave; None for one that was not asked for."""
    name, weights, size = viewed.entry.name, viewed.weights, viewed.size
    asked = {*person.choice(_key(viewed), ()), *(one for one in chosen if one in ENGINES)}
    person.remember(_key(viewed), sorted(asked))
    runs: Engines = {_OURS: summary_data.own_run(name, weights, size)}
    for engine in ENGINES:
        runs[engine] = (summary_data.engine_run(engine, name, weights, size)
                        if engine in asked else None)
    runs[_PRINT] = summary_data.printed(name, weights)
    return runs


def _key(viewed: Viewed) -> str:
    return f"models.asked {viewed.entry.name} {viewed.weights} {viewed.size}"


def _show_verdicts(viewed: Viewed, runs: Engines) -> None:
    name = viewed.entry.name
    totals = summary_data.summary(name, viewed.weights, viewed.size, None).totals
    lines = ["| Engine | Parameters | MACs | Time | |", "| --- | --: | --: | --: | --- |"]
    for engine, run in runs.items():
        if run is None:
            cells = ["", "", "", f":gray[{_unbroken('not run yet')}]"]
        elif isinstance(run, Problem):
            cells = [f"{_NO} fails", "", "", plain(say(run)).replace("|", "\\|")]
        elif engine == _OURS:
            cells = [f"{totals.params:,}", _unbroken(sizes.of_count(totals.macs)), _time(run),
                     "exact"]
        elif engine == _PRINT:
            cells = ["", "", _time(run), "states no totals"]
        else:
            cells = _judged(engine, run, name, totals.params, totals.macs)
        lines.append(f"| {engine} | {' | '.join(cells)} |")
    wide_table.room("engines").markdown("\n".join(lines))


def _judged(engine: str, run: EngineRun, name: str, params: int, macs: int) -> list[str]:
    """The cells of an engine that ran: its totals with their marks, and why they are wrong."""
    total = judge(engine, run.text, name, params)
    cells = [_figure(total.total, total.agrees, f"{total.total or 0:,}")]
    reasons = [f"Parameters: {total.why or 'the reason is not known'}."] * (not total.agrees)
    if engine == "torchinfo":
        found = judge_macs(run.text, name, macs)
        cells.append(_figure(found.total, found.agrees, sizes.of_count(found.total or 0)))
        if not found.agrees:
            reasons.append(f"MACs: {found.why or 'the reason is not known'}.")
    else:
        cells.append("")
    return [*cells, _time(run), " ".join(reasons) or "agrees"]


def _figure(total: int | None, agrees: bool, shown: str) -> str:
    return "none" if total is None else f"{_YES if agrees else _NO}\u00a0{_unbroken(shown)}"


def _time(run: EngineRun) -> str:
    return _unbroken(f"{run.seconds:.2f} s")


def _unbroken(text: str) -> str:
    return text.replace(" ", "\u00a0")


def _show_text(engine: str, run: EngineRun | Problem) -> None:
    st.caption(_ABOUT[engine])
    if isinstance(run, Problem):
        notices.show(run, "warning")
    else:
        st.code(run.text, language=None, height=520)
