"""From a run's recipe to its torch objects, at its newest checkpoint if it has one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from core import recipe as recipes
from core.data import load, transforms
from core.data.split import Split, require_a_batch, split_of
from core.messages import Problem
from core.models import catalogue
from core.models.freezing import apply_freeze, rows_of
from core.models.heads import head_paths, outputs_of
from core.models.stages import stages
from core.recipe import Recipe
from core.runs.folder import Run
from core.training import (
    batch_change,
    checkpoint,
    devices,
    features,
    preflight,
    same_data,
    stage_plan,
)
from core.training.attempt_file import write_attempt
from core.training.compiling import CompiledForward
from core.training.follower import Follower
from core.training.loop import Training
from core.training.model_at import average_at, model_at, on_device
from core.training.optimisation import optimizer_at
from core.training.progress import Progress
from core.training.ranks import ALONE, Ranks, SharedForward
from core.training.report import RunReport
from core.training.run_data import RunData
from core.training.step import class_weight_of, mixer_of
from core.training.unfreezing import Unfreezing


def prepare(
    run: Run, attempt: int, report: RunReport | Follower, unfreeze: Sequence[str] = (),
    changes: Mapping[str, object] | None = None, ranks: Ranks = ALONE,
) -> Training:
    """The run as torch objects, at its newest checkpoint if it has one.

    Args:
        unfreeze: Stages that train from there on.
        changes: New values of the recipe from there on.
        ranks: The processes that train it together.

    Raises:
        ThawError: If the device, the weights or the data are not there, no checkpoint of a
            resumed run can be read, or a stage that is to be opened is not there.
    """
    recipe = run.present_recipe()
    for field, value in (changes or {}).items():
        recipe = recipes.with_value(recipe, field, value)
    device = _device(recipe, ranks)
    preflight.check(recipe)

    report.phase_began("loading_data")
    with ranks.one_first():
        data = load.load_images(
            recipe.data.name, recipe.data.path, only=recipe.data.only, progress=report.bytes_came
        )
    found = checkpoint.load_latest(run.path / "checkpoints")
    same_data.require(run, recipe.data, data, found)
    outputs = outputs_of(recipe.model.name, recipe.head, len(data.classes))
    parts = split_of(recipe.split, data)
    batches = _batches(recipe, data, parts, device, ranks)
    progress = _progress(found, batches)

    report.phase_began("loading_model")
    with ranks.one_first():
        model = model_at(recipe, outputs, found, report)
    head = head_paths(recipe.model.name, recipe.model.weights, recipe.head)
    rows = rows_of(model)
    recipe = stage_plan.with_opened(recipe, rows, head, unfreeze, max(progress.epoch, 1))
    apply_freeze(model, recipe.freeze, head)
    model = on_device(model, recipe, device, ranks)

    rates = stage_plan.rates(
        stages(rows), head, recipe.optimizer.lr, recipe.optimizer.stage_factor
    )
    state = found["optimizer_state_dict"] if found else None
    optimizer = optimizer_at(state, model, rates, recipe.optimizer)
    closed = stage_plan.openable(rows, recipe.freeze, head)
    epochs = stage_plan.openings(recipe.unfreezing, closed)

    ranks.check_same(data.fingerprint, progress.step)
    if ranks.rank == 0:
        write_attempt(run, attempt, recipe, device, ranks, progress, optimizer, batches)
    report.found(data, parts)
    training = Training(
        recipe, model, optimizer, _scaler(recipe, device, found), device, batches, progress,
        Unfreezing(model, epochs, closed, rates),
        mixer=mixer_of(recipe.train, len(data.classes)),
        class_weight=_class_weight(recipe, data, batches, device),
        average=average_at(recipe, model, found), ranks=ranks,
    )
    return _with_forward(_with_features(training, batches, data, parts, report), report)


def _device(recipe: Recipe, ranks: Ranks) -> torch.device:
    """Where the recipe trains, with as many threads of the CPU as it has."""
    torch.set_num_threads(recipe.train.threads)
    device = devices.choose_device(recipe.train.device)
    devices.check_precision(device, recipe.train.precision)
    if ranks.size > 1:
        devices.check_shared(device, recipe.train)
    return device


def _progress(found: Mapping[str, Any] | None, batches: RunData) -> Progress:
    """How far the checkpoint is, at the very sample if the batches have another size by now."""
    if not found:
        return Progress()
    progress = Progress.from_state_dict(found["progress"])
    batch_change.go_on(progress, batches, found["recipe"]["loader"]["batch_size"])
    return progress


def _scaler(
    recipe: Recipe, device: torch.device, found: Mapping[str, Any] | None
) -> torch.amp.GradScaler:
    scaler = torch.amp.GradScaler(
        device.type, enabled=devices.precision_on(device, recipe.train.precision) == "float16"
    )
    if found and found["scaler_state_dict"]:  # empty of a run that had no need of one so far
        scaler.load_state_dict(found["scaler_state_dict"])
    return scaler


def _class_weight(
    recipe: Recipe, data: load.ImageData, batches: RunData, device: torch.device
) -> torch.Tensor | None:
    weight = class_weight_of(recipe.train, batches.train_targets, len(data.classes))
    return None if weight is None else weight.to(device)


def _with_forward(training: Training, report: RunReport | Follower) -> Training:
    """The training with the forward pass of its steps, where that is not the model's own."""
    spec = training.recipe.train
    if training.ranks.size > 1:
        if spec.compile:
            report.compiled(0.0, Problem("training.not_compiled_shared"))
        return replace(training, shared=SharedForward(training.model, training.forward))
    if not spec.compile:
        return training
    rows = -(-training.recipe.loader.batch_size // spec.accumulate)
    eager = training.forward or training.model
    return replace(training, compiled=CompiledForward(eager, rows, training.optimizer, report))


def _with_features(
    training: Training, batches: RunData, data: load.ImageData, parts: Split,
    report: RunReport | Follower,
) -> Training:
    """The training with what its frozen part computes kept, where the recipe lets it be."""
    if why := features.refusal(training.recipe, training.ranks.size):
        report.features_decided("train", None, why)
        return training
    pictures = load.fingerprint_of([
        data.fingerprint.encode(), parts.train.tobytes(), parts.val.tobytes(),
        repr(transforms_of(training.recipe)).encode(),
        training.recipe.model.name.encode(),  # equal weights may stand in other layers
    ])
    return features.kept_by(training, batches, pictures, report)


def _batches(
    recipe: Recipe, data: load.ImageData, parts: Split, device: torch.device, ranks: Ranks
) -> RunData:
    require_a_batch(len(parts.train), recipe.loader)
    return RunData(
        data,
        parts,
        transforms_of(recipe),
        recipe.loader,
        seed=recipe.train.seed,
        # Without augmentation each epoch shows what the first one did.
        draws=recipe.transform.draws if recipe.transform.augment != "none" else 1,
        device=device,
        ranks=ranks,
        mixes=recipe.train.mix != "none",
    )


def transforms_of(recipe: Recipe) -> transforms.Transforms:
    """The transforms of the recipe, with what its weights ask for where it leaves it open."""
    entry = catalogue.find_model(recipe.model.name)
    weights = catalogue.find_weights(recipe.model.name, recipe.model.weights)
    shown = weights or catalogue.find_weights(entry.name, entry.default_weights)
    return transforms.build_transforms(
        size=recipe.transform.size
        or catalogue.size_in_training(recipe.model.name, recipe.model.weights),
        resize=recipe.transform.resize,
        augment=recipe.transform.augment,
        augment_on=recipe.transform.augment_on,
        mean=shown.mean,
        std=shown.std,
        interpolation=shown.interpolation,
    )
