"""Names of runs that stand beside each other."""

from collections import Counter
from collections.abc import Sequence

from pages.widgets.runs.reading import SeenRun

_LONGEST = 48


def of(runs: Sequence[SeenRun]) -> dict[str, SeenRun]:
    """Each run by its name; where several have the same, the end of the id tells them apart."""
    counts = Counter(seen.name for seen in runs)
    return {
        seen.name[:_LONGEST] if counts[seen.name] == 1 and len(seen.name) <= _LONGEST
        else f"{seen.name[:_LONGEST - 7]} ({seen.id[-4:]})": seen
        for seen in runs
    }
