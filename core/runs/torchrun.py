"""torchrun, which starts the processes that train one run together, and starts them again.

What it tells each of them stands in their environment; no torch is imported here.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

RESTARTS = 3  # after a process died; torchrun's own default is none
# Without it the processes of a new attempt meet those of the one before, which are gone, in the
# store that torchrun keeps, and half of the restarts end there.
ENVIRONMENT = {"TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"}


@dataclass(frozen=True)
class Place:
    """Which of the processes this one is.

    Attributes:
        rank: Its number among all, from 0; the first writes the run's folder.
        local: Its number among those of its machine.
        size: How many there are.
        restarts: How often torchrun has started them again.
        most: How often it does that.
        job: What torchrun calls all of it; "" where it was not torchrun that started this process.
        here: How many there are on its machine.
    """

    rank: int = 0
    local: int = 0
    size: int = 1
    restarts: int = 0
    most: int = 0
    job: str = ""
    here: int = 1

    @property
    def is_last_try(self) -> bool:
        """Whether a process that is lost now is not started again."""
        return self.restarts >= self.most


def place(given: Mapping[str, str] = os.environ) -> Place:
    """The place of this process; that of one alone where torchrun did not start it."""
    if "TORCHELASTIC_RUN_ID" not in given:
        return Place()
    return Place(
        int(given["RANK"]), int(given["LOCAL_RANK"]), int(given["WORLD_SIZE"]),
        int(given["TORCHELASTIC_RESTART_COUNT"]), int(given["TORCHELASTIC_MAX_RESTARTS"]),
        given["TORCHELASTIC_RUN_ID"], int(given["LOCAL_WORLD_SIZE"]),
    )


def command(
    processes: int, job: str, arguments: Sequence[str], *, module: str = "core",
    restarts: int = RESTARTS,
) -> list[str]:
    """What starts `python -m core` with these arguments in several processes of this machine.

    Args:
        job: What `Place.job` of each of them will be.
        module: Another one to start.
        restarts: How often they are started again.
    """
    return [
        sys.executable, "-u", "-m", "torch.distributed.run", f"--nproc-per-node={processes}",
        # As --standalone, which would choose the name of the job itself.
        "--rdzv-backend=c10d", "--rdzv-endpoint=localhost:0", f"--rdzv-id={job}",
        f"--max-restarts={restarts}", "-m", module, *arguments,
    ]
