"""The devices of a machine: found by a program of NVIDIA's, or as somebody says."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from core.messages import ThawError
from core.recipe import Recipe, TrainSpec
from core.runs import device_slots

A, B, C = (f"GPU-{n * 8}-aaaa-bbbb-cccc-dddddddddddd" for n in "123")
TWO = f"GPU 0: NVIDIA H200 (UUID: {A})\nGPU 1: NVIDIA GeForce RTX 3060 (12 GB) (UUID: {B})\n"
DIVIDED = f"""GPU 0: NVIDIA A100-SXM4-40GB (UUID: {A})
  MIG 3g.20gb     Device  0: (UUID: MIG-11111111)
  MIG 3g.20gb     Device  1: (UUID: MIG-22222222)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: {B})
"""


@pytest.fixture
def look(monkeypatch):
    """The machine is looked at, and with a torch that was built for GPUs."""
    monkeypatch.delenv(device_slots.SETTING)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(device_slots, "_torch_is_for_cuda", lambda: True)
    monkeypatch.setattr(device_slots, "_is_apple_gpu", lambda: False)
    device_slots._listed.cache_clear()
    yield
    device_slots._listed.cache_clear()


@pytest.fixture
def smi(look, monkeypatch, tmp_path):
    """Puts an `nvidia-smi` first in the path: a real program that does what it is told."""
    if sys.platform == "win32":
        pytest.skip("a program here is a shell script")

    def put(does):
        program = tmp_path / "bin" / "nvidia-smi"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n[ \"$1\" = -L ] || exit 9\n{does}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
        return program

    return put


def prints(text):
    return f"cat <<'END'\n{text}END"


def test_the_gpus_are_those_that_are_listed_and_the_cpu_is_one_more(smi):
    smi(prints(TWO))
    assert device_slots.of_machine() == ("cuda:0", "cuda:1", "cpu")
    assert device_slots.of_kind("cuda") == ("cuda:0", "cuda:1")
    assert list(map(device_slots.title, device_slots.of_machine())) == ["GPU 0", "GPU 1", "CPU"]
    assert device_slots.environment(["cuda:1"])["CUDA_VISIBLE_DEVICES"] == B
    assert device_slots.environment(["cuda:1", "cuda:0"])["CUDA_VISIBLE_DEVICES"] == f"{B},{A}"
    assert device_slots.environment(["cpu"]) == {}


def test_it_is_asked_once(smi, tmp_path):
    program = smi(f"echo asked >> {tmp_path}/asked\n{prints(TWO)}")
    for _ in range(3):
        assert len(device_slots.of_machine()) == 3
    assert (tmp_path / "asked").read_text() == "asked\n"
    program.unlink()
    assert len(device_slots.of_machine()) == 3


def test_the_instances_of_a_divided_gpu_are_devices(smi):
    smi(prints(DIVIDED))
    assert device_slots.of_machine() == ("cuda:0", "cuda:1", "cuda:2", "cpu")
    found = [device_slots.environment([f"cuda:{n}"])["CUDA_VISIBLE_DEVICES"] for n in range(3)]
    assert found == ["MIG-11111111", "MIG-22222222", B]


@pytest.mark.parametrize("does", [
    "echo 'NVIDIA-SMI has failed because it could not communicate with the driver.'; exit 9",
    "echo 'No devices were found'", "kill -SEGV $$", "sleep 60", r"printf '\377\376 GPU 0:'",
])
def test_a_broken_driver_is_no_gpu(smi, monkeypatch, does):
    monkeypatch.setattr(device_slots, "_SECONDS", 0.3)
    smi(does)
    assert device_slots.of_machine() == ("cpu",)


def test_without_the_program_there_is_no_gpu(look, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert device_slots.of_machine() == ("cpu",)


@pytest.mark.parametrize(("visible", "slots"), [
    ("1", ["cuda:1"]), ("1,0", ["cuda:0", "cuda:1"]), (B[:9], ["cuda:1"]), ("", []), ("-1", []),
    ("0,7,1", ["cuda:0"]), ("1,1", ["cuda:1"]), ("NoDevFiles", []),
])
def test_what_this_process_may_not_see_is_not_there(smi, monkeypatch, visible, slots):
    smi(prints(TWO))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert device_slots.of_machine() == (*slots, "cpu")


@pytest.mark.parametrize(("version", "can"), [
    ("cuda: Optional[str] = '13.0'\nhip: Optional[str] = None\n", True),
    ("cuda = '11.8'\n", True), ("cuda: Optional[str] = None\n", False), ("cuda = None\n", False),
])
def test_a_torch_for_the_cpu_has_no_gpu(smi, monkeypatch, tmp_path, version, can):
    monkeypatch.undo()
    monkeypatch.delenv(device_slots.SETTING, raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    smi(prints(TWO))
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "version.py").write_text(version)
    spec = SimpleNamespace(origin=str(tmp_path / "torch" / "__init__.py"))
    monkeypatch.setattr(device_slots, "find_spec", {"torch": spec}.get)
    assert ("cuda:0" in device_slots.of_machine()) is can


def test_looking_imports_no_torch(home):
    code = ("import sys; from core.runs import device_use\n"
            "device_use.device_slots.of_machine(); print('torch' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "False\n", done.stderr


@pytest.mark.parametrize(("setting", "slots"), [
    ("cpu", ["cpu"]), ("cpu, CPU,cpu", ["cpu"] * 3), ("cuda", ["cuda:0", "cpu"]),
    ("cpu,cuda:10,cuda:2", ["cuda:2", "cuda:10", "cpu"]), ("mps", ["mps", "cpu"]),
    ("cuda:0,cuda:0", ["cuda:0", "cuda:0", "cpu"]), ("  ", ["cpu"]),
])
def test_somebody_says_which_devices_there_are(look, monkeypatch, tmp_path, setting, slots):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv(device_slots.SETTING, setting)
    assert device_slots.of_machine() == tuple(slots)


@pytest.mark.parametrize("setting", ["gpu", "cuda:x", "cpu,,cpu", "2", "cuda:-1", "cuda:0 cuda:1"])
def test_what_is_no_device_is_said(monkeypatch, setting):
    monkeypatch.setenv(device_slots.SETTING, setting)
    with pytest.raises(ThawError, match="THAW_DEVICES is “"):
        device_slots.of_machine()


def test_devices_that_are_said_but_not_listed_go_by_their_number(look, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv(device_slots.SETTING, "cuda:0,cuda:3")
    assert device_slots.environment(["cuda:3"]) == {
        "CUDA_VISIBLE_DEVICES": "3", "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
    }
    # A run on the CPU must not find the GPU that somebody kept from it.
    assert device_slots.environment(["cpu"]) == {"CUDA_VISIBLE_DEVICES": ""}


def recipe(device, **train):
    return Recipe(train=TrainSpec(device=device, **train))


@pytest.mark.parametrize(("setting", "device", "kind"), [
    ("cpu", "auto", "cpu"), ("cuda:0", "auto", "cuda"), ("mps", "auto", "mps"),
    ("mps,cuda:0", "auto", "cuda"), ("cuda:0", "cpu", "cpu"), ("cpu", "cuda", "cpu"),
])
def test_the_kind_is_what_the_worker_will_choose(monkeypatch, setting, device, kind):
    monkeypatch.setenv(device_slots.SETTING, setting)
    assert device_slots.kind_for(recipe(device)) == kind
    assert device_slots.count_for(recipe(device)) == 1
    assert device_slots.of_this_process(recipe(device))[0].startswith(kind)


@pytest.mark.parametrize(("setting", "count"), [
    ("cuda:0,cuda:1,cuda:2", 2), ("cuda:0", 1), ("cuda:0,cuda:0", 1), ("cpu,cpu", 1),
])
def test_processes_take_a_gpu_each_and_never_more_than_there_are(monkeypatch, setting, count):
    monkeypatch.setenv(device_slots.SETTING, setting)
    assert device_slots.count_for(recipe("auto", processes=2)) == count
