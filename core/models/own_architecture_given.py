"""What someone gives to see a model of their own: its code, its inputs, its arguments."""

import ast
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.messages import ThawError

_MAX_CODE = 1_000_000
_MAX_NUMBERS = 300_000_000  # of one input: it is really made where the model is really run
_MAX_DIMENSIONS = 8
_MAX_NEIGHBOURS = 200
_INPUT = re.compile(r"(\d{1,9}(?:\s*[x×X*]\s*\d{1,9})*)(?:\s*:\s*(float|int))?")
TYPED_NAME = "the code"


@dataclass(frozen=True)
class Code:
    """What is to be summarised.

    Attributes:
        text: The code.
        label: What it is called in sentences: the name of its file, or `TYPED_NAME`.
        neighbours: Python files beside it, which it may import: name and content.
    """

    text: str
    label: str = TYPED_NAME
    neighbours: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True)
class Input:
    """One argument of `forward`.

    Attributes:
        shape: Without the batch.
        kind: Numbers: "float", or "int" for what an embedding looks up.
    """

    shape: tuple[int, ...]
    kind: str = "float"


def read_inputs(text: str) -> tuple[Input, ...]:
    """The inputs in a text such as `3x224x224, 128:int`.

    Raises:
        ThawError: If it is none.
    """
    found = []
    for part in re.split(r"[,;\n]", text):
        if not part.strip():
            continue
        match = _INPUT.fullmatch(part.strip())
        shape = tuple(map(int, re.findall(r"\d+", match[1]))) if match else ()
        if not match or not all(shape) or len(shape) > _MAX_DIMENSIONS:
            raise ThawError("architecture.no_shape", text=part.strip()[:80])
        if math.prod(shape) > _MAX_NUMBERS:
            raise ThawError("architecture.shape_too_large", text=part.strip(),
                            limit=f"{_MAX_NUMBERS / 1e6:.0f} million")
        found.append(Input(shape, match[2] or "float"))
    if not found:
        raise ThawError("architecture.no_input")
    return tuple(found)


def read_arguments(text: str) -> tuple[list[Any], dict[str, Any]]:
    """Positional and named arguments of a call that are literals.

    Raises:
        ThawError: If one is no literal, or none that goes as JSON.
    """
    if len(text) > 2_000:
        raise ThawError("architecture.not_literal", text=text[:80])
    try:
        call = ast.parse(f"_({text.strip()})", mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            raise ValueError
        given = [ast.literal_eval(value) for value in call.args]
        named = {str(word.arg): ast.literal_eval(word.value) for word in call.keywords if word.arg}
        if len(named) < len(call.keywords) or not _is_plain([given, named]):
            raise ValueError
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        raise ThawError("architecture.not_literal", text=text.strip()[:80]) from None
    return given, named


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) for key in value) and all(map(_is_plain, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int | float | bool)


def is_python_file(text: str) -> bool:
    """Whether a text names a Python file, with or without a class in it."""
    return split_path(text)[0].endswith(".py")


def split_path(text: str) -> tuple[str, str]:
    """Path and name in `path/file.py:Class`; the name is "" without one."""
    path, colon, name = text.strip().rpartition(":")
    return (path, name) if colon and path.endswith(".py") else (text.strip(), "")


def read_file(path: str) -> Code:
    """The code of a Python file, and the Python files beside it.

    Raises:
        ThawError: If it is none, or can't be read.
    """
    file = Path(path).expanduser()
    if file.suffix != ".py":
        raise ThawError("code.no_python_file", path=path[:200])
    try:
        if not file.is_file():  # a pipe would never end
            raise FileNotFoundError(2, "there is no such file")
        size = file.stat().st_size
        if size > _MAX_CODE:
            raise ThawError("code.too_long", size=f"{size / 1e6:.1f} MB",
                            limit=f"{_MAX_CODE / 1e6:.0f} MB")
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ThawError("code.not_text", path=path[:200]) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ThawError("code.no_file", path=path[:200], why=why) from None
    return Code(text, file.name, _neighbours(file))


def _neighbours(file: Path) -> tuple[tuple[str, bytes], ...]:
    found, room = [], _MAX_CODE
    for other in sorted(file.parent.glob("*.py"))[:_MAX_NEIGHBOURS]:
        try:
            if other == file or not other.is_file() or other.stat().st_size > room:
                continue
            content = other.read_bytes()
        except OSError:
            continue
        found.append((other.name, content))
        room -= len(content)
    return tuple(found)
