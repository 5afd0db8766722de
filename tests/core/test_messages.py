"""Every id that is raised or noticed has a sentence, and gets the values which that names."""

import ast
import json
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.messages import ENGLISH, Problem, ThawError, sentence

ROOT = Path(__file__).parents[2]
_CALLS = {"ThawError": 1, "Problem": 1, "RecipeError": 1, "SpecError": 1, "BrokenPictureError": 1}


@dataclass(frozen=True)
class Use:
    """One place that names an id; `values` is None where they are not literal."""

    where: str
    id: str
    values: frozenset[str] | None


def called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def values_of(node: ast.Call) -> frozenset[str] | None:
    """Names of the values, if all of them can be read off the call."""
    if called(node) == "Problem":
        given = node.args[1] if len(node.args) > 1 else None
        given = next((word.value for word in node.keywords if word.arg == "values"), given)
        if given is None:
            return frozenset()
        if not isinstance(given, ast.Dict):
            return None
        keys = [key.value if isinstance(key, ast.Constant) else None for key in given.keys]
        return None if None in keys else frozenset(keys)
    names = [word.arg for word in node.keywords]
    return None if None in names else frozenset(names)


def ids_in(node: ast.expr) -> list[str]:
    """The id, or both of `"a" if x else "b"`."""
    if isinstance(node, ast.IfExp):
        return ids_in(node.body) + ids_in(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def uses() -> Iterator[Use]:
    for folder in ("core", "pages"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and called(node) in _CALLS and node.args:
                    where = f"{file.relative_to(ROOT)}:{node.lineno}"
                    for id in ids_in(node.args[0]):
                        yield Use(where, id, values_of(node))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


USES = list(uses())


def test_there_is_something_to_check() -> None:
    assert len(USES) > 80
    assert sum(use.values is not None for use in USES) > 60


@pytest.mark.parametrize("use", USES, ids=lambda use: f"{use.where} {use.id}")
def test_every_id_has_a_sentence_and_its_values(use: Use) -> None:
    assert use.id in ENGLISH
    if use.values is not None:
        assert placeholders(ENGLISH[use.id]) <= use.values


def test_every_sentence_is_used() -> None:
    texts = {
        node.value
        for folder in ("core", "pages")
        for file in (ROOT / folder).rglob("*.py")
        if file.parent.name != "messages"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert sorted(set(ENGLISH) - texts) == []


def test_every_sentence_has_an_end() -> None:
    assert [id for id, text in ENGLISH.items() if not text.endswith((".", "?", "}"))] == []


def test_no_id_is_in_two_tables() -> None:
    tables = sorted((ROOT / "core" / "messages").glob("*.py"))
    found = [
        key.value
        for file in tables
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant) and "." in str(key.value)
    ]
    assert sorted(found) == sorted(ENGLISH)


def test_an_error_is_its_sentence() -> None:
    error = ThawError("data.folder_missing", path="/x")
    assert str(error) == sentence(Problem("data.folder_missing", {"path": "/x"}))
    assert str(error) == "There is no folder /x on this computer."


def test_a_problem_goes_through_json_unchanged() -> None:
    problem = Problem("recipe.too_small", {"title": "epochs", "limit": 1, "given": "0"})
    assert Problem.from_dict(json.loads(json.dumps(problem.as_dict()))) == problem
