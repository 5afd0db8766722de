"""Pages on a machine of several devices: what they say of each, and what may start beside what."""

import json
import subprocess
import sys

import pytest

from core.recipe import Recipe, TrainSpec, parse
from core.runs import device_slots, experiment, folder, launching, queue
from core.runs.experiment_spec import parse as parse_spec
from core.runs.status import running_runs
from pages.widgets.experiment import keeper
from tests.core.runs.holder import HOLDER
from tests.pages.app_page import open_page, quiet
from tests.pages.test_experiment import choose, labels, widget, words


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch):
    """No process of the queue, and in the place of a worker one that says nothing."""
    monkeypatch.setattr(queue, "_spawn", lambda root: None)
    monkeypatch.setattr(launching, "_command", lambda run, *o: [
        sys.executable, "-c", "import time; time.sleep(10)"  # one that has ended is an error
    ])
    keeper._look.clear()


@pytest.fixture
def devices(monkeypatch):
    """Says which devices this machine has."""
    return lambda setting: monkeypatch.setenv(device_slots.SETTING, setting)


@pytest.fixture
def train():
    """Lets runs be under way, each on the devices that it is given; they end with the test."""
    holders = []

    def hold(run, *slots):
        (run.path / "launch.json").write_text(json.dumps(
            {"pid": 0, "attempt": 1, "time": 0.0, "devices": list(slots)}
        ))
        holders.append(subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(run.path / "lock")], stdout=subprocess.PIPE
        ))
        assert holders[-1].stdout.readline() == b"held\n"
        return run

    yield hold
    for holder in holders:
        holder.kill()
        holder.communicate()


def on(device):
    return Recipe(train=TrainSpec(device=device))


def new(device, name):
    return folder.create_run(on(device), name=name)


def test_one_device_is_never_spoken_of(home, monkeypatch, devices, train):
    devices("cpu")
    queue.add([queue.NewRun(on("auto"), "waits"), queue.NewRun(on("cpu"), "waits too")])
    train(new("auto", "under way"), "cpu")
    at = open_page(home, monkeypatch, "runs")
    assert "1. waits – starts after the run before it\n" in words(at)
    assert "CPU" not in words(at) and "kind of device" not in words(at)
    at = open_page(home, monkeypatch, "train")
    assert "**under way** is training: wait until it ends" in words(at)
    assert "Add to the queue" in labels(at)


def test_the_queue_says_which_device_each_waits_for_and_who_is_on_them(
    home, monkeypatch, devices, train
):
    devices("cuda:0,cuda:1")
    queue.add([queue.NewRun(on("auto"), "g"), queue.NewRun(on("cpu"), "c")])
    train(new("auto", "under *way*"), "cuda:1")
    at = open_page(home, monkeypatch, "runs")
    assert r"**GPU 0**: free · **GPU 1**: under \*way\* · **CPU**: free" in words(at)
    assert "1. g – on a GPU, starts in under a minute\n1. c – on the CPU, starts in" in words(at)
    widget(at, "button", "Pause the queue").click().run()
    assert "1. g – on a GPU\n1. c – on the CPU" in words(quiet(at))


def test_a_device_of_several_runs_says_how_many_more_it_takes(home, monkeypatch, devices, train):
    devices("cpu,cpu,cpu")
    queue.add([queue.NewRun(on("auto"), "waits")])
    train(new("auto", "under way"), "cpu")
    at = open_page(home, monkeypatch, "runs")
    assert "**CPU**: under way, 2 free" in words(at)
    assert "1. waits – starts in under a minute" in words(at)


def test_a_run_starts_on_a_free_device_beside_another_one(home, monkeypatch, devices, train):
    devices("cuda:0")
    train(new("auto", "under way"), "cuda:0")
    at = open_page(home, monkeypatch, "train", on("auto"))
    assert widget(at, "button", "Start training").disabled
    at = open_page(home, monkeypatch, "train", on("cpu"))
    assert "It starts on the CPU, beside **under way** on the GPU." in words(at)
    assert "Add to the queue" not in labels(at)
    assert not widget(at, "button", "Start training").disabled
    # A time that is measured beside a run says nothing of one that is alone.
    assert widget(at, "button", "Dry run").disabled
    widget(at, "button", "Start training").click().run()
    assert at.error == []
    started = next(run for run in folder.list_runs() if run.name != "under way")
    assert started.launch()["devices"] == ["cpu"]


def test_where_all_are_busy_each_is_named_and_the_line_is_that_of_the_device(
    home, monkeypatch, devices, train
):
    devices("cuda:0,cuda:1")
    train(new("auto", "one"), "cuda:0")
    train(new("auto", "two"), "cuda:1")
    queue.add([queue.NewRun(on("cpu"), "for the CPU"), queue.NewRun(on("auto"), "for a GPU")])
    at = open_page(home, monkeypatch, "train", on("auto"))
    said = words(at)
    assert "are training: wait until one of them ends" in said
    assert "**one**" in said and "**two**" in said
    widget(at, "button", "Add to the queue").click().run()
    assert "One waits before it" in quiet(at).success[0].value


def test_an_experiment_goes_on_on_two_devices(home, monkeypatch, devices, train):
    devices("cpu,cpu")
    at = open_page(home, monkeypatch, "experiment")
    assert "**12 runs**, 2 at a time: 4 plans × 3 seeds" in words(at)
    begun = experiment.begin(parse_spec({"name": "Mine", "seeds": 1}), parse({}))
    for one in begun.members[:2]:
        train(one.run, "cpu")
    choose(at.run(), begun)
    quiet(at)
    assert len(running_runs()) == 2
    assert [label for label in labels(at) if label == "Watch it"] == ["Watch it"] * 2


def test_a_sweep_says_how_many_go_on_at_a_time_and_waits_only_where_all_are_busy(
    home, monkeypatch, devices, train
):
    devices("cpu,cpu")
    train(new("auto", "one"), "cpu")
    at = open_page(home, monkeypatch, "sweep")
    assert "Here 2 go on at a time." in words(at) and "waits for its turn" not in words(at)
    train(new("auto", "two"), "cpu")
    assert "waits for its turn" in words(quiet(at.run()))


def test_a_setting_that_names_no_device_is_a_sentence(home, monkeypatch, devices):
    devices("gpus")
    queue.add([queue.NewRun(on("auto"), "waits")])
    at = open_page(home, monkeypatch, "start")
    for page in ("train", "runs"):
        at.switch_page(f"pages/{page}.py").run()
        assert not at.exception
        assert "THAW_DEVICES is “gpus”" in at.error[0].value
