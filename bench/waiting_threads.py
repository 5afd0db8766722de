"""How threads wait for one another, and what it costs: alone, and beside another training.

Full fine-tuning steps at 64 px, batches of 32, two threads: as PyTorch's defaults have it (threads
spin), with `OMP_WAIT_POLICY=passive` (they sleep at once), and as Thaw sets up its workers. The
ways take turns; medians in milliseconds a step, with the ratio to Thaw's.

    python -m bench.waiting_threads [ROUNDS]
"""

import os
import subprocess
import sys
import time
from statistics import median

import torch
from torch.nn import functional
from torchvision.models import get_model

from bench import turns
from core.runs import compute_process

THREADS, STEPS = 2, 5
MODELS = ("resnet18", "mobilenet_v3_small", "shufflenet_v2_x0_5")
WAYS = {
    "Thaw": compute_process.environment(THREADS, {}),
    "passive": {"OMP_NUM_THREADS": str(THREADS), "OMP_WAIT_POLICY": "passive"},
    "default": {"OMP_NUM_THREADS": str(THREADS)},
}


def lap(models: dict) -> turns.Lap:
    """Milliseconds a step of each model."""
    took = {}
    for name, (model, optimizer) in models.items():
        images, targets = torch.randn(32, 3, 64, 64), torch.randint(10, (32,))
        began = time.perf_counter()
        for _ in range(STEPS):
            optimizer.zero_grad()
            functional.cross_entropy(model(images), targets).backward()
            optimizer.step()
        took[name] = 1000 * (time.perf_counter() - began) / STEPS
    return took


def serve(way: str) -> None:
    """Laps of one way."""
    torch.set_num_threads(THREADS)
    if way == "Thaw":
        compute_process.set_up(THREADS)
    models = _models()
    turns.serve(lambda: lap(models))


def _models() -> dict:
    made = {name: get_model(name, num_classes=10).train() for name in MODELS}
    return {
        name: (model, torch.optim.SGD(model.parameters(), lr=0.01, fused=True))
        for name, model in made.items()
    }


def compare(rounds: int) -> None:
    """Prints a line a model."""
    laps = turns.take_turns({
        way: turns.Way(["-m", "bench.waiting_threads", str(rounds), way], variables)
        for way, variables in WAYS.items()
    }, rounds + 1)
    for model in MODELS:
        # The first warms up.
        took = {way: median(lap[model] for lap in some[1:]) for way, some in laps.items()}
        print(f"  {model:20}", *(
            f"{way} {ms:.0f} ms ({ms / took['Thaw']:.2f})  " for way, ms in took.items()
        ), flush=True)


def main(rounds: int) -> None:
    """Prints both tables."""
    print("alone")
    compare(rounds)
    command = [sys.executable, "-m", "bench.waiting_threads", str(rounds), "other"]
    other = subprocess.Popen(command, env={**os.environ, **WAYS["default"]})
    try:
        print("beside a training with PyTorch's defaults")
        compare(rounds)
    finally:
        other.kill()
        other.wait()


if __name__ == "__main__":
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    if sys.argv[2:] == ["other"]:
        while True:
            lap(_models())
    if len(sys.argv) > 2:
        serve(sys.argv[2])
    else:
        main(rounds)
