"""The lines of a comparison as CSV: every point, thinned by nothing."""

from collections.abc import Mapping, Sequence

from core.evaluation import compare_lines
from core.evaluation.compare_lines import Line

COLUMNS = ("line", "runs", "metric", "split", "step", "epoch", "samples", "seconds", "recorded",
           "drawn", "low", "high")


def text(drawn: Mapping[str, Sequence[Line]]) -> str:
    """One row a point, with `COLUMNS`.

    "recorded" is what the run wrote and "drawn" the same after smoothing; of several runs as one
    line, "drawn" is their mean and "low" and "high" are the ends of the band.

    Args:
        drawn: The lines of each panel.
    """
    import pandas as pd

    frames = [_frame(panel, line) for panel, lines in drawn.items() for line in lines]
    whole = pd.concat(frames) if frames else pd.DataFrame(columns=list(COLUMNS))
    return whole.to_csv(index=False)


def _frame(panel: str, line: Line):
    import pandas as pd

    series, one = line.series, line.runs == 1
    unit = " %" if compare_lines.is_percent(panel) else ""
    recorded = (series.value if line.raw is None else line.raw) if one else None
    return pd.DataFrame({
        "line": line.name, "runs": line.runs, "metric": f"{panel}{unit}", "split": line.split,
        "step": series.step, "epoch": series.epoch, "samples": series.samples,
        "seconds": series.seconds, "recorded": recorded, "drawn": series.value,
        "low": line.low, "high": line.high,
    }, columns=list(COLUMNS))
