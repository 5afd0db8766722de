"""The Train page: every input twice, the start and what refuses it, a run in each of its states."""

import shutil
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import portable, recipe_link
from core import recipe as recipes
from core.recipe import Recipe
from core.runs import folder, supervisor
from core.runs.folder import Run
from core.runs.status import status

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def nothing_is_left_running(home: Path):
    yield
    for run in folder.list_runs():
        if status(run).is_live:
            supervisor.kill(run)


def opened(recipe: Recipe | None = None) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    if recipe:
        at.query_params["recipe"] = recipe_link.to_link(recipe)
    at.run()
    at.switch_page("pages/train.py").run()
    return quiet(at)


def quiet(at: AppTest) -> AppTest:
    assert not at.exception
    assert [one.value for one in at.error] == []
    return at


def widget(at: AppTest, kind: str, label: str):
    return next(one for one in getattr(at, kind) if one.label == label)


def draft(at: AppTest) -> Recipe:
    return at.session_state["draft.recipe"]


def field(at: AppTest, name: str) -> object:
    found: object = draft(at)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def words(at: AppTest) -> str:
    return "\n".join(one.value for one in [*at.markdown, *at.caption])


def start(at: AppTest) -> AppTest:
    return widget(at, "button", "Start training").click().run()


# --- every input, twice ------------------------------------------------------------------

SHOW_ALL = recipes.parse({
    "optimizer": {"name": "sgd"}, "schedule": {"name": "step"},
    "early_stopping": {"enabled": True}, "loggers": {"wandb": True}, "unfreezing": {"every": 1},
})

TEXTS = [
    ("Name", "name", "One", "One", "Two", "Two"),
    ("Training images a class", "split.train_per_class", "5", 5, "", None),
    ("Validation share", "split.val", "0.1", 0.1, "0.3", 0.3),
    ("Test share", "split.test", "0.25", 0.25, "0.4", 0.4),
    ("batch_size", "loader.batch_size", "8", 8, "64", 64),
    ("num_workers", "loader.num_workers", "2", 2, "0", 0),
    ("Gradient accumulation", "train.accumulate", "2", 2, "1", 1),
    ("Gradient clipping", "train.clip_norm", "0.5", 0.5, "", None),
    ("Repeated augmentations", "transform.draws", "3", 3, "0", 0),
    ("Input size", "transform.size", "96", 96, "", None),
    ("Learning rate", "optimizer.lr", "3e-4", 3e-4, "0.1", 0.1),
    ("Weight decay", "optimizer.weight_decay", "0", 0.0, "0.05", 0.05),
    ("Rate factor a stage", "optimizer.stage_factor", "0.3", 0.3, "0.5", 0.5),
    ("Epochs between openings", "unfreezing.every", "3", 3, "2", 2),
    ("First opening", "unfreezing.start", "1", 1, "4", 4),
    ("Openings by name", "unfreezing.at", "stage4 3, conv5 2", (("conv5", 2), ("stage4", 3)),
     "stage3 7", (("stage3", 7),)),
    ("Momentum", "optimizer.momentum", "0", 0.0, "0.95", 0.95),
    ("Warm-up epochs", "schedule.warmup_epochs", "1", 1.0, "2.5", 2.5),
    ("Epochs between steps", "schedule.step_epochs", "3", 3, "7", 7),
    ("Factor of a step", "schedule.gamma", "0.5", 0.5, "0.2", 0.2),
    ("Epochs", "train.epochs", "3", 3, "12", 12),
    ("Label smoothing", "train.label_smoothing", "0.1", 0.1, "0", 0.0),
    ("Patience", "early_stopping.patience", "2", 2, "9", 9),
    ("Smallest improvement", "early_stopping.min_delta", "0.01", 0.01, "0", 0.0),
    ("Seed", "train.seed", "4", 4, "5", 5),
    ("Split seed", "split.seed", "4", 4, "5", 5),
    ("Threads", "train.threads", "1", 1, "4", 4),
    ("Processes", "train.processes", "2", 2, "1", 1),
    ("Steps between records", "train.log_every", "10", 10, "2", 2),
    ("Weight averaging (EMA)", "train.ema", "0.99", 0.99, "", None),
    ("Epochs between kept checkpoints", "checkpoints.every", "5", 5, "1", 1),
    ("Gigabytes of checkpoints", "checkpoints.budget_gb", "0.5", 0.5, "2", 2.0),
    ("Weights & Biases project", "loggers.wandb_project", "a", "a", "b", "b"),
    ("Weights & Biases entity", "loggers.wandb_entity", "a", "a", "", ""),
]
CHOICES = [
    ("Augmentation", "transform.augment", "trivial", "flip_crop"),
    ("Resize", "transform.resize", "crop", "squash"),
    ("Optimizer", "optimizer.name", "rmsprop", "sgd"),
    ("Schedule", "schedule.name", "one_cycle", "step"),
    ("Watched metric", "early_stopping.monitor", "val_accuracy", "val_loss"),
    ("Device", "train.device", "cpu", "auto"),
    ("Precision", "train.precision", "bfloat16", "float32"),
    ("Memory format", "train.memory_format", "channels_last", "auto"),
    ("Augmentation computed", "transform.augment_on", "batch", "loader"),
    ("Images kept on the device", "loader.on_device", "off", "auto"),
    ("Weights & Biases mode", "loggers.wandb_mode", "offline", "auto"),
    ("Features cache", "features.cache", "off", "auto"),
    ("MixUp, CutMix", "train.mix", "mixup", "none"),
    ("Class weights", "train.class_weights", "balanced", "none"),
    ("Features kept in", "features.dtype", "bfloat16", "float32"),
]
SWITCHES = [
    ("shuffle", "loader.shuffle"), ("drop_last", "loader.drop_last"),
    ("Early stopping", "early_stopping.enabled"), ("TensorBoard", "loggers.tensorboard"),
    ("Weights & Biases", "loggers.wandb"), ("torch.compile", "train.compile"),
    ("Histograms, graph", "loggers.details"),
]


def test_every_text_twice() -> None:
    at = opened(SHOW_ALL)
    for label, name, first, one, second, other in TEXTS:
        for typed, meant in ((first, one), (second, other)):
            quiet(widget(at, "text_input", label).set_value(typed).run())
            assert field(at, name) == meant, label
            assert widget(at, "text_input", label).value == typed, label


def test_every_choice_twice() -> None:
    at = opened(SHOW_ALL)
    for label, name, first, second in CHOICES:
        for choice in (first, second):
            quiet(widget(at, "selectbox", label).set_value(choice).run())
            assert field(at, name) == choice, label


def test_every_switch_twice() -> None:
    at = opened(SHOW_ALL)
    for label, name in SWITCHES:
        before = field(at, name)
        for on in (not before, before):
            quiet(widget(at, "toggle", label).set_value(on).run())
            assert field(at, name) is on, label


def test_the_length_of_a_plateau_shows_with_its_schedule() -> None:
    at = opened(recipes.parse({"schedule": {"name": "plateau"}}))
    for given in ("5", "2"):
        quiet(widget(at, "text_input", "Epochs of a plateau").set_value(given).run())
        assert field(at, "schedule.plateau_epochs") == int(given)


def test_batchnorm_over_all_processes_is_offered_on_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    label, several = "BatchNorm over all processes", recipes.parse({"train": {"processes": 2}})
    assert label not in [one.label for one in opened(several).toggle]
    monkeypatch.setenv("THAW_DEVICES", "cuda:0,cuda:1")
    at = opened(several)
    assert "2 of 2 GPUs" in words(at)
    for on in (True, False):
        quiet(widget(at, "toggle", label).set_value(on).run())
        assert field(at, "train.sync_batchnorm") is on


def test_no_field_of_the_recipe_was_forgotten() -> None:
    """What neither this page nor another can change would be a setting that nobody can set."""
    here = {row[1] for row in [*TEXTS, *CHOICES, *SWITCHES]}
    elsewhere = {
        "format", "model.name", "model.weights", "head.kind", "head.hidden",
        "head.activation", "head.dropout", "head.init", "head.outputs", "freeze.preset",
        "freeze.stages", "freeze.frozen_modules", "freeze.exceptions", "data.name", "data.path",
        "data.only",
        "loader.collate", "schedule.plateau_epochs", "train.sync_batchnorm",
    }
    fields = set()
    for name, info in Recipe.model_fields.items():
        inner = getattr(info.annotation, "model_fields", None)
        fields |= {f"{name}.{one}" for one in inner} if inner else {name}
    assert fields == here | elsewhere


# --- the start, and what refuses it -------------------------------------------------------


@pytest.mark.parametrize(
    "label, typed, said",
    [
        ("Learning rate", "-1", "must be greater than 0"),
        ("Learning rate", "fast", "must be a number"),
        ("Epochs", "0", "at least 1"),
        ("batch_size", "1.5", "must be a whole number"),
        ("Validation share", "0.6", "leave nothing to train on"),
        ("Rate factor a stage", "2", "must be at most 1"),
        ("Openings by name", "stage4", "Type each stage and the epoch that opens it"),
        ("Openings by name", "stage4 0", "at least 1"),
    ],
)
def test_a_wrong_value_is_said_and_starts_nothing(label: str, typed: str, said: str) -> None:
    at = opened()
    widget(at, "text_input", label).set_value(typed).run()
    assert said in words(at)
    assert widget(at, "text_input", label).value == typed
    assert widget(at, "button", "Start training").disabled
    assert f"Put right first: {label}" in words(at)


def test_drop_last_that_leaves_no_batch_is_said_in_the_form_and_starts_nothing() -> None:
    at = opened()
    widget(at, "text_input", "batch_size").set_value("201").run()  # of 200 training images
    assert not widget(at, "button", "Start training").disabled
    widget(at, "toggle", "drop_last").set_value(True).run()
    said = "There are 200 training images, fewer than one batch of 201"
    assert sum(said in one.value for one in at.markdown) == 2  # in the form, and at the start
    assert widget(at, "button", "Start training").disabled
    widget(at, "text_input", "batch_size").set_value("200").run()
    assert said not in words(at)
    assert not widget(at, "button", "Start training").disabled


def test_a_model_that_is_too_big_is_refused_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(portable, "available_memory", lambda: 5_000_000)
    at = opened()
    start(at)
    assert "of memory" in at.error[0].value
    assert folder.list_runs() == []


def test_all_frozen_is_refused_by_the_worker_in_one_sentence() -> None:
    at = opened(recipes.parse({
        "freeze": {"preset": "linear_probe", "exceptions": [["fc", False]]},
        "train": {"epochs": 1, "threads": 1},
    }))
    quiet(start(at))
    run = folder.list_runs()[0]
    wait(lambda: not status(run).is_live)
    at.run()
    assert "nothing to train" in at.error[0].value
    assert any(one.label == "Resume" for one in at.button)


def wait(holds, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_run_from_start_to_stop_to_resume_to_end() -> None:
    at = opened(recipes.parse({
        "model": {"name": "shufflenet_v2_x0_5", "weights": "none"},
        "freeze": {"preset": "from_scratch"}, "transform": {"size": 32},
        "train": {"epochs": 4, "threads": 1}, "loggers": {"tensorboard": False},
    }))
    quiet(start(at))
    run = folder.list_runs()[0]
    assert run.name == "shufflenet_v2_x0_5 from scratch on Digits"
    assert widget(at, "button", "Start training").disabled
    assert "is training: wait until it ends" in words(at)
    wait(lambda: status(run).step > 2)
    quiet(widget(at, "button", "Stop and keep").click().run())
    wait(lambda: not status(run).is_live)
    quiet(at.run())
    assert status(run).status == "stopped"
    quiet(widget(at, "button", "Resume").click().run())
    wait(lambda: not status(run).is_live)
    quiet(at.run())
    assert status(run).status == "finished"
    assert "Epoch 4 of 4" in words(at)
    assert "Features of the frozen part" not in words(at)  # nothing is frozen
    assert not widget(at, "button", "Start training").disabled
    assert len(run.attempts()) == 2


def test_stop_and_discard_leaves_nothing() -> None:
    at = opened(recipes.parse({
        "model": {"name": "shufflenet_v2_x0_5", "weights": "none"},
        "freeze": {"preset": "from_scratch"}, "transform": {"size": 32},
        "train": {"epochs": 50, "threads": 1}, "loggers": {"tensorboard": False},
    }))
    quiet(start(at))
    run = folder.list_runs()[0]
    wait(lambda: status(run).step > 2)
    widget(at, "button", "Stop and discard").click().run()
    wait(lambda: not run.path.exists())
    quiet(at.run())
    assert run.name not in words(at)
    assert [one.value for one in at.success] == ["The run was discarded."]
    assert not widget(at, "button", "Start training").disabled


# --- runs that somebody else has trained --------------------------------------------------


@pytest.fixture
def finished(trained_runs: Path, home: Path) -> Run:
    shutil.copytree(trained_runs, home / "runs")
    return folder.list_runs()[0]


def watching(run: Run) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    at.session_state["person.watched_run"] = run.id
    return at.switch_page("pages/train.py").run()


def test_a_finished_run_and_its_way_on(finished: Run) -> None:
    at = quiet(watching(finished))
    assert finished.name in words(at)
    assert any(one.label == "Evaluate, compare, try it" for one in at.button)
    widget(at, "button", "Log").click().run()
    assert "Epoch 003" in "".join(one.value for one in at.code) or at.code
    widget(at, "button", "Hide log").click().run()
    quiet(at)


def test_a_run_that_early_stopping_ended_says_so(finished: Run) -> None:
    assert "stopping ended it" not in words(watching(finished))
    state = finished.state()
    portable.write_json(finished.path / "state.json", {**state, "epochs": state["epoch"] + 5})
    assert "early stopping ended it" in words(quiet(watching(finished)))


def test_a_crashed_run_says_so_and_can_go_on(finished: Run) -> None:
    state = finished.state()
    portable.write_json(finished.path / "state.json", {**state, "status": "running"})
    at = watching(finished)
    assert "ended without a word" in at.error[0].value
    assert any(one.label == "Resume" for one in at.button)


def test_a_run_that_was_deleted_is_forgotten(finished: Run) -> None:
    at = watching(finished)
    folder.delete_run(finished)
    quiet(at.run())
    assert finished.name not in words(at)
    assert [one.value for one in at.info if "deleted elsewhere" in one.value]
    assert not [one for one in quiet(at.run()).info if "deleted elsewhere" in one.value]


def test_what_the_model_can_not_take_is_said_before_there_is_a_run(home: Path):
    for part, words in (
        ({"freeze": {"preset": "linear_probe", "exceptions": [["layer9.*", True]]}}, "layer9"),
        ({"model": {"name": "inception_v3", "weights": "IMAGENET1K_V1"},
          "transform": {"size": 139}}, "139"),
    ):
        at = start(opened(recipes.parse(part)))
        assert len(at.error) == 1 and words in at.error[0].value
        assert folder.list_runs() == []
