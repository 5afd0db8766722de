"""What a person should know about their images: files left out, and notices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.data.describe import DataInfo
from core.messages import Problem
from pages.state.language import say
from pages.widgets.plain import plain

if TYPE_CHECKING:  # importing it loads torch
    from core.evaluation.given import JudgedGiven

_NOTICES, _FILES = 3, 50  # so many are written out


def show(info: DataInfo | JudgedGiven, said: Problem | None = None) -> None:
    """Draws both, if there are any.

    Args:
        said: What stands on the page already; a small class is not named a second time.
    """
    notices = [one for one in info.notices if not _same(one, said)]
    if notices:
        st.warning("  \n".join(_said(notices, _NOTICES)), icon=":material/warning:")
    if info.left_out:
        count = len(info.left_out)
        with st.expander("One file was left out" if count == 1 else f"{count:,} left out"):
            st.markdown("\n".join(f"- {one}" for one in _said(info.left_out, _FILES)))


def _same(notice: Problem, said: Problem | None) -> bool:
    return (
        said is not None
        and (notice.id, said.id) == ("data.class_small", "data.class_too_small")
        and notice.values["name"] == said.values["name"]
    )


def _said(problems: Sequence[Problem], most: int) -> list[str]:
    said = [plain(say(problem)) for problem in problems[:most]]
    more = len(problems) - most
    return [*said, f"And {more:,} more like these."] if more > 0 else said
