"""How far the remaining time that a run shows is from what really remains.

    python bench/eta.py [EPOCHS]

Trains the embedded example in a home of its own and prints, for each tenth of the run after the
first fifth, the ratio of the time that was shown to the time that remained.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from core.ready_recipes import READY
from core.recipe import with_value
from core.runs import folder, supervisor
from core.runs.status import status


def main(epochs: int) -> None:
    """Prints the ratios and the worst of them."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["THAW_HOME"] = home
        run = folder.create_run(with_value(READY["letters-to-digits"], "train.epochs", epochs))
        supervisor.start(run)
        shown: list[tuple[float, float, float]] = []  # when, share done, seconds said to remain
        while (now := status(run)).is_live:
            if now.eta_seconds is not None and now.steps and now.status == "running":
                shown.append((time.monotonic(), now.step / now.steps, now.eta_seconds))
            time.sleep(0.25)
        ended = time.monotonic()
    began = shown[0][0]
    ratios = [
        (share, eta / (ended - at)) for at, share, eta in shown
        if share >= 0.2 and ended - at > 2.0
    ]
    for tenth in range(2, 10):
        found = [ratio for share, ratio in ratios if tenth <= 10 * share < tenth + 1]
        if found:
            print(f"{tenth * 10:3} %: shown / real {min(found):.2f} to {max(found):.2f}")
    worst = max((abs(ratio - 1) for _, ratio in ratios), default=float("nan"))
    print(f"{ended - began:.0f} s of training, worst error after the first fifth {worst:.0%}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 90)
