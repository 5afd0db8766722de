"""Weights & Biases without a network: its files, a resumed run, and what happens without a service.

Skipped where the package is missing: it is optional.
"""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from core import portable
from core.runs.folder import Run
from core.training.loggers import wandb_logger
from tests.core.training.in_process import new_run, worked

pytest.importorskip("wandb", reason="Weights & Biases is optional: pip install wandb")


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home, and nobody's key."""
    monkeypatch.setenv("THAW_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    for name in ("WANDB_API_KEY", "WANDB_IDENTITY_TOKEN_FILE", "NETRC", "WANDB_MODE"):
        monkeypatch.delenv(name, raising=False)


def rows(run: Run) -> list[list[dict]]:
    """The rows of each attempt, as the package's own records say them."""
    from wandb.proto import wandb_internal_pb2

    found = []
    files = run.path.glob("wandb/offline-run-*/*.wandb")
    for path in sorted(files, key=lambda path: path.stat().st_mtime):
        history = []
        for content in blocks(path.read_bytes()):
            record = wandb_internal_pb2.Record.FromString(content)
            if record.WhichOneof("record_type") == "history":
                history.append({
                    item.key or "/".join(item.nested_key): json.loads(item.value_json)
                    for item in record.history.item
                })
        found.append(history)
    return found


def blocks(data: bytes) -> list[bytes]:
    """The records of LevelDB's log format (32 KiB blocks), behind W&B's header of seven bytes."""
    found, part, at = [], b"", 7
    while at + 7 <= len(data):
        if 32768 - at % 32768 < 7:
            at += 32768 - at % 32768
            continue
        length, kind = int.from_bytes(data[at + 4:at + 6], "little"), data[at + 6]
        part += data[at + 7:at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # whole, or the last part
            found.append(part)
            part = b""
    return found


def test_an_offline_run_holds_the_epochs_and_a_resumed_one_goes_on() -> None:
    run = new_run(loggers={"tensorboard": False, "wandb": True, "wandb_mode": "offline"})
    assert worked(run, stop_after=1) == "stopped"
    assert worked(run, resume=True) == "finished"
    first, second = rows(run)
    assert [row["epoch"] for row in first] == [0, 1]
    assert [row["epoch"] for row in second] == [2, 3]
    assert [row["_step"] for row in first + second] == [0, 1, 2, 3]  # none twice, for the service
    told = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    losses = [one["values"]["loss"] for one in told
              if one["kind"] == "epoch" and one["split"] == "val"]
    assert [row["Loss/test"] for row in first + second] == pytest.approx(losses)
    assert {"Loss/train", "Accuracy/train", "Accuracy/test", "LearningRate/fc"} <= set(second[0])
    said = run.state()["loggers"]
    assert said["wandb"]["online"] is False and said["problems"] == []
    assert "wandb sync" in said["wandb"]["sync"]


def test_no_key_and_no_network_go_offline_with_a_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, why in (("", "no key is set"), ("a" * 40, "can't be reached")):
        monkeypatch.setenv("WANDB_API_KEY", key)
        run = new_run(loggers={"tensorboard": False, "wandb": True, "wandb_mode": "online"})
        assert worked(run) == "finished"
        (problem,) = run.state()["loggers"]["problems"]
        assert problem["id"] == "loggers.wandb_offline" and why in problem["values"]["why"]
        assert len(rows(run)[0]) == 4


def test_a_service_that_refuses_the_key_does_not_stop_the_training(tmp_path: Path) -> None:
    """In a process of its own, as a worker is: and nothing of the package stays behind."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    refuse = (
        "import http.server\n"
        "class Refuse(http.server.BaseHTTPRequestHandler):\n"
        "    def do_POST(self):\n"
        "        self.rfile.read(int(self.headers.get('content-length', 0)))\n"
        "        self.send_error(401)\n"
        "    do_GET = do_POST\n"
        "    def log_message(self, *said): pass\n"
        f"http.server.ThreadingHTTPServer(('127.0.0.1', {port}), Refuse).serve_forever()\n"
    )
    service = subprocess.Popen([sys.executable, "-c", refuse])
    try:
        run = new_run(loggers={"tensorboard": False, "wandb": True, "wandb_mode": "online"})
        done = subprocess.run(
            [sys.executable, "-m", "core", "train", str(run.path)], capture_output=True, text=True,
            timeout=120, env={
                **os.environ, "WANDB_BASE_URL": f"http://127.0.0.1:{port}",
                "WANDB_API_KEY": "a" * 40,
            },
        )
    finally:
        service.kill()
        service.wait()
    assert done.returncode == 0, done.stderr
    (problem,) = run.state()["loggers"]["problems"]
    assert problem["values"]["why"] == "the key was not accepted"
    left = [one for one in psutil.process_iter(["cmdline"])
            if run.id in " ".join(one.info["cmdline"] or [])]
    assert left == []


def test_the_package_that_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    run = new_run(loggers={"tensorboard": False, "wandb": True})
    assert worked(run) == "failed"
    assert run.state()["error"]["id"] == "training.wandb_missing"


def test_a_key_is_found_where_people_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "https://api.wandb.ai"
    assert not wandb_logger._has_key(address)
    (tmp_path / ".netrc").write_text("machine api.wandb.ai login user password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    assert wandb_logger._has_key(address)
    assert not wandb_logger._has_key("https://wandb.example.org")
    monkeypatch.setenv("WANDB_API_KEY", "x")
    assert wandb_logger._has_key("https://wandb.example.org")


def test_rows_are_counted_over_attempts_that_were_killed(tmp_path: Path) -> None:
    run = new_run(loggers={"tensorboard": False, "wandb": True, "wandb_mode": "offline"})
    portable.write_json(run.path / "wandb_rows.json", {"rows": 7, "attempts": 2})
    assert worked(run) == "finished"
    assert [row["_step"] for row in rows(run)[0]] == [7, 8, 9, 10]
    assert {row["attempt"] for row in rows(run)[0]} == {3}
