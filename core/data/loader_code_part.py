"""A part of a program that is printed, and the source of what in this package it is made of."""

import ast
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Part:
    """A part of a program.

    Attributes:
        sources: Classes and functions, for which there is room between.
        lines: What is done with them.
    """

    sources: tuple[str, ...] = ()
    lines: str = ""


def source_of(module: str, name: str) -> str:
    """A class, function or constant of a module of this package, as it stands.

    Args:
        module: Its file's name without the suffix.

    Raises:
        KeyError: If the module has none of that name.
    """
    text = (_FOLDER / f"{module}.py").read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        known = node.target if isinstance(node, ast.AnnAssign) else node
        if name in (getattr(known, "name", None), getattr(known, "id", None)):
            return ast.get_source_segment(text, node) or ""
    raise KeyError(name)
