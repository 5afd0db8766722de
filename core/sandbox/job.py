"""A job for the box and its answer: JSON and arrays, never a pickle.

Whoever runs typed code can write any answer that he likes, so an answer is read as what a
stranger sent: its size, its form and its numbers are checked.
"""

import io
import json
import math
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.messages import Problem, ThawError, sentence

if TYPE_CHECKING:
    import numpy

_MAX_ARRAYS = 64
_MAX_WORDS = 2_000  # characters of a value in a sentence
# The first line: the box stands and the program begins. From here on the code is to blame.
_READY = re.compile(rb"ready (\d{1,15})\n")


@dataclass(frozen=True)
class Job:
    """What the box is to do.

    Attributes:
        program: Dotted name of a module of ours with `answer(folder, asked) -> Reply`.
        asked: What that is to do; goes as JSON.
        files: Laid into the job's folder before, by relative path.
    """

    program: str
    asked: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """What a program answers.

    Attributes:
        value: Anything that goes into JSON.
        arrays: No object arrays.
        printed: The first characters of what was printed meanwhile.
    """

    value: Any
    arrays: Mapping[str, "numpy.ndarray"] = field(default_factory=dict)
    printed: str = ""


class ProgramError(ThawError):
    """What a program raised in the box.

    Attributes:
        printed: The first characters of what was printed before.
    """

    def __init__(self, problem: Problem, printed: str) -> None:
        super().__init__(problem.id, **problem.values)
        self.printed = printed


def lay_down(folder: Path, job: Job) -> None:
    """Writes a job into its folder."""
    for name, content in job.files.items():
        path = folder / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "files").mkdir(exist_ok=True)
    named = {"program": job.program, "asked": dict(job.asked)}
    (folder / "job.json").write_text(json.dumps(named), encoding="utf-8")


def pick_up(folder: Path) -> tuple[str, dict[str, Any]]:
    """Program and question of the job in a folder."""
    named = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    return named["program"], named["asked"]


# --- the answer ------------------------------------------------------------------------------


def ready(held: int) -> bytes:
    """What a child sends before its program begins.

    Args:
        held: Bytes of memory that it holds by then.
    """
    return b"ready %d\n" % held


def packed(reply: Reply) -> bytes:
    """An answer as it goes through the pipe."""
    arrays = b""
    if reply.arrays:
        import numpy

        file = io.BytesIO()
        numpy.savez(file, **reply.arrays)
        arrays = file.getvalue()
    head = {"value": reply.value, "printed": reply.printed}
    return json.dumps(head).encode() + b"\n" + arrays


def packed_problem(problem: Problem, printed: str = "") -> bytes:
    """What went wrong, as it goes through the pipe."""
    return json.dumps({"raised": problem.as_dict(), "printed": printed}).encode() + b"\n"


def held_at_begin(data: bytes | bytearray) -> int | None:
    """What a child held when its program began, in bytes; None if it has not begun yet."""
    found = _READY.match(data)
    return int(found[1]) if found else None


def unpacked(data: bytes, limit: int) -> Reply:
    """The answer in what came through the pipe.

    Args:
        limit: Bytes that its arrays may hold together.

    Raises:
        ProgramError: As the program raised it.
        ThawError: If there is no whole, honest answer.
    """
    head, _, arrays = _READY.sub(b"", data, count=1).partition(b"\n")
    try:
        said = json.loads(head)
        printed = str(said.get("printed", ""))
        if raised := said.get("raised"):
            raise ProgramError(_problem(raised), printed)
        return Reply(said["value"], _arrays(arrays, limit), printed)
    except ThawError:
        raise
    except Exception:  # a stranger's bytes: whatever reading them raises, there is no answer
        raise ThawError("sandbox.no_answer") from None


def _problem(raised: dict[str, Any]) -> Problem:
    values = {
        str(key): value[:_MAX_WORDS] if isinstance(value, str) else value
        for key, value in raised["values"].items()
        if isinstance(value, str | int | float | bool) or value is None
    }
    problem = Problem(raised["id"], values)
    sentence(problem)  # raises KeyError where there is no such sentence, or not with these values
    return problem


def _arrays(data: bytes, limit: int) -> dict[str, "numpy.ndarray"]:
    if not data:
        return {}
    import numpy

    with zipfile.ZipFile(io.BytesIO(data)) as members:
        found = members.infolist()
        if (
            len(found) > _MAX_ARRAYS
            or any(one.compress_type != zipfile.ZIP_STORED for one in found)
            or sum(one.file_size for one in found) > limit
        ):
            raise ValueError("more than it may hold")
        for one in found:
            with members.open(one) as member:
                _check_size(member, one.file_size)
    with numpy.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _check_size(member: Any, held: int) -> None:
    """Refuses an array that says it is larger than its bytes: numpy would allocate it first."""
    import numpy

    version = numpy.lib.format.read_magic(member)
    read = {(1, 0): numpy.lib.format.read_array_header_1_0,
            (2, 0): numpy.lib.format.read_array_header_2_0}[version]
    shape, _, dtype = read(member)
    size = math.prod(shape) * dtype.itemsize
    if dtype.hasobject or min(shape, default=0) < 0 or size > held:
        raise ValueError("not what it says")


