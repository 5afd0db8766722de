"""The program of one side of a classic: what it runs, and nothing else of its file."""

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

Side = Literal["broken", "repaired"]
_HERE = Path(__file__).parent


def program_of(name: str, side: Side, values: Mapping[str, Any]) -> str:
    """A program that runs as it stands, in the very lines of the classic's file.

    Args:
        name: Of a classic.
        values: With which it is called.
    """
    source = (_HERE / f"{name}.py").read_text(encoding="utf-8")
    body = ast.parse(source).body
    needed = _needed(body, side)
    lines = source.splitlines()
    imports = "\n".join(_imports(body, needed))
    parts = [
        "\n".join(lines[node.lineno - 1 : node.end_lineno])
        for node in body if _defines(node) & needed and not _is_import(node)
    ]
    given = ", ".join(f"{key}={value!r}" for key, value in values.items())
    call = f'if __name__ == "__main__":\n    print({side}({given}))'
    return "\n\n\n".join([imports, *parts, call]) + "\n"


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, (ast.Import, ast.ImportFrom))


def _defines(node: ast.stmt) -> set[str]:
    """The names that a statement of the module binds."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    return {
        one.id for one in ast.walk(node)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    }


def _needed(body: list[ast.stmt], start: str) -> set[str]:
    """Every name that a definition reaches, over those that it uses."""
    needed, waiting = set(), [start]
    while waiting:
        name = waiting.pop()
        if name in needed:
            continue
        needed.add(name)
        for node in body:
            if name in _defines(node) and not _is_import(node):
                waiting += [one.id for one in ast.walk(node) if isinstance(one, ast.Name)]
    return needed


def _imports(body: list[ast.stmt], needed: set[str]) -> Iterator[str]:
    """The imports with the needed names alone, in the groups of the file."""
    groups: list[bool] = []
    for node in filter(_is_import, body):
        names = [
            alias for alias in node.names
            if (alias.asname or alias.name).partition(".")[0] in needed
        ]
        if not names:
            continue
        if groups and groups[-1] != _is_foreign(node):
            yield ""
        groups.append(_is_foreign(node))
        node.names = names
        yield ast.unparse(node)


def _is_foreign(node: ast.stmt) -> bool:
    """Whether it imports from outside the standard library."""
    name = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
    return name.partition(".")[0] not in sys.stdlib_module_names
