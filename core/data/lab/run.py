"""The job that runs one side of a classic and says what came of it."""

import gc
import importlib
import multiprocessing
import os
import re
import signal
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.data.child import write_answer
from core.data.lab import table
from core.messages import ThawError

_PRINTED = 20_000  # characters that are kept
_SHORT = 70  # characters; workers hand tensors over by sockets there, whose names have 107
_PROJECT = str(Path(__file__).parents[3]) + os.sep


def answer(folder: Path, values: dict[str, Any]) -> None:
    """Runs `values["classic"]`, its `values["side"]`, with `values["values"]`.

    The answer has what it printed and returned, or the type, the text and the line of what it
    raised; of paths in the text those from where Python finds modules.

    Raises:
        ThawError: If there is no such classic or value, or this system can't start a process
            as it asks.
    """
    classic, given = table.find_classic(values["classic"]), values["values"]
    table.check(classic, given)
    _refuse_without_start_method(classic, given)
    module = importlib.import_module(f"core.data.lab.{classic.name}")
    gc.disable()  # a collected iterator waits for workers that end with this process anyway
    if len(str(folder)) < _SHORT:
        tempfile.tempdir = str(folder)  # what the program leaves goes with the folder
    printed = folder / "printed.txt"
    _print_into(printed)
    found: dict[str, Any] = {"returned": None, "type": "", "text": "", "line": ""}
    begun = time.perf_counter()
    try:
        found["returned"] = getattr(module, values["side"])(**given)
    except Exception as error:
        if hasattr(signal, "SIGCHLD"):  # the loader's own handler could raise here again
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        found |= _raised(error, module.__file__)
    found["seconds"] = time.perf_counter() - begun
    sys.stdout.flush()
    text = printed.read_text(encoding="utf-8", errors="replace")
    write_answer(folder, {**found, "printed": text[:_PRINTED]})


def _refuse_without_start_method(classic: table.Classic, given: dict[str, Any]) -> None:
    known = multiprocessing.get_all_start_methods()
    for method in filter(None, (classic.start, given.get("context"))):
        if method not in known:
            raise ThawError("lab.no_start_method", method=method, known=", ".join(known))


def _print_into(file: Path) -> None:
    """Sends what this process and its workers print into a file."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(handle, 1)
    sys.stdout = open(1, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115


def _raised(error: Exception, file: str) -> dict[str, str]:
    """What was raised, and the last line of the program that was at work."""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename == file]
    kind = type(error)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    text = ""
    with suppress(Exception):  # an exception can be anything, its text too
        text = re.sub(r'(?<=File ")[^"]*?site-packages[/\\]', "", str(error))
    return {
        "type": f"{module}{kind.__qualname__}",
        "text": text.replace(_PROJECT, "")[:_PRINTED].strip(),
        "line": frames[-1].line or "" if frames else "",
    }
