"""In the box: takes up a job, binds itself, lets the program run, sends what it says.

What the program prints is kept up to a limit and goes with the answer; whatever it writes to
the real standard output is lost, because the answer goes through that pipe.
"""

import faulthandler
import importlib
import json
import os
import sys
from pathlib import Path

import psutil

from core.messages import Problem, ThawError
from core.sandbox import job
from core.sandbox.limits import Limits, held_by, impose, spelled
from core.sandbox.printed import Printed

_IDLE_SECONDS = 600.0


def main(folder: Path, imports: list[str]) -> None:
    """Waits for the one job in a folder, and does it.

    Its limits come as a line on standard input; the answer goes to standard output.
    """
    # Nobody may ever ask: an idle one ends by itself.
    faulthandler.dump_traceback_later(_IDLE_SECONDS, exit=True, file=os.open(os.devnull, os.O_RDWR))
    for name in imports:
        importlib.import_module(name)
    if not (line := sys.stdin.readline()):
        return  # whoever started it is gone
    limits, others = json.loads(line)
    perform(folder, Limits(**limits), others, own_pipe(1))


def own_pipe(number: int) -> int:
    """A copy of a descriptor that programs started from here do not get.

    Standard input and both outputs lead nowhere afterwards.
    """
    pipe = os.dup(number)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    return pipe


def perform(folder: Path, limits: Limits, others: int, pipe: int) -> None:
    """Does the job in a folder within limits, and writes the answer into a pipe."""
    name, asked = job.pick_up(folder)
    program = importlib.import_module(name)
    impose(limits, others)
    _write(pipe, job.ready(held_by(psutil.Process())))
    printed = Printed(limits.printed)
    sys.stdout = sys.stderr = printed
    try:
        reply = program.answer(folder / "files", asked)
        answer = job.packed(job.Reply(reply.value, reply.arrays, printed.text()))
    except ThawError as error:
        answer = job.packed_problem(error.problem, printed.text())
    except MemoryError:
        full = Problem("sandbox.too_much_memory", {"limit": spelled(limits.memory)})
        answer = job.packed_problem(full)
    _write(pipe, answer)


def _write(pipe: int, data: bytes) -> None:
    while data:
        data = data[os.write(pipe, data):]


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2:])
    except Exception as error:  # the last line of standard error says why there is no box
        print(f"{type(error).__name__}: {error}", file=sys.__stderr__, flush=True)
        os._exit(1)
    os._exit(0)  # threads of the code are not waited for
