"""A model as a picture: boxes in the order in which they first run, and what flows between.

Made from a summary's rows alone. Each module of a level is in exactly one box; a box is one
module, or, where there would be too many, neighbours that are drawn as one. Rows say what ran
after what, but not who feeds whom: that is read from the shapes, and only as much as they tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from core.models.freezing import lineage, stages
from core.models.structure_groups import Kind, grouped
from core.models.structure_joints import Joint, joined
from core.models.structure_labels import label, parent

if TYPE_CHECKING:  # importing it loads torch, and rows need none
    from core.models.shape_rules import Shape
    from core.models.summary import Summary
    from core.models.summary_rows import Row



@dataclass(frozen=True)
class Size:
    """What a module and all below it amount to."""

    params: int = 0
    macs: int = 0
    activation_bytes: int = 0

    def __add__(self, other: Size) -> Size:
        return Size(self.params + other.params, self.macs + other.macs,
                    self.activation_bytes + other.activation_bytes)


@dataclass(frozen=True)
class Box:
    """One module, or neighbours drawn as one.

    Attributes:
        kind: `"repeat"`: neighbours that are alike in type, shapes and size. `"block"`: a stretch
            that ends where the picture gets smaller, or simply a stretch.
        modules: Names of the rows in it, in the order in which they first run.
        label: As it is called in the picture.
        type: Class of the module; of several the classes, with how many there are of each.
        input: The first module's; () if it never runs.
        output: The last module's.
        size: Of all in it. Activations are the outputs of the innermost modules.
        calls: How often the first module runs.
        use: As in its row.
        joint: What its input is, if it runs. `"before"`: what the box before it gives, or for
            the first the input of the whole. `"input"`, `"earlier"`: the shapes fit the input of
            the whole or an earlier box, but not the one before. `"reshaped"`: none of these, so
            the forward reshapes or combines something without a module.
        source: Label of the earlier box.
        inside: What is in it; None if nothing that runs, or deeper than was asked.
    """

    kind: Kind
    modules: tuple[str, ...]
    label: str
    type: str
    input: Shape
    output: Shape
    size: Size
    calls: int
    use: str
    joint: Joint = "before"
    source: str = ""
    inside: Diagram | None = None


@dataclass(frozen=True)
class Diagram:
    """The boxes of one level.

    Attributes:
        input: What goes into the first box.
        boxes: In the order in which the first module in each began to run; at the end those in
            which none does, in the order of registration.
        held: Modules that are opened here and hold parameters themselves, and how many: they are
            in no box.
        macs: Multiply-adds that are in no box, as they are not in a module of their own.
    """

    input: Shape
    boxes: tuple[Box, ...]
    held: tuple[tuple[str, int], ...]
    macs: int


def diagram(summary: Summary, depth: int | None = 1) -> Diagram:
    """The stages of a model, at most `structure_groups.MOST_BOXES` boxes, as deep as asked.

    A container that holds nearly all of the model is opened, as `freezing.stages` does, and so
    is one that does not run itself, such as a ModuleList.

    Args:
        depth: Levels of boxes; None for all there are.
    """
    return _Drawing(summary.rows).level("", depth)


def sizes(rows: Sequence[Row]) -> tuple[Size, ...]:
    """The size of each row: its own and that of all below it."""
    drawing = _Drawing(rows)
    return tuple(drawing.size[row.name] for row in rows)


def walk(level: Diagram) -> Iterator[Box]:
    """Every box of a diagram, and after each what is in it."""
    for box in level.boxes:
        yield box
        if box.inside:
            yield from walk(box.inside)


class _Drawing:
    """Rows by name, with what lies in each."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = {row.name: row for row in rows}
        self.children: dict[str, list[str]] = {row.name: [] for row in rows}
        for row in rows[1:]:
            self.children[parent(row.name)].append(row.name)
        self.size: dict[str, Size] = {}
        self.begins: dict[str, float] = {}  # when the first in it runs; never is infinite
        for row in reversed(rows):  # what lies in a module comes after it
            own = row.order if row.calls else inf
            self.begins[row.name] = min(
                [own, *(self.begins[name] for name in self.children[row.name])]
            )
            below = sum((self.size[name] for name in self.children[row.name]), Size())
            self.size[row.name] = Size(
                row.params + below.params,
                row.macs if row.calls else below.macs,
                below.activation_bytes if self.children[row.name] else row.activation_bytes,
            )
        self.opened = {name for stage in stages(rows) for name in lineage(stage)[:-1]}

    # --- levels ---

    def level(self, scope: str, depth: int | None) -> Diagram:
        containers, modules = self._parts(scope)
        while len(modules) == 1 and self.children[modules[0]]:  # a picture of one box says nothing
            inner, modules = self._parts(modules[0])
            containers += inner
        modules.sort(key=self.begins.__getitem__)
        groups = grouped(modules, self.rows, self.size)
        boxes = [self._box(kind, names, depth) for kind, names in groups]
        held = tuple(
            (name, self.rows[name].params) for name in containers if self.rows[name].params
        )
        between = self.size[scope].macs - sum(box.size.macs for box in boxes)
        input = self.rows[scope].input
        return Diagram(input, joined(input, boxes), held, max(0, between))

    def _parts(self, scope: str) -> tuple[list[str], list[str]]:
        """The containers that are opened, the scope first, and the modules that are not."""
        containers, modules = [scope], []
        for name in self.children[scope]:
            if name in self.opened or self.rows[name].use == "holds":
                inner, parts = self._parts(name)
                containers += inner
                modules += parts
            else:
                modules.append(name)
        return containers, modules

    def _box(self, kind: Kind, names: Sequence[str], depth: int | None) -> Box:
        first, last = self.rows[names[0]], self.rows[names[-1]]
        types = Counter(self.rows[name].type for name in names)
        return Box(
            kind=kind,
            modules=tuple(names),
            label=label(names),
            type=", ".join(
                f"{count} {one}" if count > 1 else one for one, count in types.items()
            ),
            input=first.input,
            output=last.output,
            size=sum((self.size[name] for name in names), Size()),
            calls=first.calls,
            use=first.use,
            inside=self._inside(kind, names, None if depth is None else depth - 1),
        )

    def _inside(self, kind: Kind, names: Sequence[str], depth: int | None) -> Diagram | None:
        if depth == 0:
            return None
        if kind == "module":
            found = self.level(names[0], depth) if self.children[names[0]] else None
            return found if found and any(box.calls for box in found.boxes) else None
        boxes = [self._box("module", [name], depth) for name in names]
        input = self.rows[names[0]].input
        return Diagram(input, joined(input, boxes), (), 0)
