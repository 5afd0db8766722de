"""What a stranger types wrongly, and a reader that leaves before the end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from core.__main__ import main
from core.evaluation import kept_figures
from core.messages import sentence
from core.recipe import Recipe
from core.runs.folder import Run, list_runs
from core.runs.status import status
from core.training import worker
from tests.core.commands.test_commands import answered, refused, written
from tests.core.conftest import SMALL
from tests.core.training.in_process import new_run

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ((), "python -m core --help"),
        (("modles",), "no command “modles”. Near it: models"),
        (("--json", "models"), "models --json"),
        (("models", "--serch", "x"), "no option --serch. Near it: --search"),
        (("models", "resnet"), "takes no “resnet”"),
        (("predict", "a", "b.png", "--top", "x"), "--top"),
        (("queue", "--list", "--clear"), "not allowed with"),
    ],
    ids=str,
)
def test_what_the_parser_refuses_is_one_line_too(capsys, argv, said):
    with pytest.raises(SystemExit, match="2"):
        main(list(argv))
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and err.startswith("thaw") and said in err


def test_a_search_that_finds_nothing_says_so(capsys):
    assert "No classification model has “zzzz”" in written(capsys, "models", "--search", "zzzz")
    nothing = answered(capsys, "models", "--search", "resnt")
    assert nothing["models"] == [] and "resnet18" in nothing["notice"]
    assert "--task detection" in answered(capsys, "models", "--search", "maskrcnn")["notice"]
    assert "notice" not in answered(capsys, "models", "--search", " ResNet18 ")


def test_a_run_is_found_by_what_is_near(capsys, home, tmp_path):
    run = new_run()
    ending = run.id.rpartition("_")[2]
    assert run.id in refused(capsys, "evaluate", f"{ending}x")
    assert "is no run" in refused(capsys, "evaluate", str(tmp_path))


def test_at_least_one_class_is_asked_for(capsys, trained_run: Run, tmp_path):
    Image.new("L", (8, 8)).save(tmp_path / "1.png")
    argv = ("predict", str(trained_run.path), str(tmp_path / "1.png"), "--top")
    for top in ("-3", "0"):
        assert f"{top} was given" in refused(capsys, *argv, top)
    assert len(answered(capsys, *argv, "99")["predictions"][0]["classes"]) == 10
    folder = answered(capsys, "predict", str(trained_run.path), str(tmp_path))
    assert "is a folder" in folder["predictions"][0]["problem"]


def test_batches_name_what_was_left_out(capsys, tmp_path):
    for number in range(4):
        path = tmp_path / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (8, 8)).save(path)
    argv = ("batches", "folder", "--path", str(tmp_path))
    assert answered(capsys, *argv)["left_out"] == []
    assert "left out" not in written(capsys, *argv)
    (tmp_path / "a" / "broken.png").write_text("no picture")
    (tmp_path / "b" / "notes.txt").write_text("nor this")
    found = answered(capsys, *argv)
    assert found["samples"] == 4 and len(found["left_out"]) == 2
    text = written(capsys, *argv)
    assert "2 files were left out:" in text
    assert "“a/broken.png” is no picture" in text and "“b/notes.txt” is no picture" in text
    for number in range(30):
        (tmp_path / "a" / f"{number}.txt").write_text("")
    assert "And 12 more" in written(capsys, *argv)
    warned = answered(capsys, "batches", "iris", "--path", str(tmp_path))["warnings"]
    assert "--path does nothing here: it counts with folder or upload alone." in warned


def test_options_of_something_begun_before_and_of_something_new(capsys, home, tmp_path):
    file = tmp_path / "recipe.json"
    file.write_text(Recipe().to_json())
    for argv in (
        ("experiment", str(file), "--delete"), ("experiment", "--missing"),
        ("sweep", str(file), "--grid", "train.seed=0,1", "--stop"), ("sweep", "--delete"),
    ):
        assert "give the id" in refused(capsys, *argv)
    for argv in (("experiment", "some", "--seeds", "5"), ("sweep", "some", "--queue")):
        assert "give a recipe" in refused(capsys, *argv)
    assert "no sweep “some”" in refused(capsys, "sweep", "some", "--missing", "--queue")
    assert "file of your own" in refused(
        capsys, "summary", "resnet18", "--arguments", "num_classes=3"
    )


def test_a_report_finds_its_place_before_it_takes_its_time(capsys, trained_run, tmp_path):
    argv = ("report", str(trained_run.path), "--checkpoint", "99", "-o")
    assert "is a folder" in refused(capsys, *argv, str(tmp_path))
    assert "no such folder" in refused(capsys, *argv, str(tmp_path / "no" / "it.html"))


@pytest.mark.skipif(sys.platform == "win32", reason="no such pipes and signals")
@pytest.mark.parametrize("argv", [("models",), ("runs",)])
def test_a_reader_that_left_is_no_error(home, argv):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "core", *argv], stdout=writing, stderr=subprocess.PIPE, cwd=ROOT,
        env={**os.environ, "THAW_HOME": str(home)}, timeout=60, text=True,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(sys.platform == "win32", reason="no such pipes")
def test_a_reader_that_left_does_not_end_a_training(home, tmp_path):
    recipe = tmp_path / "recipe.json"
    recipe.write_text(json.dumps({**SMALL, "train": {"epochs": 1, "threads": 1}}))
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "core", "train", str(recipe)], stdout=writing, text=True,
        stderr=subprocess.PIPE, cwd=ROOT, env={**os.environ, "THAW_HOME": str(home)}, timeout=120,
    )
    os.close(writing)
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1 and "the training goes on" in done.stderr
    (run,) = list_runs()
    assert run.state()["status"] == "finished" and kept_figures.read(run).samples > 100


def test_a_run_that_was_interrupted_before_it_began_says_so(capsys, home, tmp_path, monkeypatch):
    def interrupted(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(worker, "work", interrupted)
    recipe = tmp_path / "recipe.json"
    recipe.write_text(json.dumps(SMALL))
    assert main(["train", str(recipe)]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("run: ") and err == "thaw train: interrupted\n"
    (run,) = list_runs()
    assert "interrupted (Ctrl-C)" in sentence(status(run).problem)
