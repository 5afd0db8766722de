"""Ways that are compared, each in a process of its own, which take turns.

What a way sets for its process, before it imports torch, then meets no other; and what else the
machine does meets all of them.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

Lap = dict[str, Any]


@dataclass(frozen=True)
class Way:
    """A process that makes laps.

    Attributes:
        command: Arguments of a Python that calls `serve`.
        variables: Of its environment, beside those of this process.
    """

    command: Sequence[str]
    variables: Mapping[str, str] = field(default_factory=dict)


def serve(lap: Callable[[], Lap]) -> None:
    """Makes a lap for each line of standard input; what it found goes to standard output."""
    for _ in sys.stdin:
        print(json.dumps(lap()), flush=True)


def take_turns(ways: Mapping[str, Way], rounds: int) -> dict[str, list[Lap]]:
    """As many laps of each way as there are rounds.

    Raises:
        SystemExit: If a process ended; it has said why.
    """
    laps: dict[str, list[Lap]] = {name: [] for name in ways}
    with ExitStack() as stack:
        processes = {
            name: stack.enter_context(subprocess.Popen(
                [sys.executable, *way.command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                text=True, env={**os.environ, **way.variables},
            ))
            for name, way in ways.items()
        }
        for _ in range(rounds):
            for name, process in processes.items():
                process.stdin.write("lap\n")
                process.stdin.flush()
                if not (said := process.stdout.readline()):
                    raise SystemExit(f"{name} ended with {process.wait()}")
                laps[name].append(json.loads(said))
        for process in processes.values():
            process.stdin.close()
    return laps
