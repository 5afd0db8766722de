"""How a script updates the weights: optimiser, learning rate, loss, and one epoch of steps."""

from core.recipe import Recipe, ScheduleSpec
from core.script.images import steps_of
from core.script.model import ModelPart
from core.script.section import Section
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

_ONE_LOGIT = """\
    wanted = labels.float(){smoothed}
    return functional.binary_cross_entropy_with_logits(logits.float()[:, 0], wanted)"""

_WEIGHTED_LOGIT = """\
    logit, second = logits.float()[:, 0], {second}
    terms = weight[1] * second * functional.logsigmoid(logit)
    terms = terms + weight[0] * (1 - second) * functional.logsigmoid(-logit)
    return -terms.sum() / {mass}"""

_WEIGHT = """\
counts = torch.bincount(torch.as_tensor(targets[train]), minlength=len(classes))
weight = len(train) / ((counts > 0).sum() * counts.clamp(min=1))  # rare classes count more
weight = torch.where(counts > 0, weight, 0.0).float().to(device)


"""

_AVERAGE = '''\
@torch.no_grad()
def follow(averages, weights, steps):
    """The average keeps nothing of itself after the first step, in the end a share of {decay!r}."""
    kept = min(1 - (int(steps) + 1) ** (-2 / 3), {decay!r})
    torch._foreach_lerp_(averages, weights, 1 - kept)


averaged = AveragedModel(model, multi_avg_fn=follow)  # is validated and kept'''

_MIXERS: dict[str, str] = {
    "mixup": "v2.MixUp(num_classes=len(classes), alpha=0.2)",
    "cutmix": "v2.CutMix(num_classes=len(classes), alpha=1.0)",
}

_EPOCH = '''\
def train_one_epoch(epoch, step{drops}):
    """One pass over the training images; returns mean loss, accuracy and all steps so far."""
{opening}{mode}
    loss_sum, correct, seen = 0.0, 0, 0
    for inputs, labels in training_batches(epoch):
{body}
        step += 1
        seen += len(labels)
    return loss_sum / seen, correct / seen, step'''


def sections(recipe: Recipe, model: ModelPart) -> list[Section]:
    """What updates the weights."""
    return [
        Section("train", "Optimizer and learning rate", _optimiser(recipe, model.trains)),
        Section("train", "The loss", _loss(recipe, model)),
        Section("train", "One epoch", _epoch(recipe, model)),
    ]


def judged_of(recipe: Recipe) -> str:
    """The model that is validated and kept: the average of the weights, where there is one."""
    return "model" if recipe.train.ema is None else "averaged.module"


def autocast_of(recipe: Recipe) -> str:
    """What the forward pass runs in; "" in float32 everywhere."""
    precision = recipe.train.precision
    if precision == "float32" or precision == "auto" and recipe.train.device in ("cpu", "mps"):
        return ""
    if precision == "auto":
        return 'torch.autocast("cuda", dtype=torch.bfloat16, enabled=device.type == "cuda")'
    return f"torch.autocast(device.type, dtype=torch.{precision})"


def predicted_of(recipe: Recipe, logits: str) -> str:
    """The expression of the likeliest classes."""
    if recipe.head.outputs == "one_logit":
        return f"({logits}[:, 0] > 0)"
    return f"{logits}.argmax(1)"


# --- the optimiser -------------------------------------------------------------------------


def _optimiser(recipe: Recipe, trains: str) -> str:
    spec = recipe.optimizer
    entry = OPTIMIZERS[spec.name]
    given = optimizer_table.arguments_of(
        entry, lr=spec.lr, momentum=spec.momentum, weight_decay=spec.weight_decay
    )
    arguments = "".join(f", {key}={value!r}" for key, value in given.items())
    if entry.fused:
        arguments += ", fused=True"
    made = f"optimizer = torch.optim.{entry.cls}({trains}{arguments})"
    if len(made) > 100:
        made = f"optimizer = torch.optim.{entry.cls}(\n    {trains}{arguments},\n)"
    if recipe.train.precision == "float16":
        made += "\nscaler = torch.amp.GradScaler(device.type)"
    if recipe.train.compile:
        made += "\ncompiled = torch.compile(model, dynamic=False)  # for full batches"
    if _moves(recipe.schedule):
        made += f"\n{_schedule(recipe)}"
    return made if recipe.train.ema is None else f"{made}\n\n\n{_average(recipe)}"


def _average(recipe: Recipe) -> str:
    return _AVERAGE.format(decay=recipe.train.ema)


def _moves(spec: ScheduleSpec) -> bool:
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


# --- the loss ------------------------------------------------------------------------------


def _loss(recipe: Recipe, model: ModelPart) -> str:
    spec = recipe.train
    text = _WEIGHT if spec.class_weights != "none" else ""
    if recipe.head.outputs == "one_logit":
        lines = _one_logit(recipe)
    else:
        given = ", weight" if spec.class_weights != "none" else ""
        if spec.label_smoothing:
            given += f", label_smoothing={spec.label_smoothing!r}"
        lines = f"    return functional.cross_entropy(logits.float(), labels{given})"
    text += f"def loss_of_logits(logits, labels):\n{lines}"
    if not model.answers_beside:
        return text
    share = 0.4 if recipe.model.name.startswith("inception") else 0.3
    return text + f'''


def loss_of(outputs, labels):
    """With the share of the auxiliary heads, which answer beside the main one in training."""
    if isinstance(outputs, torch.Tensor):
        return loss_of_logits(outputs, labels)
    loss = loss_of_logits(outputs[0], labels)
    for auxiliary in outputs[1:]:
        if auxiliary is not None:
            loss = loss + {share} * loss_of_logits(auxiliary, labels)
    return loss'''


def _one_logit(recipe: Recipe) -> str:
    spec = recipe.train
    smoothed = (
        f" * (1 - {spec.label_smoothing!r}) + {spec.label_smoothing!r} / 2"
        if spec.label_smoothing else ""
    )
    soft = spec.mix != "none"
    hard = "labels[:, 1]" if soft else "labels.float()"
    if spec.class_weights == "none":
        return _ONE_LOGIT.format(smoothed=smoothed).replace("labels.float()", hard)
    mass = "len(labels)" if soft else "weight[labels].sum()"
    return _WEIGHTED_LOGIT.format(second=f"{hard}{smoothed}", mass=mass)


# --- an epoch ------------------------------------------------------------------------------


def _epoch(recipe: Recipe, model: ModelPart) -> str:
    text = _EPOCH.format(
        drops=", drops" if recipe.schedule.name == "plateau" else "",
        opening=model.depth.opening if model.depth else "", mode=model.mode,
        body="\n".join(" " * 8 + line if line else "" for line in _body(recipe, model)),
    )
    if recipe.train.mix == "none":
        return text
    mixer = _MIXERS.get(
        recipe.train.mix, f"v2.RandomChoice([{_MIXERS['mixup']}, {_MIXERS['cutmix']}])"
    )
    if len(mixer) > 90:
        mixer = mixer.replace("([", "([\n    ").replace("), v2", "),\n    v2").replace(
            ")])", "),\n])")
    return f"mixer = {mixer}\n\n\n{text}"


def _body(recipe: Recipe, model: ModelPart) -> list[str]:
    """The lines of a step."""
    spec = recipe.train
    lines = ["inputs, labels = inputs.to(device), labels.to(device)"]
    if spec.memory_format == "channels_last":
        lines.append("inputs = inputs.contiguous(memory_format=torch.channels_last)")
    if _moves(recipe.schedule):
        lines += _rate(recipe, model)
    lines.append('torch.manual_seed(seed_for("dropout", SEED, epoch, step))')
    if spec.mix != "none":
        lines.append("inputs, labels = mixer(inputs, labels)  # now [B, C]: how much of each class")
    lines.append("optimizer.zero_grad()")
    lines += _in_parts(recipe, model) if spec.accumulate > 1 else [
        *_forward(recipe, model, "inputs", "labels"),
        _backward(recipe, "loss"),
        "loss_sum += (loss.detach() * len(labels)).item()",
        *_counted(recipe, model, "labels"),
    ]
    if spec.clip_norm is not None:
        if spec.precision == "float16":
            lines.append("scaler.unscale_(optimizer)")
        lines += [
            'updated = [p for group in optimizer.param_groups for p in group["params"]]',
            f"torch.nn.utils.clip_grad_norm_(updated, {spec.clip_norm!r})",
        ]
    lines += ["optimizer.step()"] if spec.precision != "float16" else [
        "scaler.step(optimizer)", "scaler.update()",
    ]
    return lines if spec.ema is None else [*lines, "averaged.update_parameters(model)"]


def _rate(recipe: Recipe, model: ModelPart) -> list[str]:
    factor = "factor(step, drops)" if recipe.schedule.name == "plateau" else "factor(step)"
    if model.depth:
        return [
            "for group in optimizer.param_groups:",
            '    group.setdefault("initial_lr", group["lr"])',
            f'    group["lr"] = group["initial_lr"] * {factor}',
        ]
    return [
        "for group in optimizer.param_groups:",
        f'    group["lr"] = {recipe.optimizer.lr!r} * {factor}',
    ]


def _forward(recipe: Recipe, model: ModelPart, inputs: str, labels: str) -> list[str]:
    loss = "loss_of" if model.answers_beside else "loss_of_logits"
    network = "model"
    if recipe.train.compile:
        full = "BATCH_SIZE" if recipe.train.accumulate == 1 else (
            f"-(-BATCH_SIZE // {recipe.train.accumulate})"
        )
        network = f"(compiled if len({inputs}) == {full} else model)"
    lines = [f"outputs = {network}({inputs})", f"loss = {loss}(outputs, {labels})"]
    context = autocast_of(recipe)
    return [f"with {context}:", *(f"    {line}" for line in lines)] if context else lines


def _backward(recipe: Recipe, loss: str) -> str:
    if recipe.train.precision == "float16":
        return f"scaler.scale({loss}).backward()"
    return f"{loss}.backward()"


def _counted(recipe: Recipe, model: ModelPart, labels: str) -> list[str]:
    """The lines that count right answers."""
    asked = f"{labels}.argmax(1)" if recipe.train.mix != "none" else labels
    counted = f"correct += ({predicted_of(recipe, 'outputs')} == {asked}).sum().item()"
    if not model.answers_beside:
        return [counted]
    return ["outputs = outputs if isinstance(outputs, torch.Tensor) else outputs[0]", counted]


def _in_parts(recipe: Recipe, model: ModelPart) -> list[str]:
    """A batch in parts whose gradients add up to those of the whole."""
    spec = recipe.train
    share = "len(asked) / len(labels)"
    if spec.class_weights != "none" and spec.mix == "none":
        share = "weight[asked].sum() / weight[labels].sum()"
    inner = [
        *_forward(recipe, model, "some", "asked"),
        f"loss = loss * ({share})",
        _backward(recipe, "loss"),
        "whole += loss.detach()",
        *_counted(recipe, model, "asked"),
    ]
    return [
        "whole = torch.zeros((), device=device)",
        f"parts = zip(inputs.chunk({spec.accumulate}), labels.chunk({spec.accumulate}), "
        "strict=True)",
        "for some, asked in parts:",
        *(f"    {line}" for line in inner),
        "loss_sum += (whole * len(labels)).item()",
    ]
