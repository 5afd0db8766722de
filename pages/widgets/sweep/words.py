"""What the page calls fields, their values, metrics and how a run stands."""

from core.data.datasets import find_dataset
from core.evaluation.experiment import Standing
from core.evaluation.sweep import Metric
from core.messages import ThawError
from core.runs import sweep_fields
from core.runs.sweep_fields import Value
from core.runs.sweep_spec import AxisSpec, Cell
from pages.widgets import field_words

METRICS: dict[Metric, str] = {
    "val_accuracy": "Validation accuracy",
    "val_loss": "Validation loss",
    "accuracy": "Held-out accuracy",
    "seconds": "Seconds",
}
ABOUT: dict[Metric, str] = {
    "val_accuracy": "Validation accuracy of the best epoch, in percent.",
    "val_loss": "Validation loss of the best epoch.",
    "accuracy": "Accuracy on the held-out images after the last epoch, in percent. Nothing is "
    "chosen by it: marked is the cell with the best validation accuracy.",
    "seconds": "Seconds of training and validation.",
}
STANDINGS: dict[Standing, str] = {
    "finished": "finished", "running": "running", "waiting": "waiting", "stopped": "stopped",
    "failed": "failed", "missing": "removed",
}
# In a cell of the map, where a word has no room.
MARKS: dict[Standing, str] = {
    "running": "▶", "waiting": "…", "stopped": "■", "failed": "✕", "missing": "–",
}


def value(field: str, of: Value) -> str:
    """A value of a field as the page calls it."""
    if field == "data.name":
        try:
            return find_dataset(str(of)).title
        except ThawError:
            return str(of)
    if isinstance(of, str) and sweep_fields.find(field).kind == "choice":
        return field_words.choice(of)
    return sweep_fields.words(of)


def cell(axes: tuple[AxisSpec, ...], of: Cell) -> str:
    """A cell in words, such as "Learning rate 0.01, Freeze preset Linear probe"."""
    return ", ".join(
        f"{field_words.label(axis.field)} {value(axis.field, one)}"
        for axis, one in zip(axes, of, strict=True)
    )


def figure(metric: Metric, of: float) -> str:
    """A figure as it stands in a cell of the map."""
    if metric in ("val_accuracy", "accuracy"):
        return f"{100 * of:.1f}"
    return f"{of:.3g}" if metric == "val_loss" else f"{of:.0f}" if of >= 10 else f"{of:.1f}"


def told(metric: Metric, of: float) -> str:
    """A figure in a sentence."""
    # A space at which no line breaks.
    unit = {"val_accuracy": "\u00a0%", "accuracy": "\u00a0%", "seconds": "\u00a0s"}.get(metric, "")
    return figure(metric, of) + unit
