"""Checks what a person typed for an exercise: it runs in the box, its batches are judged here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.data import typed_expected
from core.data.typed_exercises import Exercise
from core.data.typed_expected import Found
from core.messages import Problem, ThawError, sentence
from core.sandbox.job import Job
from core.sandbox.limits import Limits
from core.sandbox.run import run
from core.sandbox.spare import Box

_PROGRAM = "core.data.typed_exercises_program"
LIMITS = Limits(seconds=10.0, memory=1_000_000_000)
_MOST_CODE = 100_000
_NAME = "the code"
# What the box may say of a setting; everything else is not from our program.
_RAISED = ("code.raised", "code.raised_outside", "code.exits")


@dataclass(frozen=True)
class Setting:
    """How the loader of one check is made.

    Attributes:
        order: Indices in the order they are asked for; None for in order.
    """

    batch_size: int
    order: tuple[int, ...] | None = None

    @property
    def title(self) -> str:
        """As it is said in a table."""
        return f"batch_size={self.batch_size}, {'in order' if self.order is None else 'shuffled'}"

    def batches(self, length: int) -> list[tuple[int, ...]]:
        """The indices of each batch; the last may be a short one."""
        order = tuple(range(length)) if self.order is None else self.order
        starts = range(0, length, self.batch_size)
        return [order[start : start + self.batch_size] for start in starts]


@dataclass(frozen=True)
class Outcome:
    """What came out of one setting, or of one other question.

    Attributes:
        right: How many batches are right, of how many.
        problem: The first thing that is off; None if nothing is.
        batch: In which batch, from 0; None if in none of them.
        samples: Of that batch.
        found: That batch as text; "" if there is none.
        expected: As it should be.
    """

    title: str
    right: tuple[int, int] = (0, 0)
    problem: Problem | None = None
    batch: int | None = None
    samples: tuple[int, ...] = ()
    found: str = ""
    expected: str = ""


@dataclass(frozen=True)
class Checked:
    """The answer to one attempt.

    Attributes:
        printed: What the code printed.
    """

    outcomes: tuple[Outcome, ...]
    printed: str = ""

    @property
    def is_right(self) -> bool:
        """Whether nothing is off."""
        return all(one.problem is None for one in self.outcomes)


_TEN = (7, 2, 9, 0, 5, 3, 8, 1, 6, 4)
_TEN_AGAIN = (3, 8, 4, 6, 1, 0, 9, 5, 2, 7)
# Every row of iris once; 7 and 150 have no common divisor.
_ROWS = tuple((7 * place + 31) % 150 for place in range(150))
_SETTINGS: Mapping[str, tuple[Setting, ...]] = {
    "collate": (
        Setting(1), Setting(2), Setting(3), Setting(2, _TEN), Setting(3, _TEN_AGAIN),
        Setting(1, _TEN_AGAIN), Setting(4, _TEN),
    ),
    "dataset": (Setting(1), Setting(4), Setting(16), Setting(4, _ROWS), Setting(64, _ROWS)),
}


def check(exercise: Exercise, code: str, *, box: Box, limits: Limits = LIMITS) -> Checked:
    """Runs the code in the box over several loaders and compares every batch.

    Raises:
        ThawError: If the code is no Python, raises before a loader runs, or does not define what
            it should; or as `core.sandbox.run.run`.
    """
    if not code.strip():
        raise ThawError("exercise.empty", name=exercise.defines)
    if len(code) > _MOST_CODE:
        raise ThawError("code.too_long", size=f"{len(code):,} characters",
                        limit=f"{_MOST_CODE:,}")
    X, y = typed_expected.example_data()
    if exercise.wants == "dataset":
        X, y = (array.tolist() for array in typed_expected.iris())
    settings = _SETTINGS[exercise.wants]
    asked = {
        "file": "own_code.py", "label": _NAME, "defines": exercise.defines,
        "wants": exercise.wants, "X": X, "y": y,
        "settings": [
            {"batch_size": one.batch_size, "order": one.order, "most": len(one.batches(len(X)))}
            for one in settings
        ],
    }
    reply = run(Job(_PROGRAM, asked, {"own_code.py": code.encode()}), box, limits)
    try:
        return Checked(tuple(_judged(exercise, settings, reply.value, len(X))), reply.printed)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError, IndexError):
        raise ThawError("sandbox.no_answer") from None


def _judged(
    exercise: Exercise, settings: Sequence[Setting], value: Any, length: int
) -> Iterator[Outcome]:
    """Outcomes of what the box said, every part of it checked: the user may have written it."""
    if exercise.wants == "dataset":
        yield _length(value["length"], length)
        problem = None if value["is_dataset"] is True else Problem("exercise.no_dataset")
        yield Outcome("is a torch.utils.data.Dataset", problem=problem)
    changed: set[int] = set()
    for setting, raw in zip(settings, value["runs"], strict=True):
        yield _outcome(exercise, setting, raw, length)
        if raw["changed"] is not None:
            changed.add(int(raw["changed"]) % length)
    if exercise.wants == "collate":
        problem = Problem("exercise.changed", {"sample": min(changed)}) if changed else None
        yield Outcome("the samples stay as they were", problem=problem)


def _length(found: Any, length: int) -> Outcome:
    if not isinstance(found, int) or not 0 <= found < 2**63:
        raise ValueError("no length")
    problem = None
    if found != length:
        problem = Problem("exercise.length", {"found": found, "wanted": length})
    return Outcome("len(dataset)", problem=problem)


def _outcome(exercise: Exercise, setting: Setting, raw: Any, length: int) -> Outcome:
    wanted = setting.batches(length)
    batches = [typed_expected.read_found(one) for one in raw["batches"][: len(wanted) + 1]]
    right, first = 0, None
    for place, (indices, found) in enumerate(zip(wanted, batches, strict=False)):
        expected = typed_expected.expected_batch(exercise.name, indices)
        problem = typed_expected.compare(expected, found, indices)
        right += problem is None
        if problem and first is None:
            first = place, problem
    if first is not None:
        return _with_batch(exercise, setting, (right, len(wanted)), first, wanted, batches)
    problem = None if raw["problem"] is None else _raised(raw["problem"])
    if problem is None and len(batches) != len(wanted):
        id = "exercise.too_few" if len(batches) < len(wanted) else "exercise.too_many"
        problem = Problem(id, {"found": len(batches), "wanted": len(wanted)})
    if problem is None:
        return Outcome(setting.title, (right, len(wanted)))
    first = min(len(batches), len(wanted) - 1), problem
    return _with_batch(exercise, setting, (right, len(wanted)), first, wanted, ())


def _with_batch(
    exercise: Exercise, setting: Setting, right: tuple[int, int], first: tuple[int, Problem],
    wanted: Sequence[tuple[int, ...]], batches: Sequence[Found],
) -> Outcome:
    place, problem = first
    expected = typed_expected.expected_batch(exercise.name, wanted[place])
    return Outcome(
        setting.title, right, problem, place, wanted[place],
        typed_expected.text_of(batches[place]) if batches else "",
        typed_expected.text_of(expected),
    )


def _raised(raw: Any) -> Problem:
    if raw["id"] not in _RAISED:
        raise ValueError("no such sentence")
    values = {
        str(key): value if isinstance(value, int) else str(value)[:2_000]
        for key, value in raw["values"].items()
    }
    problem = Problem(raw["id"], values)
    sentence(problem)  # raises KeyError where a value is missing
    return problem
