"""A checkpoint as a file of another format, made in a process of its own; no torch needed here."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from core import places
from core.messages import Problem, ThawError
from core.runs.folder import Run

_PROJECT = Path(__file__).parents[2]
_LIMIT_SECONDS = 600.0


@dataclass(frozen=True)
class Format:
    """A format of files.

    Attributes:
        title: As a person knows it.
        packages: That must be installed, as Python imports them.
        install: The line that installs them.
    """

    title: str
    suffix: str
    packages: tuple[str, ...]
    install: str


FORMATS: Mapping[str, Format] = {
    "safetensors": Format(
        "safetensors", ".safetensors", ("safetensors",), "pip install safetensors"
    ),
    "onnx": Format(
        "ONNX", ".onnx", ("onnx", "onnxscript"), "pip install onnx onnxscript onnxruntime"
    ),
}


@dataclass(frozen=True)
class Exported:
    """A file that gives what the model gives.

    Attributes:
        epoch: Of the checkpoint.
        images: Of the validation split, on which the outputs were compared.
        largest_difference: Between an output of the file and one of the model.
        checked_by: What computed the outputs of the file.
    """

    run: str
    checkpoint: str
    format: str
    file: str
    bytes: int
    epoch: int
    images: int
    largest_difference: float
    checked_by: str


def missing(format: str) -> Problem | None:
    """What has to be installed for a format; None if nothing has."""
    found = FORMATS[format]
    lacking = [name for name in found.packages if find_spec(name) is None]
    if not lacking:
        return None
    values = {"format": found.title, "lacking": ", ".join(lacking), "install": found.install}
    return Problem("weights.package_missing", values)


def made(run: Run, format: str, which: str = "best") -> Exported:
    """The export of a checkpoint, in the cache for an hour.

    Raises:
        ThawError: If it can't be made, or does not give what the model gives.
    """
    folder = places.exports_root()
    target = folder / f"{run.id}_{which}_{time.time_ns():x}{FORMATS[format].suffix}"
    command = [sys.executable, "-m", "core", "export", str(run.path), "--format", format,
               "--checkpoint", which, "-o", str(target), "--json"]
    try:
        done = subprocess.run(
            command, cwd=_PROJECT, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=_LIMIT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise ThawError("weights.export_late", seconds=round(_LIMIT_SECONDS)) from None
    except OSError as error:
        raise ThawError("weights.export_failed", said=error.strerror) from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it was killed"])[-1]
        raise ThawError("weights.export_failed", said=said.removeprefix("thaw export: "))
    return Exported(**json.loads(done.stdout))
