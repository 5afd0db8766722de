"""Processes that stand for a worker: they hold a run's lock and say what they are told to."""

HOLDER = """
import pathlib, sys, time
from core import portable
lock = portable.FileLock(pathlib.Path(sys.argv[1]))
assert lock.acquire()
print("held", flush=True)
time.sleep(60)
"""

# A worker without torch: it keeps the worker's contract with the run folder and "trains" until
# it is asked to stop, or at once with "end" in its recipe's name.
WORKER = """
import os, pathlib, sys, time
from core import portable
from core.runs import supervisor
from core.runs.folder import Run
run = Run(pathlib.Path(sys.argv[1]))
if "early" in run.name:
    sys.exit("thaw train: nothing is as it should be")
lock = portable.FileLock(run.path / "lock")
if not lock.acquire():
    sys.exit(3)
if (run.state() or {}).get("status") == "finished":
    sys.exit(2)
attempt = run.next_attempt()
if "slow" in run.name:
    time.sleep(0.5)
supervisor.forget_old_stop(run, attempt)
def say(status):
    portable.write_json(run.path / "state.json", {"status": status, "attempt": attempt})
say("running")
print(os.environ["OMP_NUM_THREADS"], os.environ["GOMP_SPINCOUNT"], os.nice(0),
      os.getsid(0) == os.getpid(), sys.stdin.read() == "", *sys.argv[2:], flush=True)
if "end" in run.name:
    say("finished")
    sys.exit(0)
while not (run.path / "stop").exists():
    time.sleep(0.01)
say("stopped")
"""
