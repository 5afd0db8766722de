"""The lines that a training prints while it goes on."""

import os
import sys


def say(line: str) -> None:
    """Prints a line; a reader that has gone (`| head`) does not end the training."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print("thaw train: nobody reads the lines any more; the training goes on (Ctrl-C stops it, "
              "“python -m core runs” tells how far it is)", file=sys.stderr)


def keep_silent(line: str) -> None:
    """Prints nothing: with `--json` there is one object at the end."""
