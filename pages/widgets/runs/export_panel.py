"""The best checkpoint for other programs: made on demand, compared, then to be downloaded."""

from pathlib import Path
from typing import BinaryIO

import streamlit as st

from core.evaluation import exported
from core.evaluation.exported import FORMATS, Exported
from core.messages import Problem, ThawError
from core.runs.checkpoints import CheckpointFile
from core.runs.folder import Run
from pages.state import person
from pages.widgets import notices, sizes
from pages.widgets.plain import plain

_KEPT = "runs.export {} {} {}"  # run, epoch and format
_FOR = {
    "safetensors": "Weights alone, without any code in them, with classes and recipe as text "
    "beside them: `safetensors.torch.load_file(file)`.",
    "onnx": "Weights and the computation, for programs without PyTorch; takes batches of any size.",
}


def show(run: Run, best: CheckpointFile) -> None:
    """Draws a line a format: the button that makes the file, then its comparison and download."""
    st.markdown("##### The best for other programs")
    for format, about in _FOR.items():
        if problem := exported.missing(format):
            notices.show(problem)
            continue
        name = _KEPT.format(run.id, best.epoch, format)
        kept: Exported | Problem | None = person.choice(name)
        with st.container(horizontal=True, vertical_alignment="center"):
            if isinstance(kept, Exported) and Path(kept.file).is_file():
                _download(kept)
                continue
            st.button(
                f"Make {FORMATS[format].title}", icon=":material/ios_share:", key=name,
                on_click=_make, args=(run, format, name),
            )
            st.markdown(about)
        if isinstance(kept, Problem):
            notices.show(kept, "error")


def _make(run: Run, format: str, name: str) -> None:
    with st.spinner("Made and compared with the model, in a process of its own…"):
        try:
            person.remember(name, exported.made(run, format))
        except ThawError as error:
            person.remember(name, error.problem)


def _download(made: Exported) -> None:
    path = Path(made.file)
    st.download_button(
        f"{FORMATS[made.format].title}, {sizes.of_bytes(made.bytes)}", lambda: _opened(path),
        file_name=f"{made.run}_epoch_{made.epoch}{path.suffix}",
        mime="application/octet-stream", icon=":material/download:", on_click="ignore",
        key=f"runs.exported {made.file}",
    )
    st.markdown(
        f"Epoch {made.epoch}: largest difference **{made.largest_difference:.2g}** on "
        f"{made.images} validation images, computed by {plain(made.checked_by)}."
    )


def _opened(path: Path) -> BinaryIO:
    return open(path, "rb")  # Streamlit reads it to its end and lets go of it
