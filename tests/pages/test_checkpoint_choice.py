"""The choice of a checkpoint while a run goes on training: what was chosen stays chosen."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.app_page import send_labels


def page() -> None:
    from pathlib import Path

    import streamlit as st

    from core.runs.checkpoints import CheckpointFile
    from core.runs.folder import Run
    from pages.widgets.runs import checkpoint_choice

    done = st.number_input("done", 1, 9, 2, key="done")
    files = [
        CheckpointFile(f"{epoch}.pt", Path(f"{epoch}.pt"), 1, epoch, 0.5, 0.5, epoch == done)
        for epoch in range(1, done + 1)
    ]
    for first in (0, -1):
        st.session_state[f"found {first}"] = checkpoint_choice.edit(
            Run(Path("run")), files, f"asked {first}", first=first
        )


@pytest.mark.parametrize(("first", "begins"), [(0, "best"), (-1, "1")])
def test_it_follows_the_run(monkeypatch: pytest.MonkeyPatch, first: int, begins: str) -> None:
    send_labels(monkeypatch)
    at = AppTest.from_function(page, default_timeout=60).run()
    box = f"asked {first} run"
    assert at.session_state[f"found {first}"] == begins
    for which, word in (("last", "Last: epoch {}"), ("best", "Best: epoch {}"), ("2", "Epoch 2")):
        at.selectbox(box).set_value(which).run()
        for done in (3, 4, 5):
            at.number_input("done").set_value(done).run()
            assert not at.exception and not at.warning
            assert at.session_state[f"found {first}"] == which
            assert at.selectbox(box)._widget_state.string_value == word.format(done)
