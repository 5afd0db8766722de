"""Time and memory of a summary by Thaw, torchsummary and torchinfo, over torchvision's registry.

    python bench/summary.py [--rounds 3] [--models resnet18 vgg16 …]

Each measurement is a process of its own, forked when everything is imported, so imports do not
count; the engines take turns at one model. Build and summary count, of the bare constructor
(`weights=None`), at the input that torchvision counts with. Printed are medians a model, and over
the models by how much the faster of the two others takes longer than Thaw.

The second part is one process that goes through all models after a first one, nothing cached.
Linux alone: it forks, and reads /proc for the peak of memory.
"""

import argparse
import contextlib
import gc
import io
import json
import os
import select
import signal
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch
import torchinfo
import torchsummary
from torchvision import models

from core.models import catalogue, summary
from core.models.catalogue import NO_WEIGHTS, ModelEntry
from core.models.summary_skeleton import build_skeleton

SECONDS = 240  # for one measurement
SMALLEST = ("mnasnet0_5", "shufflenet_v2_x0_5", "mobilenet_v3_small", "shufflenet_v2_x1_0",
            "mnasnet0_75")  # the five mobile nets with the fewest multiply-adds


def by_thaw(entry: ModelEntry) -> None:
    """What the page and the command line do."""
    summary.summarize(entry.name, NO_WEIGHTS)


def by_torchsummary(entry: ModelEntry) -> None:
    """As its page says: `summary(model, (3, 224, 224))`; it prints."""
    model, size = bare(entry), entry.input_shape(NO_WEIGHTS)
    with contextlib.redirect_stdout(io.StringIO()):
        given = [size, size] if entry.task == "optical_flow" else size
        torchsummary.summary(model, given, device="cpu")


def by_torchinfo(entry: ModelEntry) -> None:
    """As its page says, with a batch of one."""
    model, picture = bare(entry), torch.rand(entry.input_shape(NO_WEIGHTS))
    batch = [picture] if entry.task == "detection" else picture[None]
    data = [batch, batch] if entry.task == "optical_flow" else [batch]
    torchinfo.summary(model, input_data=data, device="cpu", verbose=0)


ENGINES: dict[str, Callable[[ModelEntry], None]] = {
    "thaw": by_thaw, "torchsummary": by_torchsummary, "torchinfo": by_torchinfo,
}


def bare(entry: ModelEntry) -> torch.nn.Module:
    """The bare constructor's model, with random numbers."""
    more = {"weights_backbone": None} if entry.task in ("detection", "segmentation") else {}
    return models.get_model(entry.name, weights=None, **more)


def measure(engine: str, entry: ModelEntry) -> dict[str, float] | None:
    """Seconds, CPU seconds and MB above the imports; None where it fails or takes too long."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        answer = None
        with contextlib.suppress(Exception):
            answer = _measured(lambda: ENGINES[engine](entry))
        os.write(writer, json.dumps(answer).encode())
        os._exit(0)
    os.close(writer)
    ready, _, _ = select.select([reader], [], [], SECONDS)
    if not ready:
        os.kill(child, signal.SIGKILL)
    said = os.read(reader, 4096)  # nothing where the child was ended for want of memory
    os.close(reader)
    os.waitpid(child, 0)
    return json.loads(said) if said else None


def _measured(work: Callable[[], None]) -> dict[str, float]:
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak of memory so far
    before, wall, cpu = _memory("VmRSS"), time.perf_counter(), time.process_time()
    work()
    return {"s": time.perf_counter() - wall, "cpu": time.process_time() - cpu,
            "mb": _memory("VmHWM") - before}


def _memory(field: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    raise LookupError(field)


def cold(entries: list[ModelEntry], rounds: int) -> None:
    """Prints the first part."""
    print(f"{'model':38}" + "".join(f"{name:>36}" for name in ENGINES))
    print(f"{'':38}" + f"{'s':>12}{'CPU s':>12}{'MB':>12}" * len(ENGINES))
    ratios: dict[str, dict[str, float]] = {"s": {}, "cpu": {}}
    memory: dict[str, float] = {}
    for entry in entries:
        taken: dict[str, list[dict[str, float]]] = {name: [] for name in ENGINES}
        for _ in range(rounds):
            for name, found in taken.items():
                if (one := measure(name, entry)) is not None:
                    found.append(one)
        middle = {
            name: {key: statistics.median(one[key] for one in found) for key in found[0]}
            for name, found in taken.items() if found
        }
        print(f"{entry.name:38}" + "".join(_cells(middle.get(name)) for name in ENGINES),
              flush=True)
        memory[entry.name] = middle["thaw"]["mb"]
        for key, by_model in ratios.items():
            others = [one[key] for name, one in middle.items() if name != "thaw"]
            by_model[entry.name] = min(others) / middle["thaw"][key]
    for key, by_model in ratios.items():
        print(f"the faster of the two others / Thaw, {key}: median "
              f"{statistics.median(by_model.values()):.1f}, least {min(by_model.values()):.2f} "
              f"({min(by_model, key=by_model.get)})")
        small = [by_model[name] for name in SMALLEST if name in by_model]
        print("  five smallest mobile nets: " + ", ".join(f"{one:.2f}" for one in small))
    highest = {e.name: memory[e.name] for e in entries if e.task == "classification"}
    if highest:
        most = max(highest, key=highest.get)
        print(f"most memory above the imports, classification: {highest[most]:.0f} MB ({most})")


def _cells(found: dict[str, float] | None) -> str:
    if found is None:
        return f"{'fails':>36}"
    return f"{found['s']:12.3f}{found['cpu']:12.3f}{found['mb']:12.0f}"


def warm(entries: list[ModelEntry]) -> None:
    """Prints the second part."""
    build_skeleton("alexnet", None)
    taken = {}
    for entry in entries:
        begin = time.perf_counter()
        summary.summarize.__wrapped__(entry.name)
        taken[entry.name] = time.perf_counter() - begin
    under = sum(seconds <= 0.1 for seconds in taken.values())
    print(f"warm: median {statistics.median(taken.values()):.3f} s, at most 0.1 s for {under} of "
          f"{len(taken)}")
    for name in sorted(taken, key=taken.get, reverse=True)[:12]:
        print(f"  {name:40} {taken[name]:.3f} s")


def main() -> None:
    """Both parts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--models", nargs="*")
    asked = parser.parse_args()
    entries = [entry for entry in catalogue.CATALOGUE + catalogue.OTHERS
               if not asked.models or entry.name in asked.models]
    warnings.simplefilter("ignore")  # googlenet's, about its initialisation
    gc.collect()
    gc.freeze()  # as the app does behind its imports, here for all three engines
    cold(entries, asked.rounds)  # first: what runs before a fork is warm in the child
    warm(entries)


if __name__ == "__main__":
    main()
