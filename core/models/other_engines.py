"""The texts of torchsummary and torchinfo, each made in a process of its own.

Both allocate all weights (up to gigabytes) and compute a forward pass. torchsummary prints
instead of returning, and leaves its hooks behind where it fails; torchinfo keeps the model
alive: all of that ends with the process.
"""

import contextlib
import importlib
import importlib.util
import io
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core import portable
from core.messages import ThawError
from core.models import catalogue

if TYPE_CHECKING:
    from torch import nn

ENGINES = ("torchsummary", "torchinfo")
_PROJECT = Path(__file__).parents[2]
_SECONDS = 180

# Why it fails or is wrong, by family or task; where it is right nothing is named.
FAILS = {
    "densenet": "it asks for the size of a module's input, and densenet's layers take a list",
    "detection": "it runs a model in training mode, and there a detector asks for its targets",
    "mvit": "it asks for the size of a module's output, and mvit's blocks return a pair",
    "segmentation": "it asks for the size of a module's output, and the backbone's is a "
    "dictionary",
    "vit": "it asks for the size of a module's output, and attention returns a pair",
}
WRONG = {
    "convnext": "it adds only `weight` and `bias` of modules and misses the layer scale",
    "maxvit": "it adds only `weight` and `bias` of modules and misses the position tables",
    "raft": "it adds the parameters of a module once for each time that it is called",
    "swin": "it misses weights that are handed to a function, and the position tables",
}
# The same of torchinfo's multiply-adds.
_TOKENS = "it counts a layer on tokens for one token, and no attention at all"
_UPSAMPLING = ("it counts transposed convolutions by their output and so four times, and what a "
               "random model finds in noise")
WRONG_MACS = {
    "convnext": "it counts a layer on pixels for one pixel",
    "keypoint_rcnn": _UPSAMPLING,
    "mask_rcnn": _UPSAMPLING,
    "maxvit": _TOKENS,
    "mvit": _TOKENS,
    "raft": "it counts modules alone, and flow is correlated by matrix products between them",
    "swin": _TOKENS,
    "vit": _TOKENS,
}
_AGREES = 0.01  # it adds biases, and writes three digits
_UNITS = {"": 1.0, "KILOBYTES": 1e3, "MEGABYTES": 1e6, "GIGABYTES": 1e9, "TERABYTES": 1e12,
          "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}


@dataclass(frozen=True)
class EngineRun:
    """What an engine gave.

    Attributes:
        seconds: For building the model and summarising it, imports excluded.
    """

    text: str
    seconds: float


@dataclass(frozen=True)
class Verdict:
    """An engine's total beside the exact one.

    Attributes:
        total: Parameters or multiply-adds as its text states them; None if it states none.
        exact: Those of the model; parameters that are shared count once.
        why: Why the two differ, where that is known; "" if they agree.
        tolerance: Share of the exact total by which a rounded one may differ.
    """

    total: int | None
    exact: int
    why: str
    tolerance: float = 0.0

    @property
    def agrees(self) -> bool:
        """Whether the engine's total is the exact one."""
        if self.total is None:
            return False
        return abs(self.total - self.exact) <= self.tolerance * self.exact


def engine_text(engine: str, name: str, weights: str, input_size: tuple[int, ...]) -> str:
    """The text of `run_engine`, which says the rest."""
    return run_engine(engine, name, weights, input_size).text


def run_engine(
    engine: str, name: str, weights: str, input_size: tuple[int, ...]
) -> EngineRun:
    """What an engine prints for the architecture of the weights, with random numbers in it.

    Args:
        engine: One of `ENGINES`.

    Raises:
        ThawError: If the engine is not installed or fails on the model, with the reason; if
            the memory would not be enough; or if the model can't take such an input.
    """
    entry = catalogue.find_any_model(name)
    entry.find_weights(weights)
    if importlib.util.find_spec(engine) is None:
        raise ThawError("models.engine_missing", engine=engine)
    need = entry.params * 4 * 3  # the weights, their copy while they are made, activations
    if need > portable.available_memory():
        raise ThawError("models.engine_memory", engine=engine, model=name, need=need / 1e9)
    asked = json.dumps([engine, name, weights, list(input_size)])
    try:
        child = subprocess.run(
            [sys.executable, "-m", "core.models.other_engines", asked],
            cwd=_PROJECT, capture_output=True, encoding="utf-8", timeout=_SECONDS, check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        raise ThawError("models.engine_slow", engine=engine, model=name,
                        seconds=_SECONDS) from None
    if child.returncode == 0:
        return EngineRun(**json.loads(child.stdout))
    last = (child.stderr.strip().splitlines() or ["it was ended"])[-1]
    known = FAILS if engine == "torchsummary" else {}
    raise ThawError("models.engine_failed", engine=engine, model=name,
                    why=known.get(entry.family) or known.get(entry.task, "see its message"),
                    message=last[:200])


def judge(engine: str, text: str, name: str, exact: int) -> Verdict:
    """The total of parameters that an engine's text states, and why it is not the exact one."""
    stated = re.search(r"Total params: ([\d,]+)", text)
    total = int(stated[1].replace(",", "")) if stated else None
    wrong = WRONG if engine == "torchsummary" else {}
    return Verdict(total, exact, "" if total == exact else _why(wrong, name))


def judge_macs(text: str, name: str, exact: int) -> Verdict:
    """The multiply-adds that torchinfo's text states, and why they are not the exact ones.

    torchsummary's text states none.
    """
    stated = re.search(r"Total mult-adds \((?:Units\.)?(\w*)\): ([\d.]+)", text)
    total = round(float(stated[2]) * _UNITS[stated[1]]) if stated else None
    verdict = Verdict(total, exact, "", _AGREES)
    return verdict if verdict.agrees else Verdict(total, exact, _why(WRONG_MACS, name), _AGREES)


def _why(reasons: dict[str, str], name: str) -> str:
    family = catalogue.find_any_model(name).family
    return next((reasons[key] for key in reasons if family.startswith(key)), "")


def _print(engine: str, name: str, weights: str, input_size: list[int]) -> None:
    from core.models.build import build_architecture

    entry = catalogue.find_any_model(name)
    show = _by_torchsummary if engine == "torchsummary" else _by_torchinfo
    importlib.import_module(engine)
    importlib.import_module("torchvision")
    began = time.perf_counter()
    model = build_architecture(name, entry.find_weights(weights))
    text = show(model, entry.task, tuple(input_size))
    seconds = time.perf_counter() - began
    sys.stdout.reconfigure(encoding="utf-8")  # torchinfo draws its tree with lines
    print(json.dumps({"text": text.strip("\n"), "seconds": seconds}))


def _by_torchsummary(model: "nn.Module", task: str, size: tuple[int, ...]) -> str:
    import torchsummary

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        torchsummary.summary(
            model, [size, size] if task == "optical_flow" else size, device="cpu"
        )
    return printed.getvalue()


def _by_torchinfo(model: "nn.Module", task: str, size: tuple[int, ...]) -> str:
    import torch
    import torchinfo

    one = torch.rand(size)
    batch = [one] if task == "detection" else one[None]
    data = [batch, batch] if task == "optical_flow" else [batch]
    return str(torchinfo.summary(model, input_data=data, device="cpu", verbose=0))


if __name__ == "__main__":
    _print(*json.loads(sys.argv[1]))
