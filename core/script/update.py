"""How a script updates the weights: optimiser, learning rate, loss, and one epoch of steps."""

from core.recipe import Recipe
from core.script.loss import loss_text
from core.script.model import ModelPart
from core.script.optimiser import optimiser_text, rate_moves
from core.script.precision import autocast_of, scales
from core.script.section import Section

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
        Section("train", "Optimizer and learning rate", optimiser_text(recipe, model.trains)),
        Section("train", "The loss", loss_text(recipe, model)),
        Section("train", "One epoch", _epoch(recipe, model)),
    ]


def judged_of(recipe: Recipe) -> str:
    """The model that is validated and kept: the average of the weights, where there is one."""
    return "model" if recipe.train.ema is None else "averaged.module"


def predicted_of(recipe: Recipe, logits: str) -> str:
    """The expression of the likeliest classes."""
    if recipe.head.outputs == "one_logit":
        return f"({logits}[:, 0] > 0)"
    return f"{logits}.argmax(1)"


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
    if rate_moves(recipe.schedule):
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
        if scales(recipe):
            lines.append("scaler.unscale_(optimizer)")
        lines += [
            'updated = [p for group in optimizer.param_groups for p in group["params"]]',
            f"torch.nn.utils.clip_grad_norm_(updated, {spec.clip_norm!r})",
        ]
    lines += ["scaler.step(optimizer)", "scaler.update()"] if scales(recipe) else [
        "optimizer.step()"
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
    if scales(recipe):
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
