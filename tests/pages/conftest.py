"""Page tests run the app as a server does: `app.py` first, then the page that it navigates to."""

from pathlib import Path

import pytest
from streamlit.runtime.scriptrunner import script_runner

from tests.core.conftest import train_small


@pytest.fixture(autouse=True)
def app_around_every_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps AppTest from running a page's file alone.

    AppTest forgets before each run that `st.navigation` was called, and then takes a folder
    called pages/ for Streamlit's old kind of app. A server does so at most once, and
    `pages/__init__.py` answers that.
    """

    def run_app(path: str) -> None:
        code = compile(Path(path).read_text(encoding="utf-8"), path, "exec")
        exec(code, {"__name__": "__main__", "__file__": path})

    monkeypatch.setattr(script_runner, "_mpa_v1", run_app)


@pytest.fixture(scope="package")
def ended_children():
    """The process that runs loaders and other jobs ends with the tests that asked it."""
    yield
    from pages.widgets.batches.children import children

    children().close()


@pytest.fixture(scope="session")
def trained_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A runs folder with a linear probe and a fine-tune that were really trained, seconds each.

    Tests read a copy of it.
    """
    root = tmp_path_factory.mktemp("trained")
    for preset in ("linear_probe", "all"):
        train_small(root, name=f"small {preset}", freeze={"preset": preset},
                    train={"epochs": 3, "threads": 1})
    return root / "runs"
