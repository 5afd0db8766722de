"""A server of the whole app and a browser, for what AppTest can't reach."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("THAW_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]

needs_browser = pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("CI"), reason="no Chromium on this computer"
)


@dataclass
class App:
    """A server of the whole app.

    Attributes:
        home: Its THAW_HOME.
        port: On 127.0.0.1.
    """

    home: Path
    port: int
    process: subprocess.Popen

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://127.0.0.1:{self.port}"

    def end(self) -> None:
        """Ends it as Ctrl-C does, and waits until it has ended."""
        self.process.terminate()
        self.process.wait(20)


def start_app(home: Path, port: int | None = None) -> App:
    """A server that nobody has visited yet."""
    if port is None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port),
         "--server.headless", "true", "--server.fileWatcherType", "none"],
        cwd=ROOT, env={**os.environ, "THAW_HOME": str(home), "TORCH_HOME": str(home)},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    app = App(home, port, process)
    until = time.monotonic() + 60
    while not _answers(f"{app.address}/_stcore/health"):
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            raise RuntimeError("the server did not start")
        time.sleep(0.2)
    return app


@contextmanager
def running_app(home: Path) -> Iterator[str]:
    """The address of a server that ends with the block."""
    app = start_app(home)
    try:
        yield app.address
    finally:
        app.end()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False
