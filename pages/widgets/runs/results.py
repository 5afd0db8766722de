"""What came of a run, as numbers; None for what is not known (yet)."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.evaluation.compare_lines import Recorded
from core.evaluation.run_series import Metric
from pages.widgets.runs import evaluated
from pages.widgets.runs.reading import SeenRun


@dataclass(frozen=True)
class Results:
    """Figures of a run.

    Attributes:
        accuracy: On the validation images in [0, 1], of the best epoch.
        loss: Likewise.
        last_accuracy: Of the last epoch.
        last_loss: Likewise.
        held_out: Accuracy on images that neither training nor choosing saw, in [0, 1].
        seconds: Of work.
        peak_memory: Bytes, at most at one moment: of the process, or of the GPU on one.
        trainable: Parameters.
    """

    accuracy: float | None = None
    loss: float | None = None
    best_epoch: int | None = None
    last_accuracy: float | None = None
    last_loss: float | None = None
    held_out: float | None = None
    seconds: float | None = None
    peak_memory: int | None = None
    trainable: int | None = None
    params: int | None = None
    samples_per_second: float | None = None


def of_all(
    runs: Mapping[str, SeenRun], recorded: Mapping[str, Recorded]
) -> dict[str, Results]:
    """By label.

    Args:
        recorded: What the runs recorded, by the same labels.
    """
    return {label: of(seen, recorded[label]) for label, seen in runs.items()}


def of(seen: SeenRun, recorded: Recorded) -> Results:
    """Reads them off a run."""
    state = seen.now.state if seen.now else {}
    found = evaluated.figures(seen.run)
    return Results(
        accuracy=seen.best.get("val_accuracy"),
        loss=seen.best.get("val_loss"),
        best_epoch=seen.best.get("epoch"),
        last_accuracy=_last(recorded, "accuracy"),
        last_loss=_last(recorded, "loss"),
        held_out=found.accuracy if found else None,
        seconds=(seen.now.seconds or None) if seen.now else None,
        peak_memory=_number(state.get("peak_memory_bytes")),
        trainable=state.get("trainable") or None,
        params=state.get("params") or None,
        samples_per_second=seen.now.samples_per_second if seen.now else None,
    )


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and value else None


def _last(recorded: Recorded, metric: str) -> float | None:
    series = recorded.get(Metric("epoch", "val", metric))
    if series is None or series.epoch[-1] < 1:  # the model before its first step is no result
        return None
    return float(series.value[-1])
