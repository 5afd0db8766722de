"""Rates by depth and stages that open on the way, against plain PyTorch and real workers."""

import copy
import json
import random

import pytest
import torch
from torch import nn
from torch.nn import functional

from core.evaluation.movement import measure_movement
from core.models.freezing import apply_freeze, rows_of, train_mode
from core.models.stages import stages
from core.recipe import Recipe, parse
from core.runs.checkpoints import list_checkpoints
from core.runs.folder import Run
from core.runs.metrics import read_records, valid_records
from core.runs.status import status
from core.seeds import seed_for
from core.training import checkpoint, stage_plan
from core.training.gradients import gradient_norms
from core.training.loop import Stopped, Training, fit
from core.training.open_stages import open_stages
from core.training.optimisation import build_optimizer, saved_groups, stage_groups
from core.training.progress import Progress
from core.training.schedule import factor
from core.training.unfreezing import Unfreezing
from tests.core.training.in_process import new_run, worked
from tests.core.training.test_loop import Blobs, Watcher

HEAD = ("head",)


class Small(nn.Module):
    """Three stages with BatchNorm and Dropout, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU())
        self.middle = nn.Sequential(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
        self.last = nn.Sequential(nn.Flatten(), nn.Dropout(0.3), nn.Linear(16, 8), nn.ReLU())
        self.head = nn.Linear(8, 2)

    def forward(self, images):
        return self.head(self.last(self.middle(self.stem(images))))


def small_model() -> nn.Module:
    torch.manual_seed(0)
    return Small()


def make(recipe: Recipe, saved: dict | None = None) -> Training:
    """The small model as the worker makes a real one, at what was saved if anything was."""
    model = small_model()
    rows = rows_of(model)
    if saved:
        model.load_state_dict(saved["model"])
    apply_freeze(model, recipe.freeze, HEAD)
    rates = stage_plan.rates(
        stages(rows), HEAD, recipe.optimizer.lr, recipe.optimizer.stage_factor
    )
    groups = saved_groups(model, saved["optimizer"]) if saved else stage_groups(model, rates)
    optimizer = build_optimizer(groups, recipe.optimizer)
    if saved:
        optimizer.load_state_dict(saved["optimizer"])
    closed = stage_plan.openable(rows, recipe.freeze, HEAD)
    epochs = stage_plan.openings(recipe.unfreezing, closed)
    return Training(
        recipe, model, optimizer, torch.amp.GradScaler("cpu", enabled=False),
        torch.device("cpu"), Blobs(),
        Progress.from_state_dict(saved["progress"]) if saved else Progress(),
        Unfreezing(model, epochs, closed, rates),
    )


def recipe_of(**parts: dict) -> Recipe:
    return parse({
        "train": {"epochs": 5}, "freeze": {"preset": "linear_probe"},
        "optimizer": {"name": "sgd", "lr": 0.05, "stage_factor": 0.5}, **parts,
    })


# --- against plain PyTorch ----------------------------------------------------------------


@pytest.mark.parametrize("name", ["sgd", "adamw"])
def test_rates_by_depth_are_pytorchs_parameter_groups(name: str) -> None:
    recipe = recipe_of(
        freeze={"preset": "all"}, schedule={"name": "cosine", "warmup_epochs": 1},
        optimizer={"name": name, "lr": 0.02, "stage_factor": 0.1},
    )
    watcher, training = Watcher(), make(recipe)
    fit(training, watcher)
    model = small_model()
    groups = [
        {"params": part.parameters(), "lr": rate} for part, rate in
        ((model.stem, 2e-5), (model.middle, 2e-4), (model.last, 2e-3), (model.head, 2e-2))
    ]
    plain = {
        "sgd": lambda: torch.optim.SGD(groups, momentum=0.9, weight_decay=1e-2),
        "adamw": lambda: torch.optim.AdamW(groups, weight_decay=1e-2),
    }[name]()
    losses = plain_losses(model, plain, recipe, {})
    assert [loss for _, loss, *_ in watcher.steps] == pytest.approx(losses, rel=1e-4)
    assert [rate for *_, rate in watcher.steps] == [
        pytest.approx(0.02 * factor(recipe.schedule, step, 6, 5)) for step in range(30)
    ]


def test_gradual_unfreezing_is_add_param_group_between_two_epochs() -> None:
    recipe = recipe_of(unfreezing={"every": 2, "start": 2})
    watcher, training = Watcher(), make(recipe)
    fit(training, watcher)
    model = small_model().requires_grad_(False)
    model.head.requires_grad_(True)
    plain = torch.optim.SGD(model.head.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-2)
    losses = plain_losses(
        model, plain, recipe, {2: [(model.last, 0.025)], 4: [(model.middle, 0.0125)]}
    )
    assert [loss for _, loss, *_ in watcher.steps] == pytest.approx(losses, rel=1e-4)
    assert [(step, opening.label) for step, opening in watcher.openings] == [
        (6, "last opens"), (18, "middle opens"),
    ]
    opening = watcher.openings[1][1]
    assert [group["name"] for group in opening.before] == ["head", "last"]
    assert opening.after[2] == {"name": "middle", "params": 4 * 4 * 9 + 4 + 8, "lr": 0.0125}


def plain_losses(model, optimizer, recipe, opened: dict) -> list[float]:
    """Mean loss of every step of a loop as a student would write it."""
    data, losses = Blobs(), []
    for group in optimizer.param_groups:
        group["base"] = group["lr"]
    for epoch in range(1, recipe.train.epochs + 1):
        for part, rate in opened.get(epoch, ()):
            part.requires_grad_(True)
            optimizer.add_param_group({"params": part.parameters(), "lr": rate, "base": rate})
        train_mode(model)
        for images, targets in data.train(epoch, 0):
            scale = factor(recipe.schedule, len(losses), 6, recipe.train.epochs)
            for group in optimizer.param_groups:
                group["lr"] = group["base"] * scale
            torch.manual_seed(seed_for("dropout", recipe.train.seed, epoch, len(losses)))
            loss = functional.cross_entropy(model(images), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


def test_an_opened_stage_trains_and_what_is_still_closed_stays_to_the_bit() -> None:
    recipe = recipe_of(unfreezing={"every": 2, "start": 2})
    training, before = make(recipe), small_model().state_dict()
    fit(training, Watcher())
    after = training.model.state_dict()
    for name in before:
        assert torch.equal(before[name], after[name]) is name.startswith("stem"), name
    held = {id(p) for group in training.optimizer.param_groups for p in group["params"]}
    assert held == {id(p) for p in training.model.parameters() if p.requires_grad}


def test_a_factor_of_1_and_a_stage_at_a_time_move_no_bit() -> None:
    recipe = recipe_of(freeze={"preset": "all"}, optimizer={"name": "adamw"})
    training = make(recipe)
    fit(training, Watcher())
    one = make(recipe)
    one.optimizer = torch.optim.AdamW(
        [{"params": list(one.model.parameters()), "base_lr": 1e-3}], lr=1e-3, weight_decay=1e-2,
        fused=True,
    )
    fit(one, Watcher())
    for ours, theirs in zip(training.model.parameters(), one.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)


# --- interruptions ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_interrupted_anywhere_ends_with_the_same_bits(seed: int) -> None:
    recipe = recipe_of(
        unfreezing={"every": 1, "start": 2, "at": [["stem", 5]]},
        optimizer={"name": "adamw", "lr": 0.01, "stage_factor": 0.3},
    )
    straight, watcher = make(recipe), Watcher()
    fit(straight, watcher)
    generator, heard, saved = random.Random(seed), Watcher(), None
    while True:
        training, part = make(recipe, saved), Watcher(stop_after=generator.randrange(1, 9))
        try:
            fit(training, part)
            ended = True
        except Stopped:
            ended = False
        for name in ("steps", "epochs", "openings"):
            getattr(heard, name).extend(getattr(part, name))
        if ended:
            break
        saved = copy.deepcopy({
            "model": training.model.state_dict(), "optimizer": training.optimizer.state_dict(),
            "progress": training.progress.state_dict(),
        })
    assert heard.steps == watcher.steps and heard.openings == watcher.openings
    for ours, theirs in zip(straight.model.parameters(), training.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def results(run: Run) -> list[tuple]:
    records = valid_records(read_records(run.path / "metrics.jsonl"), run.attempts())
    return [
        (r["kind"], r["step"], r["epoch"], r["split"],
         {key: value for key, value in r["values"].items() if key != "samples_per_second"})
        for r in records
    ]


def weights(run: Run) -> dict[str, torch.Tensor]:
    newest = list_checkpoints(run)[-1].path
    return torch.load(newest, weights_only=True)["model_state_dict"]


def test_opened_in_the_middle_is_the_run_that_was_told_so_from_the_start() -> None:
    told = new_run(unfreezing={"at": [["conv5", 3], ["stage4", 3]]})
    assert worked(told) == "finished"

    run = new_run()
    assert worked(run, stop_after=2) == "stopped"
    now = open_stages(run)
    assert (now.epoch, [group["name"] for group in now.groups]) == (3, ["fc"])
    assert [stage.name for stage in now.closed] == ["conv5", "stage4", "stage3", "stage2", "conv1"]
    expected = now.groups_with(["stage4", "conv5"])
    assert worked(run, resume=True, unfreeze=["stage4", "conv5"]) == "finished"

    assert results(run) == results(told)
    ours, theirs = weights(run), weights(told)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    mark = next(record for record in results(run) if record[0] == "mark")
    assert (mark[1], mark[2], mark[4]["label"]) == (10, 3, "conv5, stage4 open")
    assert mark[4]["after"] == expected
    assert run.recipe().unfreezing.at == ()  # as it was started
    assert run.present_recipe() == told.recipe().model_copy(update={"name": "small"})
    assert run.attempts()[2]["groups"] == now.groups
    assert status(run).state["trainable"] == sum(group["params"] for group in expected)


def test_opened_and_resumed_again_and_what_moved() -> None:
    run = new_run()
    assert worked(run, stop_after=1) == "stopped"
    assert worked(run, stop_after=2, resume=True, unfreeze=["conv5"]) == "stopped"
    assert worked(run, resume=True) == "finished"
    names = [group["name"] for group in run.attempts()[3]["groups"]]
    assert names == ["fc", "conv5"]
    marks = [record for record in results(run) if record[0] == "mark"]
    assert [(mark[1], mark[4]["label"]) for mark in marks] == [(5, "conv5 opens")]
    for epoch, trains in ((1, {"fc"}), (2, {"conv5.0", "conv5.1", "fc"})):
        found = measure_movement(run, epoch)
        assert {layer.name for layer in found.layers if layer.trains} == trains
        assert {layer.name for layer in found.layers if layer.change} == trains
        assert {layer.name for layer in found.layers if layer.gradient is not None} == trains
        assert found.broken == () and found.leaking == ()


def test_what_can_not_be_opened_is_said_and_the_run_can_go_on() -> None:
    run = new_run()
    assert worked(run, stop_after=1) == "stopped"
    for stage, id in (("conv6", "training.unknown_stage"), ("fc", "training.stage_is_open")):
        assert worked(run, resume=True, unfreeze=[stage]) == "failed"
        assert status(run).problem.id == id
    assert worked(run, resume=True, stop_after=2) == "stopped"


def test_a_recipe_that_opens_a_stage_that_is_not_there_fails_with_a_sentence() -> None:
    run = new_run(unfreezing={"at": [["layer4", 3]]})
    assert worked(run) == "failed"
    assert "conv5" in str(status(run).problem.values["stages"])


def test_a_run_from_before_there_were_groups_goes_on_with_the_same_bits() -> None:
    run = new_run(freeze={"preset": "all"}, optimizer={"name": "adamw", "lr": 3e-3})
    old = new_run(freeze={"preset": "all"}, optimizer={"name": "adamw", "lr": 3e-3})
    assert worked(run) == "finished"
    assert worked(old, stop_after=2) == "stopped"
    make_old(old)
    assert worked(old, resume=True) == "finished"
    ours, theirs = weights(run), weights(old)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def make_old(run: Run) -> None:
    """As Thaw wrote it before: one group without a name, a recipe without the new fields."""
    folder_of = run.path / "checkpoints"
    content = checkpoint.load_latest(folder_of)
    state = content["optimizer_state_dict"]
    first = state["param_groups"][0]
    one = {key: value for key, value in first.items()
           if key not in ("name", "base_lr", "param_names")}
    one["params"] = [index for group in state["param_groups"] for index in group["params"]]
    content["optimizer_state_dict"] = {"state": state["state"], "param_groups": [one]}
    for key in ("gradient_norms", "format"):
        content.pop(key)
    for path in folder_of.iterdir():
        path.unlink()
    checkpoint.save_epoch(folder_of, content, is_best=True)
    attempt = run.path / "attempts/1.json"
    for path, take in ((run.path / "recipe.json", lambda raw: raw),
                       (attempt, lambda raw: raw["recipe"])):
        raw = json.loads(path.read_text())
        take(raw).pop("unfreezing")
        take(raw)["optimizer"].pop("stage_factor")
        path.write_text(json.dumps(raw))


# --- gradients ------------------------------------------------------------------------------


def test_gradient_norms_are_those_of_each_parameter_that_trains() -> None:
    model = small_model()
    model.stem.requires_grad_(False)
    functional.cross_entropy(model(torch.randn(8, 3, 4, 4)), torch.arange(8) % 2).backward()
    found = gradient_norms(model)
    assert set(found) == {name for name, p in model.named_parameters() if p.requires_grad}
    for name, norm in found.items():
        gradient = model.get_parameter(name).grad.double()
        assert norm == pytest.approx(gradient.square().sum().sqrt().item(), rel=1e-5)
    model.zero_grad()
    assert gradient_norms(model) == {}
