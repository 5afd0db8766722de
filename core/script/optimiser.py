"""The optimiser of a script, the course of its learning rate, and the average of the weights."""

from core.recipe import Recipe, ScheduleSpec
from core.script.batches import steps_of
from core.script.precision import scaler_line, scales
from core.training import optimizer_table
from core.training.optimizer_table import OPTIMIZERS

_FACTOR = '''\
STEPS = {steps}  # an epoch


def factor(step{drops}):
    """What the learning rate is multiplied by at a step, the first of which is 0."""
{warmup}{lines}'''

_WARMUP = """\
    if step < WARMUP:
        return (step + 1) / (WARMUP + 1)
"""

# As core.training.schedule.factor has them.
_LINES: dict[str, str] = {
    "constant": "    return 1.0",
    "cosine": """\
    done = {done}
    return (1 + math.cos(math.pi * min(done, 1.0))) / 2""",
    "step": "    return {gamma!r} ** ({step} // STEPS // {step_epochs})",
    "one_cycle": """\
    # As OneCycleLR: up from 1/25 of the rate over 30 % of the steps, then down to 1/250,000 of it.
    total, step = {total}, {step}
    peak = 0.3 * total - 1
    start, end, done = 1 / 25, 1.0, step / peak
    if step > peak:
        start, end, done = 1.0, 1 / 25e4, min((step - peak) / (total - 1 - peak), 1.0)
    return end + (start - end) * (1 + math.cos(math.pi * done)) / 2""",
    "plateau": "    return {gamma!r} ** drops  # as often as the validation loss stood still",
}

# As in a run: not on Apple's GPU.
_FUSED = {"cpu": "True", "cuda": "True", "auto": 'device.type != "mps"'}
_NOT_HALF = "precision != torch.float16"

_AVERAGE = '''\
@torch.no_grad()
def follow(averages, weights, steps):
    """The average keeps nothing of itself after the first step, in the end a share of {decay!r}."""
    kept = min(1 - (int(steps) + 1) ** (-2 / 3), {decay!r})
    torch._foreach_lerp_(averages, weights, 1 - kept)


averaged = AveragedModel(model, multi_avg_fn=follow)  # is validated and kept'''


def optimiser_text(recipe: Recipe, trains: str) -> str:
    """The optimiser, what goes with it, and the course of its learning rate.

    Args:
        trains: The expression of the parameters that train.
    """
    spec = recipe.optimizer
    entry = OPTIMIZERS[spec.name]
    given = optimizer_table.arguments_of(
        entry, lr=spec.lr, momentum=spec.momentum, weight_decay=spec.weight_decay
    )
    arguments = "".join(f", {key}={value!r}" for key, value in given.items())
    if fused := _fused(recipe):
        arguments += f", fused={fused}"
    made = f"optimizer = torch.optim.{entry.cls}({trains}{arguments})"
    if len(made) > 100:
        made = f"optimizer = torch.optim.{entry.cls}(\n    {trains}{arguments},\n)"
    if scaler := scaler_line(recipe):
        made += f"\n{scaler}"
    if recipe.train.compile:
        made += "\ncompiled = torch.compile(model, dynamic=False)  # for full batches"
    if rate_moves(recipe.schedule):
        made += f"\n{_schedule(recipe)}"
    return made if recipe.train.ema is None else f"{made}\n\n\n{_average(recipe)}"


def _fused(recipe: Recipe) -> str:
    """The expression of whether it is one kernel over all parameters; "" where it never is.

    SGD not in float16: where the scaler leaves out its first step, the fused one of PyTorch goes on
    from a momentum that nobody filled. A run fills it before.
    """
    spec, device = recipe.optimizer, recipe.train.device
    if not OPTIMIZERS[spec.name].fused or device == "mps":
        return ""
    if spec.name != "sgd" or not scales(recipe):
        return _FUSED[device]
    if recipe.train.precision == "float16":
        return ""
    return _NOT_HALF if device == "cuda" else f"{_FUSED[device]} and {_NOT_HALF}"


def _average(recipe: Recipe) -> str:
    return _AVERAGE.format(decay=recipe.train.ema)


def rate_moves(spec: ScheduleSpec) -> bool:
    """Whether the learning rate is another one in some steps."""
    return spec.name != "constant" or spec.warmup_epochs > 0


def _schedule(recipe: Recipe) -> str:
    spec, warms = recipe.schedule, recipe.schedule.warmup_epochs > 0
    total = "EPOCHS * STEPS - WARMUP" if warms else "EPOCHS * STEPS"
    step = "(step - WARMUP)" if warms else "step"
    lines = _LINES[spec.name].format(
        done=f"{step} / max({total}, 1)" if warms else f"{step} / ({total})",
        total=total, step=step.strip("()") if spec.name == "one_cycle" else step,
        gamma=spec.gamma, step_epochs=spec.step_epochs,
    )
    text = _FACTOR.format(
        steps=steps_of(recipe), drops=", drops" if spec.name == "plateau" else "", lines=lines,
        warmup=_WARMUP if warms else "",
    )
    if warms:
        rises = f"WARMUP = min(round({spec.warmup_epochs!r} * STEPS), EPOCHS * STEPS - 1)  # steps"
        text = text.replace("  # an epoch\n", f"  # an epoch\n{rises}\n", 1)
    return text
