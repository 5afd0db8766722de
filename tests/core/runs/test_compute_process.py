import os
import subprocess
import sys

import pytest

from core.runs import compute_process

# Bytes that a process holds more than before, after 24 MB were written and freed; by glibc's own
# rules it gives them back.
FREED = """
import ctypes, psutil, sys
from core.runs import compute_process
if sys.argv[1] == "set up":
    compute_process.set_up(1)
own = psutil.Process()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
before = own.memory_info().rss
place = libc.malloc(24_000_000)
ctypes.memset(place, 1, 24_000_000)
libc.free(place)
print(own.memory_info().rss - before)
"""


def test_threads_spin_for_a_moment_and_then_sleep():
    assert compute_process.environment(3, {}) == {
        "OMP_NUM_THREADS": "3", "MKL_NUM_THREADS": "3",
        "OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "5000",
    }


@pytest.mark.parametrize("given", [{"OMP_WAIT_POLICY": "active"}, {"GOMP_SPINCOUNT": "7"}])
def test_how_the_person_lets_threads_wait_stays(given):
    variables = compute_process.environment(2, given)
    assert variables == {"OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"}


def test_torch_computes_with_as_many_threads():
    asked = (
        "from core.runs import compute_process; compute_process.set_up(1); import torch; "
        "print(torch.get_num_threads())"
    )
    environ = {name: value for name, value in os.environ.items() if "NUM_THREADS" not in name}
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, env=environ
    )
    assert done.stdout.strip() == "1"


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator")
def test_freed_memory_stays_with_the_process():
    given_back, kept = (
        int(subprocess.run(
            [sys.executable, "-c", FREED, way], capture_output=True, text=True, check=True
        ).stdout)
        for way in ("as it is", "set up")
    )
    assert given_back < 8_000_000 < 20_000_000 < kept
