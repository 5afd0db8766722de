"""The checkpoints of a run and the run as a whole: to take home, and where they lie."""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import streamlit as st

from core.messages import ThawError
from core.runs.checkpoints import CheckpointFile
from core.runs.export import disk_use, export_run
from core.runs.folder import Run
from pages.widgets import notices, sizes
from pages.widgets.runs import export_panel, pickle_lesson, reading
from pages.widgets.runs.reading import SeenRun

# A download lies in the server's memory until the browser has it; larger files are copied.
_DOWNLOAD_BYTES = 1_000_000_000
_SHOWN = 8  # beside the best; a long run keeps hundreds


def show(seen: SeenRun) -> None:
    """Draws a line a checkpoint, then the whole run and its place."""
    files = reading.checkpoints_of(seen.run)
    if files:
        _checkpoints(seen.run, files)
        if best := next((file for file in files if file.best), None):
            export_panel.show(seen.run, best)
        if seen.recipe:
            pickle_lesson.show(seen.recipe, best or files[-1])
    else:
        st.markdown("No checkpoint yet: the first is saved after the first epoch.")
    st.markdown("##### The whole run")
    _whole(seen.run)


def _checkpoints(run: Run, files: Sequence[CheckpointFile]) -> None:
    newest = list(reversed(files))
    best = [file for file in newest if file.best]
    rest = [file for file in newest if not file.best]
    every = len(rest) <= _SHOWN or st.toggle(
        f"All {len(files)} checkpoints", key=f"runs.every {run.id}", persist_state="session"
    )
    for file in best + (rest if every else rest[:_SHOWN]):
        _line(file, is_newest=file is newest[0])
    st.caption(
        "Each holds `model_state_dict`, `optimizer_state_dict`, `epoch` and `loss`; "
        "`torch.load(file, weights_only=True)` reads it anywhere."
    )


def _line(file: CheckpointFile, *, is_newest: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        if file.bytes > _DOWNLOAD_BYTES:
            st.badge(f"{sizes.of_bytes(file.bytes)}: copy {file.name}", color="gray")
        else:
            st.download_button(
                sizes.of_bytes(file.bytes), lambda: _opened(file.path), file_name=file.name,
                mime="application/octet-stream", icon=":material/download:", on_click="ignore",
                key=f"runs.checkpoint {file.path}", help=f"Download {file.name}",
            )
        st.markdown(_words(file, is_newest=is_newest))


def _words(file: CheckpointFile, *, is_newest: bool) -> str:
    words = [f"**Epoch {file.epoch}**"]
    if file.val_loss is None or file.val_accuracy is None:
        words.append("saved within the epoch, to resume from")
    else:
        words.append(f"{100 * file.val_accuracy:.2f} % validation accuracy")
        words.append(f"loss {file.val_loss:.4g}")
    badges = [":green-badge[:material/star: best]"] if file.best else []
    badges += [":gray-badge[last]"] if is_newest else []
    return " ".join([" · ".join(words), *badges])


def _opened(path: Path) -> BinaryIO:
    return open(path, "rb")  # Streamlit reads it to its end and lets go of it


def _whole(run: Run) -> None:
    size = disk_use(run)
    with st.container(horizontal=True, vertical_alignment="center"):
        if size > _DOWNLOAD_BYTES:
            if st.button("Write the zip", icon=":material/folder_zip:", key=f"runs.zip {run.id}"):
                _write(run)
        else:
            st.download_button(
                "Download as zip", lambda: _opened(export_run(run)),
                file_name=f"{run.id}.zip", mime="application/zip", on_click="ignore",
                icon=":material/folder_zip:", key=f"runs.zip {run.id}",
            )
        st.markdown(
            f"{sizes.of_bytes(size)} on the disk: recipe, metrics, log, TensorBoard and "
            "checkpoints"
        )
    st.code(str(run.path), language=None)


def _write(run: Run) -> None:
    with st.spinner("Writing the zip…"):
        try:
            path = export_run(run)
        except ThawError as error:
            notices.show(error, "error")
            return
    st.success(f"It is too large for a download here. It lies at `{path}` for an hour.")
