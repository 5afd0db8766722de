"""Which precision, memory format and threads are fastest for a recipe here, by a few steps.

By name nobody can say: bfloat16 was up to 30 times slower on one CPU and 1.5 times faster on
another. The variants take turns on the same batches, so that what else the machine does meets
all of them, and each has the median of its steps. On a CPU the fastest of them then meets other
numbers of threads.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import cycle, islice, product
from pathlib import Path
from statistics import median

import torch
from torch import Tensor

from core import portable
from core import recipe as recipes
from core.messages import ThawError
from core.models.freezing import train_mode
from core.recipe import Recipe
from core.runs import folder
from core.runs.status import running_runs
from core.training import devices, preparing
from core.training.loop import Training
from core.training.report import RunReport
from core.training.step import train_step
from core.training.what_pays_process import Found, Variant, with_variant

_ROUNDS = 4
_STEPS = 3  # of a variant in a round; the first after a change of layout is not counted
_HOPELESS = 4.0  # times the fastest so far
_SECONDS = 60.0  # no other round is begun after that
_BATCHES = 4

Batch = tuple[Tensor, Tensor]


def measure(recipe: Recipe, place: Path, say: Callable[[str], None]) -> Found:
    """Trains some steps in each variant that the device has.

    Args:
        place: A folder for everything that is written, to be thrown away.
        say: Told the phase that begins: "preparing" or "training".

    Raises:
        ThawError: As a run of the recipe would; or a run began to train meanwhile.
    """
    say("preparing")
    training = _prepared(recipe, place)
    batches = list(islice(training.data.train(1, 0), _BATCHES))
    say("training")
    variants = _compared(training, _variants(training.device, recipe.train.threads), batches)
    on_cpu = training.device.type == "cpu"
    if on_cpu:
        say("threads")
        others = _in_other_threads(variants, recipe.train.processes)
        variants += _compared(training, others, batches)
    if others := running_runs():
        raise ThawError("timing.disturbed", run=others[0].name)
    # On the CPU each has threads of its own.
    title = "the CPU" if on_cpu else devices.device_title(training.device)
    return Found(title, tuple(variants))


def _compared(
    training: Training, variants: Sequence[Variant], batches: list[Batch]
) -> list[Variant]:
    """The variants with their seconds."""
    took: list[list[float]] = [[] for _ in variants]
    stopped = [False] * len(variants)
    began = time.perf_counter()
    for turn in range(_ROUNDS):
        if turn > 1 and time.perf_counter() - began > _SECONDS:
            break
        for index, variant in enumerate(variants):
            if stopped[index]:
                continue
            others = [median(times) for times in took[:index] if times]
            limit = _HOPELESS * min(others) if others else float("inf")
            seconds = _turn(training, variant, batches, limit)
            took[index] += seconds
            stopped[index] = median(seconds) > limit
    return [
        replace(variant, seconds=median(times), steps=len(times), stopped=given_up)
        for variant, times, given_up in zip(variants, took, stopped, strict=True)
    ]


def _prepared(recipe: Recipe, place: Path) -> Training:
    """The training without what would compute features, compile or go to the network.

    Of several processes it is the share of one.
    """
    share = max(-(-recipe.loader.batch_size // recipe.train.processes), recipe.train.accumulate)
    for field, value in (
        ("features.cache", "off"), ("train.compile", False), ("train.precision", "float32"),
        ("train.memory_format", "contiguous"), ("train.ema", None), ("loader.batch_size", share),
    ):
        recipe = recipes.with_value(recipe, field, value)
    run = folder.create_run(recipe, root=place)
    training = preparing.prepare(run, 1, RunReport(run, 1, lambda _line: None))
    training.progress.begin_epoch(1)
    train_mode(training.model, recipe.freeze.frozen_modules)
    return training


def _variants(device: torch.device, threads: int) -> list[Variant]:
    """Those that the device can compute, the plain one first."""
    half = "bfloat16" if device.type == "cpu" else devices.precision_on(device, "auto")
    precisions = dict.fromkeys(("float32", half))
    return [
        Variant(precision, layout, threads, 0.0, 0, False)
        for precision, layout in product(precisions, ("contiguous", "channels_last"))
    ]


def _in_other_threads(variants: Sequence[Variant], processes: int) -> list[Variant]:
    """The fastest of them in each power of two of threads that there are cores for.

    Args:
        processes: That share the cores.
    """
    fastest = min(variants, key=lambda one: one.seconds)
    most = max(portable.physical_cores() // processes, 1)
    counts = {2**power for power in range(most.bit_length())} | {most}
    return [replace(fastest, threads=count) for count in sorted(counts - {fastest.threads})]


def _turn(
    training: Training, variant: Variant, batches: list[Batch], limit: float
) -> list[float]:
    """Seconds of the steps of one variant; of one alone where it is slower than the limit."""
    recipe = with_variant(training.recipe, variant)
    device = training.device
    torch.set_num_threads(recipe.train.threads)
    layout = devices.memory_format_on(device, variant.memory_format)
    training.model.to(memory_format=layout)
    training.optimizer.state.clear()  # what lies there has the layout of the variant before
    scaler = torch.amp.GradScaler(device.type, enabled=variant.precision == "float16")
    training = replace(training, recipe=recipe, scaler=scaler)
    took: list[float] = []
    for number, (inputs, targets) in enumerate(islice(cycle(batches), _STEPS + 1)):
        devices.wait_for(device)
        began = time.perf_counter()
        train_step(training, inputs, targets)
        devices.wait_for(device)
        seconds = time.perf_counter() - began
        training.progress.step += 1
        if number:  # the first builds kernels
            took.append(seconds)
        if seconds > limit and (number or seconds > 5 * limit):
            return [seconds]
    return took
