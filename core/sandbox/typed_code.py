"""In the box: runs what a user typed as a module, and says which of his lines went wrong."""

import linecache
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.messages import ThawError

_MAX_SAID = 400
_MAX_LINE = 120


class Source:
    """Code that a user typed, and what its lines are called in sentences.

    Attributes:
        text: The code.
        name: What it is called: the name of its file, or "the code".
        path: Under which Python knows it.
    """

    def __init__(self, text: str, name: str, path: Path) -> None:
        self.text, self.name, self.path = text, name, path

    def run(self, module_name: str) -> types.ModuleType:
        """The module that the code makes; files beside it can be imported.

        Raises:
            ThawError: If it is no Python, or raises; the line is named.
        """
        try:
            code = compile(self.text, str(self.path), "exec", dont_inherit=True)
        except SyntaxError as error:
            said = (error.text or "").strip() or _line(self.text, error.lineno)
            raise ThawError(
                "code.syntax", line=error.lineno or 0, file=self.name,
                why=_cut(error.msg, _MAX_SAID), code=_cut(said, _MAX_LINE),
            ) from None
        except (ValueError, RecursionError, MemoryError) as error:  # a null character, say
            raise ThawError("code.syntax", line=1, file=self.name, why=said_by(error),
                            code=_cut(_line(self.text, 1), _MAX_LINE)) from None
        self._forget_neighbours()
        module = types.ModuleType(module_name)
        module.__file__ = str(self.path)
        sys.modules[module_name] = module  # dataclasses and inspect look it up there
        sys.path.insert(0, str(self.path.parent))
        lines = self.text.splitlines(keepends=True)
        linecache.cache[str(self.path)] = (len(self.text), None, lines, str(self.path))
        with self.blamed("the code ran"):
            exec(code, module.__dict__)
        return module

    def _forget_neighbours(self) -> None:
        """Lets files beside it be imported anew: what they made may belong to another try."""
        for name, known in list(sys.modules.items()):
            file = getattr(known, "__file__", None)
            if isinstance(file, str) and Path(file).is_relative_to(self.path.parent):
                del sys.modules[name]

    @contextmanager
    def blamed(self, doing: str) -> Iterator[None]:
        """Turns what the user's code raises inside into a ThawError with his line.

        Args:
            doing: What happened meanwhile, for an error outside of his lines.
        """
        try:
            yield
        except (ThawError, MemoryError):
            raise
        except BaseException as error:
            raise self.explained(error, doing) from None

    def explained(self, error: BaseException, doing: str, module: str = "") -> ThawError:
        """An error of the user's code in one sentence.

        Args:
            module: In which module of his model, in words.
        """
        if "allocate memory" in said_by(error):  # PyTorch's own way of saying MemoryError
            raise MemoryError from None
        line = self._line_of(error)
        if isinstance(error, SystemExit):
            return ThawError("code.exits", line=line or 0, file=self.name)
        kind, why = type(error).__name__[:80], said_by(error)
        if line is None:
            return ThawError("code.raised_outside", kind=kind, doing=doing, module=module, why=why)
        return ThawError(
            "code.raised", kind=kind, line=line, file=self.name, module=module, why=why,
            code=_cut(_line(self.text, line), _MAX_LINE),
        )

    def _line_of(self, error: BaseException) -> int | None:
        """The innermost line of the code on the way to the error."""
        found, trace = None, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == str(self.path):
                found = trace.tb_lineno
            trace = trace.tb_next
        return found


def said_by(error: BaseException) -> str:
    """What an error says, in one line and not too long; its class may be the user's."""
    try:
        text = str(error)
    except Exception:
        text = "its message can't be read"
    return _cut(text, _MAX_SAID) or "it says nothing more"


def _line(text: str, number: int | None) -> str:
    lines = text.splitlines()
    return lines[number - 1].strip() if number and number <= len(lines) else ""


def _cut(text: str, limit: int) -> str:
    """The beginning of a text as one line."""
    one = " ".join(text[: 4 * limit].split())
    return one if len(one) <= limit else one[: limit - 1] + "…"
