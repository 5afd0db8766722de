"""A process that holds a run's lock and says what it is told to."""

HOLDER = """
import pathlib, sys, time
from core import portable
lock = portable.FileLock(pathlib.Path(sys.argv[1]))
assert lock.acquire()
print("held", flush=True)
time.sleep(60)
"""
