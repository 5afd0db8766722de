"""The devices of this machine, as slots that runs hold: "cuda:0", "cuda:1", "mps", "cpu".

A slot takes one run at a time; runs on different slots go on side by side. Found without torch:
NVIDIA's GPUs by `nvidia-smi -L`, numbered as it lists them (an instance of a divided GPU counts
as one). `THAW_DEVICES` says otherwise, such as `cuda:0,cuda:1` or, on a machine of many cores,
`cpu,cpu,cpu`: a device named twice takes two runs at a time. The CPU takes one in any case, so
that no run waits for ever.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from core.messages import ThawError
from core.recipe import Recipe

SETTING = "THAW_DEVICES"
_VISIBLE = "CUDA_VISIBLE_DEVICES"
_KINDS = ("cuda", "mps", "cpu")  # the order in which the worker's "auto" takes them
_SLOT = re.compile(r"cpu|mps|cuda:\d+")
_SECONDS = 10.0  # nvidia-smi wakes a driver that sleeps; a broken one hangs
# As in "GPU 0: NVIDIA A100 (UUID: GPU-5d5b…)" and, below it, "  MIG 3g.20gb  Device 0: (UUID: …)".
_LISTED = re.compile(r"(GPU |\s+MIG ).*\(UUID: (\S+)\)\s*")


def of_machine() -> tuple[str, ...]:
    """The slots of this machine, GPUs first; one that takes several runs as often as that.

    Raises:
        ThawError: If `THAW_DEVICES` names what is no device.
    """
    said = _said()
    slots = [*_found_gpus(), *(["mps"] if _is_apple_gpu() else [])] if said is None else said
    return tuple(sorted(slots if "cpu" in slots else [*slots, "cpu"], key=_place))


def kind(slot: str) -> str:
    """What a recipe's `train.device` calls it: "cuda", "mps" or "cpu"."""
    return slot.partition(":")[0]


def of_kind(wanted: str) -> tuple[str, ...]:
    """The slots of this machine of that kind."""
    return tuple(slot for slot in of_machine() if kind(slot) == wanted)


def kind_for(recipe: Recipe) -> str:
    """Which kind of slot a run of the recipe holds.

    One that asks for what is not there holds the CPU's: its worker says so and ends.
    """
    asked = recipe.train.device
    there = {kind(slot) for slot in of_machine()}
    wanted = _KINDS if asked == "auto" else (asked, "cpu")
    return next(one for one in wanted if one in there)


def count_for(recipe: Recipe) -> int:
    """How many slots of its kind: as many GPUs as it has processes, else one."""
    found = kind_for(recipe)
    if found != "cuda":
        return 1
    return min(recipe.train.processes, len(set(of_kind(found))))


def of_this_process(recipe: Recipe) -> tuple[str, ...]:
    """The slots that a run of the recipe takes if this process trains it: the first it sees."""
    return tuple(dict.fromkeys(of_kind(kind_for(recipe))))[: count_for(recipe)]


def environment(slots: Sequence[str]) -> dict[str, str]:
    """What a worker's environment needs, so that it sees the GPUs among its slots and no other."""
    gpus = [slot for slot in slots if kind(slot) == "cuda"]
    if not gpus:
        # Where somebody said which devices there are, "auto" must not find others.
        return {} if _said() is None else {_VISIBLE: ""}
    ids = _listed()
    numbers = [int(slot.partition(":")[2]) for slot in gpus]
    # By number where nothing is listed, in the order of `nvidia-smi` and not of speed.
    names = [ids[number] if number < len(ids) else str(number) for number in numbers]
    return {_VISIBLE: ",".join(names), "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


def title(slot: str) -> str:
    """A slot as a person knows it: "GPU 1", "GPU" where it is the only one, "CPU"."""
    found = kind(slot)
    if found == "cuda" and len(set(of_kind("cuda"))) > 1:
        return f"GPU {slot.partition(':')[2]}"
    return {"cuda": "GPU", "mps": "Apple GPU", "cpu": "CPU"}[found]


def titles(slots: Iterable[str]) -> str:
    """Slots as they stand in a sentence: "the GPU", "GPU 0 and GPU 2", "the CPU"."""
    names = [title(slot) for slot in dict.fromkeys(slots)]
    return " and ".join(name if name[-1].isdigit() else f"the {name}" for name in names)


def _place(slot: str) -> tuple[int, int]:
    return _KINDS.index(kind(slot)), int(slot.partition(":")[2] or 0)


def _said() -> list[str] | None:
    """The slots that `THAW_DEVICES` names; None if it is not set."""
    setting = os.environ.get(SETTING, "").strip().lower()
    if not setting:
        return None
    slots = ["cuda:0" if one.strip() == "cuda" else one.strip() for one in setting.split(",")]
    if not all(_SLOT.fullmatch(slot) for slot in slots):
        raise ThawError("runs.bad_devices", given=setting[:80])
    return slots


def _found_gpus() -> list[str]:
    """NVIDIA's GPUs that this process may use, as CUDA reads `CUDA_VISIBLE_DEVICES`."""
    ids = _listed()
    given = os.environ.get(_VISIBLE)
    if given is None:
        return [f"cuda:{number}" for number in range(len(ids))]
    seen: list[str] = []
    for one in (part.strip() for part in given.split(",")):
        alike = [number for number, id in enumerate(ids)
                 if one == str(number) or one.startswith(("GPU-", "MIG-")) and id.startswith(one)]
        if not alike:
            break  # CUDA ignores what follows a device that is not there
        seen.append(f"cuda:{alike[0]}")
    return list(dict.fromkeys(seen))


@lru_cache(maxsize=1)
def _listed() -> tuple[str, ...]:
    """The ids by which CUDA knows the GPUs of this machine; none where torch can't use them."""
    program = shutil.which("nvidia-smi")
    if program is None or not _torch_is_for_cuda():
        return ()
    try:
        said = subprocess.run(
            [program, "-L"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=_SECONDS, check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ()
    return _ids(said)


def _ids(said: str) -> tuple[str, ...]:
    """The ids in what `nvidia-smi -L` prints; a divided GPU's instances stand for it."""
    ids: list[str] = []
    whole = ""  # the GPU whose instances may follow
    for found in filter(None, map(_LISTED.fullmatch, said.splitlines())):
        is_whole = found[1] == "GPU "
        if not is_whole and ids[-1:] == [whole]:
            ids.pop()
        whole = found[2] if is_whole else whole
        ids.append(found[2])
    return tuple(ids)


def _torch_is_for_cuda() -> bool:
    """Whether the installed torch was built for GPUs, read and not imported: that takes seconds."""
    spec = find_spec("torch")
    try:
        text = (Path(spec.origin).parent / "version.py").read_text() if spec else ""
    except OSError:
        return True  # built in another way: taken at nvidia-smi's word
    return re.search(r"(?m)^cuda\b.*= *None\s*$", text) is None and spec is not None


def _is_apple_gpu() -> bool:
    return sys.platform == "darwin" and platform.machine() == "arm64"
