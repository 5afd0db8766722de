"""One real TensorBoard for a home: shared, checked to be ours, ended."""

import importlib.util
import os
import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from core import portable
from core.messages import ThawError
from core.runs import tensorboard_server


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("THAW_HOME", str(tmp_path))
    yield tmp_path
    tensorboard_server.end()


def test_it_is_started_once_for_all_who_ask_at_once_and_ended(home: Path) -> None:
    assert tensorboard_server.running() is None
    found: list[tensorboard_server.Server] = []
    asking = [
        threading.Thread(target=lambda: found.append(tensorboard_server.start())) for _ in range(4)
    ]
    for one in asking:
        one.start()
    for one in asking:
        one.join(90)
    assert len(found) == 4 and len(set(found)) == 1
    server = found[0]
    assert tensorboard_server.running() == server
    with urllib.request.urlopen(server.address, timeout=10) as answer:
        assert b"TensorBoard" in answer.read()
    listening = {
        one.laddr.ip for one in psutil.Process(server.pid).net_connections()
        if one.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}
    tensorboard_server.end()
    assert tensorboard_server.running() is None
    assert portable.process_identity(server.pid) is None
    tensorboard_server.end()  # one that is gone is no error


def test_a_file_of_somebody_else_s_process_or_of_another_home_is_not_believed(home: Path) -> None:
    ours = portable.process_identity(os.getpid())
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        file = home / "tensorboard.json"
        portable.write_json(file, {**ours, "port": silent.getsockname()[1]})
        assert tensorboard_server.running() is None  # nobody answers there
    for damaged in ({}, {"pid": os.getpid()}, {**ours, "port": "6006"}, {**ours, "boot": 0}):
        portable.write_json(file, damaged)
        assert tensorboard_server.running() is None
    portable.write_json(file, {**ours, "started": ours["started"] - 100, "port": 1})
    tensorboard_server.end()  # that process is gone: this one, which has its id, lives on
    assert not file.exists()


def test_a_taken_port_is_passed_by(home: Path) -> None:
    with socket.socket() as taken:
        with suppress(OSError):  # it may be taken already
            taken.bind(("127.0.0.1", 6006))
        taken.listen()
        server = tensorboard_server.start()
    assert server.port != 6006


def test_a_missing_package_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ThawError) as refused:
        tensorboard_server.start()
    assert refused.value.problem.id == "tensorboard.missing"
