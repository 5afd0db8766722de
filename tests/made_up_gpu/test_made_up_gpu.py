"""What only a GPU executes, on one that is made up, in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.made_up_gpu import build

CHECKS = Path(__file__).parent / "checks"
LONG = CHECKS / "compiled.py"
FILES = sorted(
    file for file in CHECKS.glob("*.py")
    if file.stem not in ("__init__", "conftest") and file != LONG
)


def test_all_checks_pass_on_the_made_up_gpu(tmp_path: Path) -> None:
    assert [file.stem for file in FILES] == ["memory", "runs", "scripts", "steps"]
    check(FILES, tmp_path)


@pytest.mark.long
def test_what_torch_compile_makes_runs_there_too(tmp_path: Path) -> None:
    pytest.importorskip("triton")
    cache = str(tmp_path / "cache")
    check([LONG], tmp_path, TRITON_CACHE_DIR=cache, TORCHINDUCTOR_CACHE_DIR=cache)


def check(files: list[Path], tmp_path: Path, **settings: str) -> None:
    if why := build.why_not():
        pytest.skip(why)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *map(str, files)],
        cwd=CHECKS.parents[2], env=build.environment(build.build(tmp_path), **settings),
        capture_output=True, text=True, timeout=600,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "skipped" not in done.stdout
