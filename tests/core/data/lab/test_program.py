"""The programs that the lab shows: they run as they stand, and import nothing of ours."""

import ast
import os
import subprocess
import sys

import pytest

from core.data.lab.program import program_of
from core.data.lab.table import CLASSICS

SIDES = ("broken", "repaired")
OURS = {"torch", "torchvision", "numpy", "sklearn"}
DEFAULTS = {one.name: {option.name: option.default for option in one.options} for one in CLASSICS}


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", DEFAULTS)
def test_a_program_is_whole_and_imports_what_a_reader_has(name, side):
    code = program_of(name, side, DEFAULTS[name])
    imported = {
        alias.name.partition(".")[0]
        for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Import)
        for alias in node.names
    } | {
        node.module.partition(".")[0]
        for node in ast.walk(ast.parse(code)) if isinstance(node, ast.ImportFrom)
    }
    assert imported - set(sys.stdlib_module_names) <= OURS
    other = "repaired" if side == "broken" else "broken"
    assert f"def {side}(" in code and f"def {other}(" not in code
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F", "-"],
        input=code, capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stdout  # no name is missing and none is idle


@pytest.mark.parametrize(
    ("name", "side", "said"),
    [("pickling", "repaired", "[2.0, 2.5, 3.0, 3.5]\nTrue\n"),
     ("length", "broken", "10 of 150 rows; samples of each class: {0: 10}\nFalse\n"),
     ("too_few", "broken", "len(loader) is 0\n")],
)
def test_a_copied_program_runs(tmp_path, name, side, said):
    file = tmp_path / "copied.py"
    file.write_text(program_of(name, side, DEFAULTS[name]))
    done = subprocess.run(
        [sys.executable, str(file)], cwd=tmp_path, capture_output=True, text=True, timeout=120,
        env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False,
    )
    assert done.stdout.endswith(said)
    assert ("ZeroDivisionError" in done.stderr) == (name == "too_few")
