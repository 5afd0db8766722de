"""What the panels of a comparison are called."""

from core.evaluation import compare_lines

_LABELS = {
    "accuracy": "Accuracy", "loss": "Loss", "step.loss": "Loss at steps",
    "step.accuracy": "Accuracy at steps", "step.lr": "Learning rate",
    "step.samples_per_second": "Samples per second",
}


def label(panel: str) -> str:
    """As a choice."""
    plain = panel.removeprefix("step.").replace("_", " ")
    fallback = plain[:1].upper() + plain[1:] + (" at steps" if panel.startswith("step.") else "")
    return _LABELS.get(panel, fallback)


def title(panel: str, splits: set[str]) -> str:
    """Above the panel, with the unit and whose values they are.

    Args:
        splits: Of its lines.
    """
    words = {"accuracy": "accuracy", "loss": "loss"}.get(panel.removeprefix("step."))
    if words and len(splits) == 1:
        words = f"{'Validation' if 'val' in splits else 'Training'} {words}"
        words += " at steps" if compare_lines.is_at_steps(panel) else ""
    else:
        words = label(panel)
    return f"{words}, %" if compare_lines.is_percent(panel) else words
