"""Where the curves of a run go beside the page: TensorBoard, Weights & Biases, and how."""

import streamlit as st

from core.messages import Problem, ThawError
from core.recipe import LoggerSpec
from core.runs import tensorboard_server
from core.runs.folder import Run
from core.runs.status import status
from pages.state.language import say
from pages.widgets import notices
from pages.widgets.plain import plain

_EVERY = "3s"  # until the worker has said where its curves go
_LOCAL = ("localhost", "127.0.0.1", "[::1]", "::1")
_LECTURE = """\
from torch.utils.tensorboard import SummaryWriter

writer = SummaryWriter("{folder}")
for epoch in range(1, epochs + 1):
    ...  # train, then validate
    writer.add_scalar("Loss/train", train_loss, epoch)
    writer.add_scalar("Loss/test", val_loss, epoch)      # "test" is Thaw's validation
    writer.add_scalar("Accuracy/train", train_accuracy, epoch)
    writer.add_scalar("Accuracy/test", val_accuracy, epoch)
writer.close()
"""
_LECTURE_WANDB = """
import wandb

run = wandb.init(project="{project}", config=recipe)
run.log({{"Loss/train": train_loss, "Loss/test": val_loss, "epoch": epoch}})  # each epoch
run.finish()
"""


def show(run: Run) -> None:
    """Draws the panel of one run; a run whose recipe can't be read has none."""
    try:
        spec = run.recipe().loggers
    except ThawError:
        return
    waits = status(run).is_live and "loggers" not in (run.state() or {})
    st.fragment(_draw, run_every=_EVERY if waits else None)(run, spec)


def _draw(run: Run, spec: LoggerSpec) -> None:
    with notices.guarded():
        told = (run.state() or {}).get("loggers") or {}
        for problem in told.get("problems", []):
            _show_problem(problem)
        with st.expander("Where the curves go", icon=":material/output:"):
            if spec.tensorboard:
                show_tensorboard(run)
            else:
                st.markdown("This run writes no TensorBoard files: its recipe has them off.")
            if spec.wandb:
                _show_wandb(told.get("wandb"))
                _about_rows(run)
            st.caption("`metrics.jsonl` in the run folder has every record, whatever is on here.")
            st.markdown("The lines of the lecture that do the same:")
            st.code(_lines(run, spec), language="python")


def _lines(run: Run, spec: LoggerSpec) -> str:
    code = _LECTURE.format(folder=f"runs/{tensorboard_server.name_of(run)}")
    if spec.wandb:
        code += _LECTURE_WANDB.format(project=spec.wandb_project.replace('"', ""))
    return code


def show_tensorboard(run: Run | None = None) -> None:
    """Draws the button that opens TensorBoard over all runs, or what leads to it.

    Args:
        run: Whose name there is told.
    """
    key = run.id if run else "all"
    server = tensorboard_server.running()
    if server is None:
        if st.button(
            "Open TensorBoard", icon=":material/monitoring:", key=f"tensorboard.open {key}",
            help="Starts it on this computer, over all runs, and opens it in a new tab.",
        ):
            _start_and_open()
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.link_button("Open TensorBoard", server.address, icon=":material/monitoring:",
                       help="In a new tab, over all runs.")
        if st.button("End TensorBoard", icon=":material/cancel:", type="tertiary",
                     key=f"tensorboard.end {key}", help="For everybody who has it open."):
            tensorboard_server.end()
            st.rerun()
    if not _is_local():
        st.info(
            f"TensorBoard listens on the computer that runs Thaw only. From yours: `ssh -L "
            f"{server.port}:127.0.0.1:{server.port} {plain(_host())}`, then {server.address}",
            icon=":material/info:",
        )
    named = f" This run is `{tensorboard_server.name_of(run)}` there." if run else ""
    st.caption(
        f"It shows all runs, at {server.address}, on this computer only, and lives on when the app "
        f"is closed, until it is ended here.{named}"
    )


def _start_and_open() -> None:
    with st.spinner("Starting TensorBoard…"):
        try:
            server = tensorboard_server.start()
        except ThawError as error:
            notices.show(error, "error")
            return
    if _is_local():
        # The click is still fresh, so that a browser lets the tab open; else the link is there.
        st.html(
            f"<script>window.open('{server.address}', '_blank', 'noopener')</script>",
            unsafe_allow_javascript=True,
        )
    st.link_button("TensorBoard", server.address, icon=":material/open_in_new:", type="primary")
    st.caption("If no tab has opened, your browser held it back: this link opens it.")


def _show_wandb(told: dict | None) -> None:
    if told is None:
        return
    if told.get("online") and told.get("url"):
        st.link_button("Open in Weights & Biases", told["url"], icon=":material/open_in_new:")
    elif told.get("sync"):
        st.markdown("Weights & Biases is written to the disk. This sends it when you are online:")
        st.code(told["sync"], language="bash", wrap_lines=True)


def _about_rows(run: Run) -> None:
    """Rows can be taken back there only where the service has allowed an account to do so."""
    if len(run.attempts()) > 1:
        st.caption(
            "This run went on after it had ended early. On Weights & Biases an epoch that was done "
            "again has a row of each `attempt`: the highest one counts. Here and in TensorBoard "
            "that one alone is shown."
        )


def _show_problem(said: dict) -> None:
    try:
        notices.show(plain(say(Problem(said["id"], said["values"]))), "info")
    except (KeyError, TypeError):  # of another version of Thaw
        return


def _host() -> str:
    url = st.context.url or ""
    return url.partition("//")[2].partition("/")[0].rpartition(":")[0] or "the computer"


def _is_local() -> bool:
    return _host() in (*_LOCAL, "the computer")
