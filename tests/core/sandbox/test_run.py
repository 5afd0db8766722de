"""Hostile code ends in one sentence, within its limits, and leaves nothing behind."""

import sys
import time
from pathlib import Path

import psutil
import pytest

from core.messages import ThawError
from core.models.own_architecture import summarize_own
from core.models.own_architecture_given import Code, Input
from core.sandbox import run
from core.sandbox.limits import Limits

TIGHT = Limits(memory=300_000_000, processes=8)
SHORT = Limits(seconds=2.0, memory=300_000_000, processes=8)  # for what never ends
NET = """
from torch import nn
class Net(nn.Module):
    def forward(self, x):
        return x
"""
needs_walls = pytest.mark.skipif(
    run.bubblewrap_problem() is not None, reason=f"bubblewrap: {run.bubblewrap_problem()}"
)
# The same as another of them, by another way.
LONG = {"endless loop in C", "sleep", "stops itself", "memory in several processes"}
BOXES = ["limits", pytest.param("bubblewrap", marks=[needs_walls, pytest.mark.long])]

# Code -> how the sentence about it begins, or what is in it.
HOSTILE: dict[str, tuple[str, str]] = {
    "endless loop": ("while True: pass", "did not end within 2 s"),
    "endless loop in C": ("sum(iter(int, 1))", "did not end within 2 s"),
    "sleep": ("import time; time.sleep(1000)", "did not end within 2 s"),
    "endless print": ("while True: print('x' * 10**6)", "did not end within 2 s"),
    "stops itself": ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", "did not end"),
    "ignores everything": (
        "import signal\n"
        "for n in range(1, 32):\n"
        "    try: signal.signal(n, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\n"
        "while True:\n"
        "    try: time\n"
        "    except BaseException: pass\n", "did not end"),
    "fork bomb": ("import os\nwhile True: os.fork()", "more than 8 processes"),
    "shell fork bomb": (
        "import subprocess\nsubprocess.run(['sh', '-c', 'f(){ f|f& };f;sleep 9'])",
        "more than 8 processes"),
    "100 GB at once": ("bytearray(100 * 10**9)", "more than the 300 MB"),
    "memory bit by bit": ("x = []\nwhile True: x.append(bytearray(10**7))", "more than the 300 MB"),
    "a tensor of 100 GB": (
        "import torch\ntorch.tensor([1.0]).expand(25 * 10**9).clone()", "more than the 300 MB"),
    "memory in several processes": (
        "import os, time\n"
        "for _ in range(4):\n"
        "    if os.fork() == 0: break\n"
        "x = bytearray(28 * 10**7)\ntime.sleep(9)", "more than the 300 MB"),
    "os._exit": ("import os; os._exit(3)", "exit code 3"),
    "exit": ("print('bye')\nexit()", "exit() in line 2"),
    "kills itself": ("import os; os.kill(os.getpid(), 9)", "SIGKILL"),
    "segmentation fault": ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    "huge message": ("raise ValueError('x' * 10**8)", "ValueError in line 1"),
    "message that raises": (
        "class E(Exception):\n    def __str__(self): raise self\nraise E", "can't be read"),
    "no end of calls": ("def f(): return f()\nf()", "RecursionError in line 1"),
    "a file of gigabytes": (
        "with open('x', 'wb') as f:\n    while True: f.write(bytes(10**6))", "OSError in line 2"),
    "no module": ("print('x')", "has no nn.Module"),
    "closes everything": ("import os\nos.closerange(0, 1000)\n" + NET, "exit code"),
    "answers by itself": (
        "import os\n"
        "for n in range(3, 200):\n"
        "    try: os.write(n, b'{\"value\": {\"summary\": 3}}\\n')\n"
        "    except OSError: pass\n"
        "os._exit(0)", "no readable answer"),
    "answers without end": (
        "import os\n"
        "while True:\n"
        "    for n in range(3, 200):\n"
        "        try: os.write(n, bytes(10**6))\n"
        "        except OSError: pass\n", "larger than 8 MB"),
}


def said(code: str, box: str, limits: Limits = TIGHT) -> str:
    with pytest.raises(ThawError) as raised:
        summarize_own(Code(code), (Input((3,)),), box=box, limits=limits)
    return str(raised.value)


def processes() -> set[int]:
    """All below this one but the one that waits for jobs, which is started by the first."""
    return {
        process.pid for process in psutil.Process().children(recursive=True)
        if "core.sandbox.warm" not in " ".join(process.cmdline())
        and process.status() != psutil.STATUS_ZOMBIE
    }


@pytest.fixture(scope="module", autouse=True)
def warmed() -> None:
    """The first job waits for torch; those behind it are timed."""
    summarize_own(Code(NET), (Input((3,)),), box="limits")


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.long] if name in LONG else []) for name in HOSTILE],
)
def test_hostile_code_ends_in_a_sentence(name: str, box: str, home: Path) -> None:
    code, expected = HOSTILE[name]
    before, begun = processes(), time.monotonic()
    limits = SHORT if "did not end" in expected else TIGHT
    words = said(code, box, limits)
    assert expected in words, words
    assert len(words) < 900 and "\n" not in words
    slow = 4 if box == "limits" else 60  # torch is imported first there
    assert time.monotonic() - begun < limits.seconds + slow
    assert processes() == before
    assert list((home / "cache").iterdir()) == []


@pytest.mark.parametrize("box", BOXES)
def test_no_variable_of_the_server_is_there(box: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "secret-of-the-teacher")
    words = said("import os\nraise ValueError(sorted(os.environ.items()))", box)
    assert "ValueError in line 2" in words and "HOME" in words
    assert "secret" not in words and "THAW_HOME" not in words


@pytest.mark.parametrize("box", BOXES)
def test_a_daemon_does_not_live_on(box: str, tmp_path: Path) -> None:
    code = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        while True: time.sleep(0.1)\n"
        "    os._exit(0)\n"
        "os.wait()\n"
    )
    before = processes()
    found = summarize_own(Code(code + NET), (Input((3,)),), box=box, limits=TIGHT)
    assert found.summary.rows
    assert processes() == before
    server = [one for one in psutil.Process().children() if "warm" in " ".join(one.cmdline())]
    assert all(one.children(recursive=True) == [] for one in server)


def test_a_job_after_hostile_ones_is_as_good_as_the_first() -> None:
    code = "import torch\ntorch.nn.Module.__call__ = None\ntorch.ones = None\nexit()"
    assert "exit()" in said(code, "limits")
    found = summarize_own(Code(NET), (Input((3,)),), box="limits", limits=TIGHT)
    assert found.summary.rows[0].output == (3,)


@pytest.mark.long
def test_where_no_process_can_be_forked(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """macOS and Windows: a process of its own for each job, made ready ahead or not."""
    monkeypatch.setattr(run, "CAN_FORK", False)
    before = processes()
    assert "exit code 3" in said("import os; os._exit(3)", "limits")
    assert "did not end" in said("while True: pass", "limits", SHORT)
    run.prepare("limits")
    assert len(processes() - before) == 1
    found = summarize_own(Code(NET), (Input((3,)),), box="limits")
    assert found.summary.rows[0].output == (3,)
    assert processes() == before and list((home / "cache").iterdir()) == []


@pytest.mark.long
def test_the_waiting_process_may_be_killed() -> None:
    said("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)", "limits")
    found = summarize_own(Code(NET), (Input((3,)),), box="limits", limits=Limits())
    assert found.summary.rows[0].output == (3,)


def test_a_box_that_can_not_be_started_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing takes its place."""
    monkeypatch.setattr(run.bubblewrap, "command", lambda *_: ["/no/such/program"])
    assert "could not be started" in said(NET, "bubblewrap")
    monkeypatch.setattr(run.bubblewrap, "command", lambda *_: ["sh", "-c", "echo no >&2; exit 1"])
    assert "could not be started (no)" in said(NET, "bubblewrap")


@needs_walls
def test_walls(tmp_path: Path) -> None:
    """One job in bubblewrap that looks around, and what it can't find."""
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    code = (
        "import os, socket\n"
        "seen = []\n"
        f"for path in ({str(secret)!r}, '/etc/passwd', '/root/.ssh', '/home'):\n"
        "    if os.path.exists(path): seen.append(path)\n"
        "for path in ('/', '/usr', '/dev', '/tmp', os.path.dirname(os.__file__)):\n"
        "    try: open(path + '/x', 'w'); seen.append('wrote ' + path)\n"
        "    except OSError: pass\n"
        "try: socket.create_connection(('1.1.1.1', 53), timeout=1); seen.append('net')\n"
        "except OSError: pass\n"
        "open('mine', 'w').write('x')\n"
        "os.setuid(0) if os.getuid() == 0 else None\n"
        "raise ValueError(f'seen {seen} as {os.getuid() != 0}')\n"
    )
    assert "seen [] as True" in said(code, "bubblewrap", Limits())
    assert processes() == set()


def test_the_self_test_finds_holes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without walls it names the first thing that could be done."""
    monkeypatch.setattr(run.bubblewrap, "program", lambda: "bwrap")
    monkeypatch.setattr(
        run.bubblewrap, "command",
        lambda folder, _size, arguments: [
            sys.executable, *(a if a != str(run.bubblewrap.job_folder()) else str(folder)
                                  for a in arguments)
        ],
    )
    found = run.bubblewrap_problem.__wrapped__()
    assert found == "its self-test failed: files of others can be read"
