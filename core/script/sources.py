"""Functions of Thaw's own that a script prints as they stand."""

import ast
from pathlib import Path


def sources_of(file: Path, *wanted: str) -> list[str]:
    """Functions, classes and constants of a module, with all of it that they use.

    Args:
        file: The module; what is printed may import torch, torchvision and NumPy only.
        wanted: Names at its top level.

    Raises:
        KeyError: If it has no such name.
    """
    text = file.read_text(encoding="utf-8")
    nodes: dict[str, ast.stmt] = {}
    for node in ast.parse(text).body:
        for name in _named(node):
            nodes[name] = node
    needed: list[ast.stmt] = []
    waiting = [nodes[name] for name in wanted]
    while waiting:
        node = waiting.pop()
        if node not in needed:
            needed.append(node)
            used = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
            waiting += [nodes[name] for name in used if name in nodes]
    return [_source(text, node) for node in sorted(needed, key=lambda node: node.lineno)]


def _named(node: ast.stmt) -> list[str]:
    """The names that a statement gives, but for imports."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return [
            one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)
        ]
    return []


def _source(text: str, node: ast.stmt) -> str:
    """With its decorators, which its own position leaves out."""
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
    return "\n".join(text.splitlines()[first - 1 : node.end_lineno])
