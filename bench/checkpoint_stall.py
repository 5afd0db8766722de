"""How long the loop stands still for a checkpoint, and how much slower steps are beside it.

    python bench/checkpoint_stall.py [--model resnet18] [--rounds 5] [--device cpu]

A checkpoint of the model and its AdamW state: written beside the training (a snapshot, then a
thread) and written while the loop waits, in turn. Prints medians: the standing still of both, its
share of an epoch of 30 seconds, and the time of a step while a thread writes as a ratio to the
time of a step without. Choose `--size` so that a step takes less time than the writing.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch
import torchvision

from core.recipe import CheckpointSpec
from core.training import checkpoint
from core.training.checkpoint_writer import CheckpointWriter

_EPOCH_SECONDS = 30.0
_SPEC = CheckpointSpec(budget_gb=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="resnet18")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--size", type=int, default=224)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    device = torch.device(asked.device)
    model = getattr(torchvision.models, asked.model)(weights=None).to(device)
    optimizer = torch.optim.AdamW(model.parameters())
    images = torch.randn(8, 3, asked.size, asked.size, device=device)

    def step() -> float:
        began = time.perf_counter()
        optimizer.zero_grad()
        model(images).logsumexp(1).mean().backward()
        optimizer.step()
        wait_for(device)
        return time.perf_counter() - began

    for _ in range(3):
        step()
    stood, waited, alone, beside = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        writer = CheckpointWriter(Path(folder), _SPEC)
        for number in range(asked.rounds + 1):  # the first asks for the buffer: it counts apart
            alone += [step() for _ in range(3)]
            content = content_of(model, optimizer, 2 * number + 1)
            stood.append(seconds(lambda: writer.save_epoch(content, is_best=False)))  # noqa: B023
            while writer.is_busy:
                beside.append(step())
            writer.wait()
            content = content_of(model, optimizer, 2 * number + 2)
            waited.append(seconds(lambda: checkpoint.save_epoch(
                Path(folder), content, is_best=False, spec=_SPEC)))  # noqa: B023
        size = (Path(folder) / "last.pt").stat().st_size
    still = median(stood[1:])
    print(f"{asked.model} on {device}, {size / 1e6:.0f} MB, medians of {asked.rounds}")
    print(f"stands still: {1000 * still:.1f} ms, {still / _EPOCH_SECONDS:.3%} of an epoch of 30 s "
          f"(the first time {1000 * stood[0]:.1f} ms)")
    print(f"written while it waits: {1000 * median(waited):.0f} ms, "
          f"{median(waited) / still:.1f} times as long")
    print(f"a step beside a writing: {median(beside) / median(alone):.2f} of a step without "
          f"({1000 * median(alone):.0f} ms)")


def content_of(model: torch.nn.Module, optimizer: torch.optim.Optimizer, epoch: int) -> dict:
    return {
        "epoch": epoch, "step": epoch, "val_loss": 1.0, "val_accuracy": 0.5,
        "model_state_dict": model.state_dict(), "optimizer_state_dict": optimizer.state_dict(),
    }


def seconds(action) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


if __name__ == "__main__":
    main()
