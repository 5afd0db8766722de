"""Which run is explained: the one looked at on the Runs page, that of a link, or the newest."""

import streamlit as st

from pages.state import person
from pages.widgets import notices
from pages.widgets.runs import labels, reading
from pages.widgets.runs.reading import SeenRun

_KEY, _ASKED, _LINK = "explain.run", "explain.asked", "explain.link"


def edit() -> SeenRun | None:
    """Draws the choice; where there is nothing to choose from a sentence, and returns None.

    `?run=` of the address holds the run's id, so that a link opens the same one.
    """
    runs = [seen for seen in reading.all_runs() if can_be_asked(seen)]
    if not runs:
        _nothing_yet()
        return None
    labelled = {seen.id: label for label, seen in labels.of(runs).items()}
    by_id = {seen.id: seen for seen in runs}
    _follow(by_id)
    person.hold_on(_KEY)  # another run of the same name changes what this one is called
    left, _ = st.columns([3, 2])
    with left:
        chosen = st.selectbox(
            "Run", list(by_id), format_func=labelled.get, key=_KEY, persist_state="session",
            help="Every run with a checkpoint, the newest first.",
        )
    if st.query_params.get("run") != chosen:
        st.query_params["run"] = chosen
        person.remember(_LINK, chosen)
    return by_id[chosen]


def can_be_asked(seen: SeenRun) -> bool:
    """Whether a run has a model that can be built again: settings, and a checkpoint at least."""
    return seen.recipe is not None and bool(reading.checkpoints_of(seen.run))


def _follow(known: dict[str, SeenRun]) -> None:
    """Takes the run of a link, or of a click on another page, each time that it is a new one."""
    linked, asked = st.query_params.get("run"), person.chosen_run()
    by_link = linked is not None and person.is_new(_LINK, linked)
    by_click = person.is_new(_ASKED, asked)
    if by_link and linked not in known:
        notices.show("The run of this link is not here, or has no checkpoint.", "warning")
    if by_link and linked in known:
        person.hold(_KEY, linked)
    elif by_click and asked in known:
        person.hold(_KEY, asked)


def _nothing_yet() -> None:
    with st.container(border=True):
        st.markdown(
            "**No run with a checkpoint yet.** After the first epoch of a training you see here "
            "where its model looks, and how that changes."
        )
        st.page_link("pages/train.py", label="Start a training", icon=":material/show_chart:")
        st.page_link("pages/start.py", label="Or try the example first", icon=":material/home:")
