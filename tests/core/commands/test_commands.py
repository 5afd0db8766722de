"""The command line as another program meets it: JSON by its schema, one line for bad input."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from PIL import Image

from core import portable
from core.__main__ import COMMANDS, main
from core.commands import beforehand
from core.evaluation import kept_figures
from core.recipe import from_json
from core.runs import device_use, going_on, launching, queue
from core.runs.changes import Changes
from core.runs.folder import Run, list_runs
from tests.core.conftest import SMALL
from tests.core.training.in_process import new_run, worked

ROOT = Path(__file__).parents[3]


def answered(capsys: pytest.CaptureFixture, *argv: str) -> dict:
    """The JSON of a command, checked against its schema."""
    capsys.readouterr()
    code = main([*argv, "--json"])
    out, err = capsys.readouterr()
    answer = json.loads(out)
    schema = json.loads((ROOT / f"docs/schemas/{argv[0]}.json").read_text())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(answer)
    assert code == answer.get("exit_code", 0), err
    return answer


def written(capsys: pytest.CaptureFixture, *argv: str) -> str:
    """The text of a command that ends well."""
    capsys.readouterr()
    assert main(list(argv)) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture, *argv: str) -> str:
    """The one line on standard error of a command that is refused."""
    capsys.readouterr()
    assert main(list(argv)) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and err.startswith(f"thaw {argv[0]}: ")
    return err


# --- what each says ----------------------------------------------------------------------


def test_every_command_has_its_schema_and_its_help(capsys):
    assert {path.stem for path in (ROOT / "docs/schemas").glob("*.json")} == set(COMMANDS)
    for name in COMMANDS:
        with pytest.raises(SystemExit) as ended:
            main([name, "--help"])
        assert ended.value.code == 0
        assert "--json" in capsys.readouterr().out


def test_models(capsys):
    models = {model["name"]: model for model in answered(capsys, "models")["models"]}
    assert len(models) >= 80
    assert models["resnet18"]["params"] == 11_689_512
    bundled = models["shufflenet_v2_x1_0"]["weights"]
    assert [one["offline"] for one in bundled if one["name"] == "LETTERS"] == [True]
    assert "resnet18" in written(capsys, "models", "--search", "resnet")


@pytest.mark.parametrize(
    ("task", "count"),
    [("detection", 12), ("segmentation", 6), ("video", 9), ("optical_flow", 2),
     ("quantization", 12)],
)
def test_models_of_another_task(capsys, task, count):
    models = answered(capsys, "models", "--task", task)["models"]
    assert len(models) == count and {model["task"] for model in models} == {task}
    assert models[0]["name"] in written(capsys, "models", "--task", task)


def test_summary_of_another_task(capsys):
    answer = answered(capsys, "summary", "maskrcnn_resnet50_fpn")
    assert answer["found"] == {"proposals": None, "detections": 1}
    assert answer["totals"]["params"] == 44_401_393
    assert "1 detected object" in written(capsys, "summary", "maskrcnn_resnet50_fpn")
    clip = answered(capsys, "summary", "r3d_18", "--input", "3x8x64x64")
    assert clip["input"] == [3, 8, 64, 64] and "found" not in clip


def test_summary(capsys):
    vgg = answered(capsys, "summary", "vgg16")
    assert vgg["totals"]["params"] == sum(row["params"] for row in vgg["rows"]) == 138_357_544
    assert "Parameters: 138,357,544" in written(capsys, "summary", "vgg16")
    small = answered(capsys, "summary", "alexnet", "--input", "3x128x96", "--weights", "none")
    assert small["rows"][0]["input"] == [3, 128, 96]
    pair = answered(capsys, "summary", "raft_small", "--input", "3x128x128", "--input", "3x128x128")
    assert pair["input"] == [3, 128, 128]
    own = answered(capsys, "summary", "squeezenet1_1", "--engine", "torchsummary")
    assert "Total params: 1,235,496" in own["text"]
    assert own["verdict"] == {"total": 1_235_496, "exact": 1_235_496, "why": ""}
    other = written(capsys, "summary", "swin_t", "--engine", "torchsummary")
    assert "Thaw counts 28,288,354 parameters: it misses weights" in other


def test_summary_says_what_is_never_called_and_what_memory_it_takes(capsys):
    answer = answered(capsys, "summary", "inception_v3", "--batch-size", "4")
    unused = {row["name"] for row in answer["rows"] if row["use"] == "unused"}
    assert "AuxLogits.fc" in unused and "fc" not in unused
    assert answer["rows"][0]["params_share"] == answer["rows"][0]["macs_share"] == 1
    one = answered(capsys, "summary", "inception_v3", "--optimizer", "sgd")["memory"]
    four = answer["memory"]
    assert four["activations_forward"] == 4 * one["activations_forward"] > 0
    assert four["optimizer_state"] == 2 * one["optimizer_state"] == 2 * one["gradients"]
    text = written(capsys, "summary", "inception_v3")
    assert "AuxLogits (never called)" in text and "No forward pass uses: AuxLogits" in text
    assert answered(capsys, "summary", "ssd300_vgg16")["memory"]["activations_training"] is None


def test_batches(capsys):
    answer = answered(capsys, "batches", "iris", "--batch-size", "4", "--batches", "2", "--values")
    assert answer["batches"][0]["tensors"][0]["values"] == [
        [5.1, 3.5, 1.4, 0.2], [4.9, 3.0, 1.4, 0.2], [4.7, 3.2, 1.3, 0.2], [4.6, 3.1, 1.5, 0.2],
    ]
    assert answer["batches"][1]["indices"] == [4, 5, 6, 7]
    assert answer["batches"][0]["classes"] == {"setosa": 4}
    silent = answered(capsys, "batches", "digits", "--shuffle", "--num-workers", "1")
    assert "values" not in silent["batches"][0]["tensors"][0]
    text = written(capsys, "batches", "example", "--batch-size", "2", "--collate", "pad_zero")
    assert "[[2, 2, 2, 0], [3, 3, 3, 3]]" in text
    assert answered(capsys, "batches", "example", "--batch-size", "2")["problem"]


def test_recipe(capsys, tmp_path):
    recipe = from_json(written(capsys, "recipe", "letters-to-digits"))
    assert recipe.split.train_per_class == 20
    assert answered(capsys, "recipe", "letters-to-digits-probe")["recipe"]["freeze"]
    written(capsys, "recipe", "letters-to-digits", "-o", str(tmp_path / "r.json"))
    assert from_json((tmp_path / "r.json").read_bytes()) == recipe


def test_a_run_is_evaluated_and_predicts(capsys, trained_run: Run, tmp_path):
    found = answered(capsys, "evaluate", str(trained_run.path))
    assert found["samples"] == sum(sum(row) for row in found["confusion"])
    assert 0.5 < found["accuracy"] <= 1
    low, high = found["interval"]
    assert low < found["accuracy"] < high and high - low < 0.1
    text = written(capsys, "evaluate", str(trained_run.path))
    assert f"accuracy {found['accuracy']:.4f}, " in text
    assert f"so many images: {low:.4f} to {high:.4f}" in text
    from sklearn.datasets import load_digits

    image = tmp_path / "digit.png"
    Image.fromarray(np.uint8(load_digits().images[0] * 15)).resize((80, 80)).save(image)
    answer = answered(capsys, "predict", str(trained_run.path), str(image), "--top", "3")
    assert len(answer["predictions"][0]["classes"]) == 3
    assert sum(answer["predictions"][0]["probabilities"]) <= 1.0001
    (tmp_path / "no.png").write_text("this is no picture")
    unread = answered(capsys, "predict", str(trained_run.path), str(tmp_path / "no.png"))
    assert unread["predictions"][0]["problem"]


def test_a_run_is_evaluated_on_a_folder(capsys, trained_run: Run, tmp_path):
    from sklearn.datasets import load_digits

    digits = load_digits()
    for number, label in enumerate(digits.target[:60]):
        path = tmp_path / str(label) / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.rint(digits.images[number] * (255 / 16)).astype(np.uint8)).save(path)
    (tmp_path / "cats").mkdir()
    Image.new("L", (8, 8)).save(tmp_path / "cats/1.png")
    argv = ("evaluate", str(trained_run.path), "--folder", str(tmp_path))
    found = answered(capsys, *argv)
    assert (found["split"], found["samples"]) == ("folder", 60) and found["accuracy"] > 0.6
    assert found["interval"][0] < found["accuracy"] < found["interval"][1]
    assert found["folder"]["unknown"] == {"cats": 1} and found["folder"]["missing"] == []
    text = written(capsys, *argv)
    assert f"60 images of {tmp_path}" in text and "no such class: cats (1)" in text
    assert "no folder" in refused(capsys, *argv[:3], str(tmp_path / "nowhere"))
    with pytest.raises(SystemExit, match="2"):  # one or the other
        main([*argv, "--split", "val"])


# --- what can not be ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "argv, said",
    [
        (("summary", "resnet81"), "resnet18"),
        (("summary", "vgg16", "--input", "3x8x8"), "can't take an input of 3×8×8"),
        (("summary", "vgg16", "--input", "224"), "3x224x224"),
        (("summary", "vgg16", "--input", "3x64x64", "--input", "3x64x64"), "takes one input"),
        (("summary", "raft_small", "--input", "3x128x128", "--input", "3x256x256"), "one size"),
        (("summary", "vgg16", "--batch-size", "0"), "at least 1"),
        (("summary", "resnet18", "--weights", "COCO"), "IMAGENET1K_V1"),
        (("batches", "irsi"), "iris"),
        (("batches", "iris", "--batch-size", "0"), "at least 1"),
        (("recipe", "letters"), "letters-to-digits"),
        (("train", "no-such-run"), "no-such-run"),
        (("stop", "no-such-run"), "no-such-run"),
        (("resume", "no-such-run"), "no-such-run"),
        (("evaluate", "no-such-run"), "no-such-run"),
        (("predict", "no-such-run", "x.png"), "no-such-run"),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, tuple) else "",
)
def test_bad_input_is_one_line_that_helps(capsys, argv, said):
    assert said in refused(capsys, *argv)


@pytest.mark.parametrize(
    "change, said",
    [
        ({"optimizer": {"lr": -1}}, "learning rate must be greater than 0"),
        ({"model": {"name": "resnet81"}}, "resnet18"),
        ({"data": {"name": "iris"}}, "can't be trained on"),
        ({"loader": {"collate": "list"}}, "default"),
        ({"nonsense": 1}, "nonsense"),
    ],
    ids=str,
)
def test_a_wrong_recipe_trains_nothing(capsys, tmp_path, home, change, said):
    recipe = tmp_path / "recipe.json"
    recipe.write_text(json.dumps({**SMALL, **change}))
    assert said in refused(capsys, "train", str(recipe))
    assert not list(home.glob("runs/*"))


def test_no_json_is_no_recipe(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{half")))
    assert "not a recipe" in refused(capsys, "train", "-")


# --- the whole way, as typed --------------------------------------------------------------


def test_recipe_piped_into_train(home):
    small = json.dumps({**SMALL, "train": {"epochs": 2, "threads": 1}})
    done = subprocess.run(
        [sys.executable, "-m", "core", "train", "-"], input=small, capture_output=True, text=True,
        cwd=ROOT, env={**os.environ, "THAW_HOME": str(home)}, timeout=120,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    epochs = [line for line in lines if line.startswith("Epoch ")]
    assert epochs[-1].startswith("Epoch 002: | Loss: ")
    assert " | Acc: 0." in epochs[-1]
    assert lines[-1] == "finished"
    run = Run(Path(lines[0].removeprefix("run: ")))
    assert run.recipe() == from_json(small)


def test_train_in_json(home):
    small = json.dumps({**SMALL, "train": {"epochs": 1, "threads": 1}})
    done = subprocess.run(
        [sys.executable, "-m", "core", "train", "-", "--json"], input=small, capture_output=True,
        text=True, cwd=ROOT, env={**os.environ, "THAW_HOME": str(home)}, timeout=120,
    )
    answer = json.loads(done.stdout)
    schema = json.loads((ROOT / "docs/schemas/train.json").read_text())
    Draft202012Validator(schema).validate(answer)
    assert answer["status"] == "finished" and answer["test"]["samples"] > 100
    kept = kept_figures.read(Run(Path(answer["path"])))
    assert (kept.accuracy, kept.samples) == (
        answer["test"]["accuracy"], answer["test"]["samples"]
    )


def test_resume_opens_stages_and_says_what_the_optimiser_holds(capsys, monkeypatch):
    run = new_run()
    assert worked(run, stop_after=1) == "stopped"
    assert "no stage “layer4”" in refused(capsys, "resume", run.id, "--unfreeze", "layer4")
    assert "say --resume too" in refused(capsys, "train", run.id, "--unfreeze", "conv5")
    started = []
    monkeypatch.setattr(launching, "spawn", lambda run, *options: started.append(options))
    plain = answered(capsys, "resume", run.id)
    assert (plain["unfrozen"], plain["groups_after"]) == ([], None)
    answer = answered(capsys, "resume", run.id, "--unfreeze", "conv5", "stage4")
    assert started == [("--resume",), ("--resume", "--unfreeze", "conv5", "stage4")]
    assert [group["name"] for group in answer["groups_before"]] == ["fc"]
    assert [(group["name"], group["lr"]) for group in answer["groups_after"]] == [
        ("fc", 3e-3), ("conv5", 1.5e-3), ("stage4", 0.75e-3),
    ]
    assert "+ stage4" in written(capsys, "resume", run.id, "--unfreeze", "stage4")


def test_resume_waits_in_the_queue_where_its_device_is_busy(capsys, monkeypatch):
    run = new_run()
    portable.write_json(run.path / "state.json", {"status": "stopped", "attempt": 1})
    other = new_run()
    monkeypatch.setattr(device_use, "running_runs", lambda root: [other])
    monkeypatch.setattr(queue, "_spawn", lambda root: None)
    assert "Another run is training" in refused(capsys, "resume", run.id)
    assert queue.waiting() == []
    answer = answered(capsys, "resume", run.id, "--queue", "--batch-size", "8")
    assert (answer["status"], answer["batch_size"]) == ("queued", 8)
    assert going_on.changes_of(run) == Changes(batch_size=8) and queue.waiting() == [run]
    assert "waits in the queue already" in refused(capsys, "resume", run.id, "--queue")


# --- measured before a run ---------------------------------------------------------------


def test_train_dry_run_measures_and_leaves_no_run(capsys, home):
    recipe = home / "recipe.json"
    home.mkdir(exist_ok=True)
    recipe.write_text(json.dumps({**SMALL, "train": {"epochs": 4, "threads": 1}}))
    found = answered(capsys, "train", str(recipe), "--dry-run")["dry_run"]
    assert found["epochs"] == 4 and found["steps_per_epoch"] == 25
    assert found["seconds"] > found["startup_seconds"] + 4 * found["epoch_seconds"]
    assert found["disk_bytes"] == 4 * found["checkpoint_bytes"] and found["shortage"] is None
    assert list_runs() == [] and list((home / "cache").glob("epoch_time_*")) == []
    assert " GB (CPU" in beforehand.text({"dry_run": found})
    assert " GB in each of 3 processes (CPU" in beforehand.text(
        {"dry_run": {**found, "processes": 3}}
    )


def test_train_finds_the_batch_size_that_fits(capsys, home):
    recipe = home / "recipe.json"
    home.mkdir(exist_ok=True)
    recipe.write_text(json.dumps(SMALL))
    found = answered(capsys, "train", str(recipe), "--find-batch-size")["fitting_batch"]
    assert found == {
        "asked": 16, "batch_size": 16, "parts": 1,
        "tries": [{"batch_size": 16, "parts": 1, "fits": True}],
    }
    assert list_runs() == []


def test_another_batch_size_is_for_a_run_that_goes_on(capsys):
    run = new_run()
    assert "--resume too" in refused(capsys, "train", run.id, "--batch-size", "4")
    assert "batch_size" in refused(capsys, "resume", run.id, "--batch-size", "0")
    assert refused(capsys, "resume", run.id, "--parts", "0")
