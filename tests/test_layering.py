"""The rules of the house (DESIGN 1) that a reader of imports can check."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = sorted((ROOT / "core").rglob("*.py"))
PAGES = sorted((ROOT / "pages").rglob("*.py"))

# Loaded without torch, each in a process of its own: what the app and its first page need,
# and what only reads run folders and catalogues.
WITHOUT_TORCH = (
    "core.recipe", "core.recipe_link", "core.ready_recipes", "core.messages", "core.places",
    "core.portable",
    "core.models.catalogue", "core.models.bundled", "core.data.datasets",
    "core.data.collate_table", "core.data.collate_trial", "core.data.typed_check",
    "core.runs", "core.runs.folder", "core.runs.status",
    "core.runs.metrics", "core.runs.supervisor", "core.runs.tensorboard_server",
    "core.runs.checkpoints", "core.runs.queue",
    "core.runs.experiment", "core.evaluation.experiment", "core.evaluation.experiment_verdict",
    "core.evaluation.experiment_time",
    "core.evaluation.run_series", "core.evaluation.compare_lines", "core.evaluation.compare_csv",
    "core.runs.sweep", "core.runs.sweep_refusal", "core.evaluation.sweep",
    "core.evaluation.sweep_noise", "core.evaluation.sweep_time", "core.evaluation.sweep_csv",
    "core.training.epoch_time_process", "core.training.lr_finder_process",
    "core.models.own_architecture", "core.sandbox.policy", "core.sandbox.run",
    "pages.state.draft", "pages.state.person", "pages.widgets.deep_link",
    "pages.widgets.fields", "pages.widgets.start.way", "pages.widgets.start.running",
    "pages.widgets.start.recipe_file", "pages.widgets.start.places_table",
)


def imports(file: Path) -> Iterator[str]:
    """Every module that a file imports, anywhere in it, as a dotted name."""
    package = list(file.relative_to(ROOT).with_suffix("").parts)
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: -node.level]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            yield module
            yield from (f"{module}.{name.name}" for name in node.names)


def roots(file: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(file)}


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_there_is_something_to_check() -> None:
    assert len(CORE) > 15
    assert len(PAGES) > 10


@pytest.mark.parametrize("file", CORE, ids=module_name)
def test_core_knows_no_page_and_no_streamlit(file: Path) -> None:
    assert roots(file).isdisjoint({"streamlit", "pages"})


def test_what_trains_needs_no_chart_library_and_no_torchsummary() -> None:
    by_name = {module_name(file): file for file in CORE}
    reached, waiting = set(), [name for name in by_name if name.startswith("core.training")]
    assert waiting
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        found = set(imports(by_name[name]))
        assert {one.split(".")[0] for one in found}.isdisjoint({"altair", "torchsummary"}), name
        waiting += [one for one in found if one in by_name]


@pytest.mark.parametrize("file", [ROOT / "app.py", *PAGES], ids=lambda file: file.stem)
def test_session_state_is_touched_in_pages_state_alone(file: Path) -> None:
    if file.parent == ROOT / "pages/state":
        return
    names = {
        node.attr for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
    }
    assert "session_state" not in names
    assert not any(name.endswith(".session_state") for name in imports(file))


@pytest.mark.parametrize("file", sorted((ROOT / "pages").glob("*.py")), ids=lambda file: file.stem)
def test_a_page_neither_imports_torch_nor_opens_checkpoints(file: Path) -> None:
    assert roots(file).isdisjoint({"torch", "torchvision", "torchsummary"})


def test_no_file_is_called_after_nothing() -> None:
    empty = {"utils", "helpers", "common", "manager"}
    assert [file for file in CORE + PAGES if file.stem in empty] == []


def test_app_start_and_runs_load_no_torch() -> None:
    """One process imports them one after another and names the first that brings torch."""
    script = (
        "import importlib, sys\n"
        f"for name in {WITHOUT_TORCH!r}:\n"
        "    importlib.import_module(name)\n"
        "    if 'torch' in sys.modules: sys.exit(name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


def test_drawing_the_start_page_loads_no_torch() -> None:
    script = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "at = AppTest.from_file('app.py', default_timeout=60).run()\n"
        "assert at.title[0].value == 'Thaw', at\n"
        "assert not at.exception and not at.error, at.error\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
