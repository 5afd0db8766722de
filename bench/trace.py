"""What the trace of a DataLoader costs, in µs of CPU a sample.

    python bench/trace.py [--rounds 21] [--batches 300]

The same loader, plain and traced, goes through the same samples in turns; CPU seconds are those
of this process and of all workers, which have ended by then. Printed are medians over the rounds
and the median of the differences, which is what the trace costs. Laps are short and in turns, for
where others use the machine too a batch of a worker takes up to twice the CPU. The samples are 5
random numbers and a label: as cheap as a sample can be, so that the trace shows. Linux and macOS
alone: Windows does not tell what ended processes took.
"""

import argparse
import resource
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch
from torch.utils.data import DataLoader, TensorDataset

from core.data.race_trace import traced
from core.data.trace import now

LIMIT = 30.0  # µs a sample
CASES = [(workers, size) for workers in (0, 2) for size in (1, 8, 32, 128)]


def loader(samples: int, size: int, workers: int) -> DataLoader:
    """Over as many cheap samples."""
    data = TensorDataset(torch.rand(samples, 5), torch.zeros(samples, dtype=torch.int64))
    return DataLoader(data, batch_size=size, shuffle=True, num_workers=workers)


def used() -> float:
    """CPU seconds of this process and of its children that have ended."""
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def epoch(over: DataLoader) -> tuple[float, float]:
    """CPU and wall seconds of an epoch, the end of its workers included."""
    cpu, wall = used(), now()
    iterator = iter(over)
    for _ in iterator:
        pass
    if over.num_workers:
        iterator._shutdown_workers()
    return used() - cpu, now() - wall


def measure(workers: int, size: int, samples: int, rounds: int) -> dict[str, float]:
    """Medians in µs a sample, of both loaders in turns."""
    plain: list[tuple[float, float]] = []
    with_trace: list[tuple[float, float]] = []
    for number in range(rounds + 1):
        order = [(plain, loader), (with_trace, lambda *of: traced(loader(*of)))]
        for found, build in order if number % 2 else reversed(order):
            found.append(epoch(build(samples, size, workers)))
    per = 1e6 / samples

    def middle(values: list[float]) -> float:
        return per * statistics.median(values[1:])  # the first round warms up

    return {
        "plain": middle([cpu for cpu, _ in plain]),
        "traced": middle([cpu for cpu, _ in with_trace]),
        "cost": middle([b[0] - a[0] for a, b in zip(plain, with_trace, strict=True)]),
        "wall": middle([b[1] - a[1] for a, b in zip(plain, with_trace, strict=True)]),
    }


def main() -> None:
    """Prints a line a case, and whether each is within the limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--batches", type=int, default=300)
    args = parser.parse_args()
    torch.set_num_threads(1)
    print("µs a sample, medians             plain CPU   traced CPU   cost (CPU)   cost (wall)")
    worst = 0.0
    for workers, size in CASES:
        found = measure(workers, size, args.batches * size, args.rounds)
        worst = max(worst, found["cost"])
        print(f"num_workers {workers}, batch_size {size:4}    " + "".join(
            f"{found[name]:13.2f}" for name in ("plain", "traced", "cost", "wall")
        ), flush=True)
    print(f"worst {worst:.1f} µs a sample; at most {LIMIT:.0f} are allowed: "
          f"{'within' if worst <= LIMIT else 'OVER'}")


if __name__ == "__main__":
    main()
