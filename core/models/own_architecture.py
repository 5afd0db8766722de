"""A user's own `nn.Module`, from text or a file, summarised in a process of its own.

The code never runs here: `core.models.own_architecture_program` runs it in the box.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.messages import ThawError
from core.models.own_architecture_given import Code, Input, read_arguments
from core.sandbox.job import Job
from core.sandbox.limits import Limits
from core.sandbox.run import Box, run

if TYPE_CHECKING:  # importing it loads torch
    from core.models.summary import Summary
    from core.models.summary_rows import Row

_PROGRAM = "core.models.own_architecture_program"
_LARGEST = 2**62  # of a number in an answer: a table holds no more


@dataclass(frozen=True)
class Became:
    """What a first forward made of a lazy module.

    Attributes:
        before: As it printed, its sizes unknown.
        after: As it prints now; "" if the forward did not run it, so that it stayed as it was.
        params: That it got.
    """

    name: str
    before: str
    after: str
    params: int


@dataclass(frozen=True)
class OwnArchitecture:
    """The summary of a user's model.

    Attributes:
        way: "meta": nothing was allocated or computed. "cpu": it was really built and run.
        why: What asked for real numbers, in PyTorch's words; "" on meta.
        lazy: Its lazy modules.
        printed_before: `repr(model)` before the first forward, where it has lazy modules.
        printed_model: `repr(model)`.
        output: What its code printed.
    """

    summary: "Summary"
    way: str
    why: str
    lazy: tuple[Became, ...]
    printed_before: str
    printed_model: str
    output: str

    @property
    def last_linear(self) -> "Row | None":
        """The last layer that one may have meant to replace."""
        rows = [row for row in self.summary.rows if row.type == "Linear" and row.calls]
        return rows[-1] if rows else None


def summarize_own(
    code: Code, inputs: tuple[Input, ...], *, name: str = "", arguments: str = "", box: Box,
    limits: Limits | None = None,
) -> OwnArchitecture:
    """The summary of the model in the code, made in the box.

    Args:
        name: Of the class, or of the variable that holds the model; "" for the only one.
        arguments: Of the constructor, literals as in a call: `10, name="small"`.

    Raises:
        ThawError: If the code or an argument is wrong; if the code has several models and none
            was named; or as `core.sandbox.run.run`.
    """
    if not code.text.strip():
        raise ThawError("code.empty")
    if not inputs:
        raise ThawError("architecture.no_input")
    given, named = read_arguments(arguments)
    file = "own_code.py"
    asked = {
        "file": file, "label": code.label, "name": name.strip(),
        "arguments": given, "keywords": named,
        "inputs": [[list(one.shape), one.kind] for one in inputs],
    }
    files = {**dict(code.neighbours), file: code.text.encode()}
    reply = run(Job(_PROGRAM, asked, files), box, limits)
    try:
        return _read(reply.value, reply.printed)
    except (TypeError, ValueError, KeyError, AttributeError):
        raise ThawError("sandbox.no_answer") from None


# --- what came back --------------------------------------------------------------------------


def _read(value: Any, printed: str) -> OwnArchitecture:
    """The answer of the box, every part of it checked: the user's code may have written it."""
    from pydantic import TypeAdapter

    from core.models.summary import Summary

    _check_numbers(value["summary"])
    summary = TypeAdapter(Summary).validate_python(value["summary"])
    lazy = TypeAdapter(tuple[Became, ...]).validate_python(value["lazy"])
    if not summary.rows or value["way"] not in ("meta", "cpu"):
        raise ValueError("no rows")
    return OwnArchitecture(
        summary, value["way"], str(value["why"])[:400], lazy, str(value["repr_before"]),
        str(value["repr"]), printed,
    )


def _check_numbers(value: Any) -> None:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            _check_numbers(one)
    elif isinstance(value, int) and not -_LARGEST < value < _LARGEST:
        raise ValueError("no such number")
