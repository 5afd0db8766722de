"""Every test has a home folder of its own; the long ones wait for `--long`.

Where `THAW_TEST_PROCESSES` asks for it, the whole suite runs in several processes, each file in
one of them.
"""

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from tests import several_processes

if several_processes.is_one_of_several():  # its neighbours use the other cores
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    several_processes.add_missing_options(parser, pluginmanager)
    parser.addoption("--long", action="store_true", help="also run the tests of minutes and more")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """What `-n auto` means."""
    return several_processes.how_many(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if " at 0x" in item.nodeid:
            raise pytest.UsageError(f"called otherwise in each process: {item.nodeid}")
        if item.path.stem.endswith("_in_browser"):  # a person's clicks, and seconds to answer them
            item.add_marker(pytest.mark.alone)
    if not config.getoption("--long"):
        skip = pytest.mark.skip(reason="minutes and more: run with --long")
        for item in items:
            if "long" in item.keywords:
                item.add_marker(skip)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test with all that is set up for it; waiting for its turn is not its time."""
    # Not by the environment: a pytest that a test starts inherits it, and waits for nobody.
    if not hasattr(item.config, "workerinput"):
        return (yield)
    mine = Path(item.config.option.basetemp)  # each process has a folder beside the others'
    alone = item.get_closest_marker("alone") is not None
    with several_processes.turn(mine.parent, alone):
        return (yield)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh THAW_HOME."""
    folder = tmp_path / "thaw"
    monkeypatch.setenv("THAW_HOME", str(folder))
    return folder
