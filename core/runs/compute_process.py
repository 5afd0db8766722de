"""What a process that trains sets before it imports torch: its threads, and its memory."""

import ctypes
import os
import sys
from collections.abc import Mapping

# Numbers of glibc's mallopt(3).
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGEST_MMAP_THRESHOLD = 32 << 20  # bytes
_NEVER = 2**31 - 1


def environment(threads: int, given: Mapping[str, str]) -> dict[str, str]:
    """Variables for a process that computes with so many threads.

    Threads that spin while they wait for one another starve the app and every other run on a
    small machine; threads that sleep at once halve the speed of small models. GNU's OpenMP lets
    them spin for some microseconds first: `bench/waiting_threads.py` compares the three. Others
    than GNU's know only the policy.

    Args:
        given: The environment that they are added to: how its threads wait, if it says, stays.
    """
    variables = {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
    if not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & given.keys():
        variables |= {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "5000"}
    return variables


def set_up(threads: int) -> None:
    """Makes this process one that computes; to be called before torch is imported."""
    os.environ.update(environment(threads, os.environ))
    _keep_freed_memory()


def _keep_freed_memory() -> None:
    """Activations freed by one step serve the next, where glibc would give them back.

    The kernel clears each page that it hands out anew: up to a tenth of a step.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):  # musl has none
        libc.mallopt(_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)
        libc.mallopt(_TRIM_THRESHOLD, _NEVER)
