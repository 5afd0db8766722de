"""The view Order: which sample came where, of which class, and how often, over whole epochs."""

import streamlit as st

from core.data import order
from core.data.batch import Explored
from core.data.exploration import Exploration
from core.data.loader_call import call_text
from core.messages import ThawError
from pages.widgets import notices
from pages.widgets.batches import answer, comparison, index_map, order_charts


def show(wanted: Exploration) -> None:
    """Draws the index map of this configuration, or of two side by side, and what it adds up to."""
    kept = comparison.edit(wanted)
    sides = {"A": kept, "B": wanted} if kept else {"": wanted}
    found: dict[str, tuple[Explored, Explored]] = {}
    for title, one in sides.items():
        st.code(f"# {title}\n{call_text(one)}" if title else call_text(one), language="python",
                wrap_lines=True)
        try:
            found[title] = answer.of(one), _whole(one)
        except ThawError as error:
            notices.show(error, "error")
            return
        problem = found[title][0].problem
        if problem:
            notices.show(problem, "warning")
        if not any(found[title][0].epochs):
            return
    if kept:
        comparison.show(kept, wanted, found["A"][0], found["B"][0])
    index_map.show(found)
    st.caption(
        "Every cell is a sample in its place, every block of cells a batch. Point at one: the "
        "frame shows where else that sample came."
    )
    _counted(found)


def _counted(found: dict[str, tuple[Explored, Explored]]) -> None:
    for (title, (seen, _)), column in zip(
        found.items(), st.columns(len(found), gap="medium"), strict=True
    ):
        with column:
            of = f" of {title}" if title else ""
            st.markdown(f"**How often a sample came**{of}")
            order_charts.show_times(seen)
            if seen.labels:
                st.markdown(f"**Classes in each batch**{of}, first epoch")
                order_charts.show_classes(seen)
            if any(leaf.padding for batch in seen.batches for leaf in batch.leaves):
                st.markdown(f"**Padding in each batch**{of}")
                order_charts.show_padding(seen)


def _whole(wanted: Exploration) -> Explored:
    """The same without `drop_last`, so that what it leaves out has a name."""
    if not wanted.loader.drop_last:
        return answer.of(wanted)
    loader = wanted.loader.model_copy(update={"drop_last": False})
    return answer.of(wanted.model_copy(update={"loader": loader, "batches": 1}))


def dropped(wanted: Exploration) -> tuple[int, ...]:
    """Samples that `drop_last` leaves out of the first epoch."""
    if not wanted.loader.drop_last:
        return ()
    epochs, whole = answer.of(wanted).epochs, _whole(wanted).epochs
    return order.left_out(epochs[0], whole[0]) if epochs and whole else ()
