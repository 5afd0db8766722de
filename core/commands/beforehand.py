"""What `train` measures without training: a dry run, and the batch size that fits."""

import time
from dataclasses import asdict

from core.messages import ThawError
from core.recipe import Recipe


def dry_run(recipe: Recipe) -> dict:
    """What the run would take, by a few real steps.

    Raises:
        ThawError: If a run is training, or the recipe can't run.
    """
    from core.training import dry_run

    found = dry_run.forecast(recipe, dry_run.measure(recipe))
    short = found.shortage
    return {"dry_run": {
        "epochs": found.epochs,
        "seconds": found.seconds,
        "ends": found.ends,
        "epoch_seconds": found.epoch.epoch_seconds,
        "startup_seconds": found.epoch.startup_seconds,
        "step_seconds": found.epoch.step_seconds,
        "steps_per_epoch": found.epoch.steps,
        "measured_steps": found.epoch.measured_steps,
        "memory_bytes": found.memory_bytes,
        "checkpoint_bytes": found.epoch.checkpoint_bytes,
        "disk_bytes": found.disk_bytes,
        "free_bytes": found.free_bytes,
        "device": found.epoch.device,
        "processes": found.epoch.processes,
        "shortage": short and short.as_dict(),
    }}


def find_batch_size(recipe: Recipe) -> dict:
    """The largest batch size that fits, up to the recipe's, each tried by real steps.

    Raises:
        ThawError: If a run is training, not even one image fits, or the recipe can't run.
    """
    from core.training import fitting_batch

    place = fitting_batch.start(recipe)
    try:
        while not (now := fitting_batch.look(place)).is_done:
            time.sleep(0.1)
    finally:
        fitting_batch.forget(place)
    if now.problem:
        raise ThawError(now.problem.id, **now.problem.values)
    return {"fitting_batch": asdict(now.answer)}


def text(result: dict) -> str:
    """What was found, for people."""
    if "dry_run" in result:
        return _text_of_dry_run(result["dry_run"])
    found = result["fitting_batch"]
    asked, size, parts = found["asked"], found["batch_size"], found["parts"]
    tried = ", ".join(
        f"{one['batch_size']}{_in_parts(one['parts'])} {'fits' if one['fits'] else 'does not'}"
        for one in found["tries"]
    )
    lines = [f"Tried: {tried}", f"Batches of {size} fit."]
    if size < asked:
        lines.append(f"Go on with them: resume RUN --batch-size {size}")
        if parts:
            lines.append(f"Or with {asked} in parts: resume RUN --parts {parts}")
    return "\n".join(lines)


def _in_parts(parts: int) -> str:
    return f" in {parts} parts" if parts > 1 else ""


def _each(processes: int) -> str:
    return f" in each of {processes} processes" if processes > 1 else ""


def _text_of_dry_run(found: dict) -> str:
    from core.messages import Problem, sentence

    done = time.strftime("%Y-%m-%d %H:%M", time.localtime(found["ends"]))
    lines = [
        f"An epoch: {found['epoch_seconds']:.3g} s ({found['steps_per_epoch']} steps of "
        f"{found['step_seconds']:.3g} s, from {found['measured_steps']} real ones)",
        f"All {found['epochs']} epochs: {found['seconds']:.3g} s, done about {done}",
        f"Memory at most: {found['memory_bytes'] / 1e9:.2f} GB{_each(found['processes'])} "
        f"({found['device']})",
        f"On disk: {found['disk_bytes'] / 1e6:.0f} MB of checkpoints, "
        f"{found['free_bytes'] / 1e9:.1f} GB are free",
    ]
    if short := found["shortage"]:
        lines.append(sentence(Problem.from_dict(short)))
    return "\n".join(lines)
