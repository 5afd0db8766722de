"""Finding or making a set of features, in one process or in several that train together.

Each machine has a set of its own, for no disk need be shared: its processes compute a share of
the pictures each, and the first of them looks for the set and gives it its name. Whether
features are kept is decided by all alike: a process that went another way than the others would
wait for them for ever.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from core.messages import Problem
from core.training import feature_draft, feature_store
from core.training.feature_draft import DiskDraft, MemoryDraft
from core.training.feature_store import Content, Features
from core.training.meeting import FailedElsewhere, Meeting
from core.training.ranks import Ranks

Compute = Callable[[range], Iterable[tuple[Tensor, ...]]]
Draft = DiskDraft | MemoryDraft

class NotKept(Exception):
    """Why there is no set; `problem` says it."""

    def __init__(self, id: str, **values: object) -> None:
        self.problem = Problem(id, values)
        super().__init__(id)


@dataclass(frozen=True)
class Wanted:
    """A set that is asked for.

    Attributes:
        rows: Pictures in it.
        at_a_time: Pictures that are computed together: a piece.
        shapes: Of each feature of one picture.
        dtype: In which they are kept.
    """

    key: str
    rows: int
    at_a_time: int
    shapes: tuple[tuple[int, ...], ...]
    dtype: torch.dtype

    @property
    def pieces(self) -> int:
        """How many there are; the last may be shorter, or have more than is wanted."""
        return -(-self.rows // self.at_a_time)

    @property
    def bytes(self) -> int:
        """What the set takes."""
        return feature_store.bytes_of(self.rows, self.shapes, self.dtype)

    def content(self, computed: Sequence[str]) -> Content:
        """What its files hold when it is made."""
        shapes = [[self.rows, *shape] for shape in self.shapes]
        return Content(feature_store.name_of(self.dtype), computed, shapes)


@dataclass(frozen=True)
class _Plan:
    """What the first process of a machine says of a set; the others of it heed it.

    Attributes:
        files: Of the set, or where it is to be written; none where it can't be, or where one
            process alone keeps it in its memory.
        content: Of a set that was found, or is made by now; None before.
        id: Of the problem that keeps all of them from it; "" for none.
        values: Of the problem.
    """

    files: Sequence[str] = ()
    content: Content | None = None
    id: str = ""
    values: dict[str, object] | None = None

    def to_text(self) -> str:
        """For other processes."""
        return json.dumps([self.files, self.content and vars(self.content), self.id, self.values])

    @classmethod
    def from_text(cls, text: str) -> _Plan:
        """What `to_text` gave."""
        files, content, id, values = json.loads(text)
        return cls(files, content and Content(**content), id, values)


def found_or_made(
    wanted: Wanted, compute: Compute, ranks: Ranks, begins: Callable[[], None]
) -> Features:
    """The set, the same in all processes of a machine; to be called by all that train together.

    Args:
        compute: Computes the features of some of the pieces, in their order.
        begins: Called before anything is computed anywhere.

    Raises:
        NotKept: In all processes, if the set can't be kept in one.
    """
    plan: _Plan | None = None
    draft: Draft | None = None
    try:
        if ranks.local == 0:
            plan, draft = _planned(wanted, ranks)
        plans = _heard(plan, ranks)
        found = all(plan.content for plan in plans.values())
        if not found:
            begins()
        plan = plans[ranks.first_of_machine]
        if not plan.files:
            computed = compute(range(wanted.pieces))
            return feature_draft.in_memory(wanted.rows, computed, wanted.dtype)
        made = _made(wanted, plan, draft, compute, ranks) if not found else plan
        return _opened(made, draft, ranks, reused=plan.content is not None)
    finally:
        if draft:
            draft.close()


def _planned(wanted: Wanted, ranks: Ranks) -> tuple[_Plan, Draft | None]:
    """Where the set of this machine is, or where it will be written."""
    try:
        if content := feature_store.find(wanted.key):
            files = feature_store.files_of(feature_store.folder_of(wanted.key), content)
            return _Plan(files, content), None
        if feature_store.fits_disk(wanted.bytes):
            feature_store.make_room(wanted.bytes)
            draft = DiskDraft(wanted.key, _name(ranks), len(wanted.shapes))
            return _Plan(draft.files), draft
        if feature_store.fits_memory(wanted.bytes):
            if ranks.size == 1:
                return _Plan(), None
            if hasattr(os, "memfd_create"):
                draft = MemoryDraft(len(wanted.shapes))
                return _Plan(draft.files), draft
    except OSError as error:
        return _refused(error), None
    return _Plan(id="features.too_big", values={"gigabytes": wanted.bytes / 1e9}), None


def _made(
    wanted: Wanted, plan: _Plan, draft: Draft | None, compute: Compute, ranks: Ranks
) -> _Plan:
    """The set of this machine, its every file written."""
    mine = range(0) if plan.content else ranks.of_machine(wanted.pieces)
    meeting, problem, computed = Meeting(ranks), "", []
    try:
        computed = feature_draft.write(
            plan.files if mine else (), mine.start * wanted.at_a_time, wanted.rows,
            meeting.during(compute(mine) if mine else ()), wanted.dtype,
        )
    except FailedElsewhere:
        pass
    except OSError as error:
        problem = _why(error)
        meeting.fail()
    if problem := ranks.first_said(problem):
        raise NotKept("features.not_written", why=problem)
    if draft:
        content = wanted.content(computed)
        try:
            plan = _Plan(draft.finish(content), content)
        except OSError as error:
            plan = _refused(error)
    return _heard(plan if ranks.local == 0 else None, ranks)[ranks.first_of_machine]


def _opened(plan: _Plan, draft: Draft | None, ranks: Ranks, *, reused: bool) -> Features:
    """A set that is whole, in each process."""
    features, problem = None, ""
    try:
        features = feature_store.opened(
            plan.files, plan.content, copies=ranks.size == 1, reused=reused
        )
    except OSError as error:
        problem = _why(error)
    if problem := ranks.first_said(problem):
        raise NotKept("features.not_written", why=problem)
    return replace(features, in_memory=True) if isinstance(draft, MemoryDraft) else features


def _heard(plan: _Plan | None, ranks: Ranks) -> dict[int, _Plan]:
    """What is planned on each machine, by the number of its first process.

    Args:
        plan: None from all other processes.

    Raises:
        NotKept: If the set can't be kept on one machine.
    """
    said = ranks.each_said(plan.to_text() if plan else "")
    plans = {rank: _Plan.from_text(one) for rank, one in enumerate(said) if one}
    for one in plans.values():
        if one.id:
            raise NotKept(one.id, **one.values)
    return plans


def _refused(error: OSError) -> _Plan:
    return _Plan(id="features.not_written", values={"why": _why(error)})


def _why(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__


def _name(ranks: Ranks) -> str:
    """Whose draft it is, on a disk that machines may share.

    Processes that are started again have the parent that started those before them.
    """
    return f"{platform.node()}.{os.getpid() if ranks.size == 1 else os.getppid()}"
