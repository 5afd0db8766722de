"""What TensorBoard's own readers find of runs: each point once, also after resumes."""

import json
from pathlib import Path

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn

from core.recipe import parse
from core.runs.folder import Run
from core.training.loggers import EPOCH_NAMES, event_files, graph, histograms
from core.training.loggers.hyperparameters import hyperparameters
from tests.core.training.in_process import new_run, worked

_NO_LIMIT = {"scalars": 0, "images": 0, "histograms": 0, "tensors": 0}


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_HOME", str(tmp_path))


def read(run: Run) -> EventAccumulator:
    found = EventAccumulator(str(run.path / "tensorboard"), size_guidance=_NO_LIMIT)
    found.Reload()
    return found


def curve(found: EventAccumulator, tag: str) -> list[tuple[int, float]]:
    return [(event.step, event.value) for event in found.Scalars(tag)]


def full(folder: Path) -> Path:
    """The only event file with something in it."""
    (one,) = (path for path in folder.iterdir() if path.stat().st_size)
    return one


def records(run: Run, kind: str) -> list[dict]:
    lines = (run.path / "metrics.jsonl").read_text().splitlines()
    return [one for one in map(json.loads, lines) if one["kind"] == kind]


def test_the_lecture_s_curves_hold_what_the_run_recorded() -> None:
    run = new_run(loggers={"tensorboard": True})
    assert worked(run) == "finished"
    found, told = read(run), records(run, "epoch")
    for (split, key), tag in EPOCH_NAMES.items():
        wanted = [(one["epoch"], one["values"][key]) for one in told if one["split"] == split]
        assert len(wanted) >= 3
        assert curve(found, tag) == [(place, pytest.approx(value)) for place, value in wanted]
    best = run.state()["best"]
    assert curve(found, "hparam/accuracy")[-1] == (3, pytest.approx(best["val_accuracy"]))
    assert not found.Tags()["images"] and not found.Tags()["histograms"]
    assert not found.Tags()["graph"]


def test_step_curves_have_the_records_rates_by_stage_and_are_thinned() -> None:
    run = new_run(loggers={"tensorboard": True}, freeze={"preset": "last_stage"})
    assert worked(run) == "finished"
    found = read(run)
    told = {one["step"]: one["values"] for one in records(run, "step")}
    points = curve(found, "Step/loss")
    assert [step for step, _ in points] == [10]  # of fifteen
    assert points[0][1] == pytest.approx(told[10]["loss"])
    rates = [tag for tag in found.Tags()["scalars"] if tag.startswith("LearningRate/")]
    assert len(rates) > 1
    head = curve(found, "LearningRate/fc")
    assert head == [(10, pytest.approx(told[10]["lr"]))]


def test_a_resumed_run_is_one_run_without_the_abandoned_branch(tmp_path: Path) -> None:
    """A worker that is killed in epoch 3, whose checkpoint of epoch 1 alone was left."""
    run = new_run(
        loggers={"tensorboard": True, "details": True}, train={"epochs": 4, "threads": 1},
    )
    assert worked(run, stop_after=1) == "stopped"
    kept = {path: path.read_bytes() for path in (run.path / "checkpoints").iterdir()}
    assert worked(run, resume=True, stop_after=3) == "stopped"
    abandoned = read(run)
    assert [step for step, _ in curve(abandoned, "Loss/test")] == [0, 1, 2, 3]
    for path in (run.path / "checkpoints").iterdir():
        if path not in kept:
            path.unlink()
    for path, content in kept.items():
        path.write_bytes(content)
    assert worked(run, resume=True, stop_after=2) == "stopped"
    found = read(run)
    assert [step for step, _ in curve(found, "Loss/test")] == [0, 1, 2]
    assert [step for step, _ in curve(found, "Loss/train")] == [1, 2]
    assert [step for step, _ in curve(found, "Step/loss")] == [10]
    assert [step for step, _ in curve(abandoned, "Step/loss")] == [10]
    images = found.Images("Images/validation, predicted")
    assert [image.step for image in images] == [0, 1, 2]
    assert len(found.Images("Images/training batch")) == 1
    steps = [one.step for one in found.Histograms("Weights/fc.weight")]
    assert steps == [0, 1, 2]
    assert found.Tags()["graph"]


def test_a_viewer_that_was_open_forgets_the_abandoned_branch() -> None:
    run = new_run(loggers={"tensorboard": True}, train={"epochs": 4, "threads": 1})
    assert worked(run, stop_after=3) == "stopped"
    viewer = read(run)
    folder = run.path / "tensorboard"
    event_files.carry_over(folder, epoch=2, step=5)
    viewer.Reload()
    assert [step for step, _ in curve(viewer, "Loss/test")] == [0, 1]


def test_carrying_over_twice_or_after_a_torn_end_changes_nothing() -> None:
    run = new_run(loggers={"tensorboard": True})
    assert worked(run) == "finished"
    folder = run.path / "tensorboard"
    whole = curve(read(run), "Loss/train")
    event_files.carry_over(folder, epoch=99, step=999)
    assert curve(read(run), "Loss/train") == whole
    carried = full(folder)
    carried.write_bytes(carried.read_bytes()[:-7])  # as a power cut leaves the last record
    event_files.carry_over(folder, epoch=99, step=999)
    assert curve(read(run), "Loss/train") == whole
    # Killed before the old files were deleted: both are there.
    (folder / "events.out.tfevents.1000000000.host.1.0").write_bytes(
        full(folder).read_bytes()
    )
    event_files.carry_over(folder, epoch=99, step=999)
    assert curve(read(run), "Loss/train") == whole
    assert full(folder)


def test_details_change_nothing_of_the_training() -> None:
    states = []
    for details in (False, True):
        run = new_run(
            loggers={"tensorboard": True, "details": details},
            transform={"size": 32, "augment": "affine"}, freeze={"preset": "last_stage"},
        )
        assert worked(run) == "finished"
        last = torch.load(run.path / "checkpoints" / "last.pt", weights_only=True)
        states.append(last["model_state_dict"])
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_the_histogram_is_of_the_weights() -> None:
    run = new_run(loggers={"tensorboard": True, "details": True})
    assert worked(run) == "finished"
    last = torch.load(run.path / "checkpoints" / "last.pt", weights_only=True)
    weights = last["model_state_dict"]["fc.weight"].flatten()
    shown = read(run).Histograms("Weights/fc.weight")[-1].histogram_value
    stride = -(-len(weights) // 4096)
    assert shown.num == len(weights[::stride])
    assert shown.min == pytest.approx(float(weights[::stride].min()))
    assert shown.sum == pytest.approx(float(weights[::stride].sum()), abs=1e-3)
    assert sum(shown.bucket) == shown.num


def test_a_histogram_of_values_that_are_not_finite_is_of_the_others() -> None:
    class Writer:
        def __init__(self) -> None:
            self.said: dict[str, dict] = {}

        def add_histogram_raw(self, name: str, **said: object) -> None:
            self.said[name] = said

    model = nn.Linear(3, 1)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0, float("nan"), float("inf")]]))
        model.bias.fill_(float("nan"))
    writer = Writer()
    histograms.write(writer, model, 0)
    assert list(writer.said) == ["Weights/weight"] and writer.said["Weights/weight"]["num"] == 1


def test_a_model_that_cant_be_traced_gets_a_note() -> None:
    class Untraceable(nn.Module):
        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            raise RuntimeError("no")

    class Stub:
        model, device, recipe = Untraceable(), torch.device("cpu"), parse({})
        data = type("Data", (), {"size": 8})()

    model = Stub.model.train()
    problem = graph.write(None, Stub())
    assert problem.id == "loggers.no_graph"
    assert model.training


def test_every_recipe_has_the_same_columns_of_the_same_types() -> None:
    one = hyperparameters(parse({}))
    other = hyperparameters(parse({
        "name": "x", "split": {"train_per_class": 5}, "transform": {"size": 96},
        "optimizer": {"name": "sgd", "lr": 1},
    }))
    assert {name: type(value) for name, value in one.items()} == {
        name: type(value) for name, value in other.items()
    }
    assert other["learning rate"] == 1.0 and other["images a class"] == "5"


def test_the_hparams_tab_finds_columns_and_session(tmp_path: Path) -> None:
    """By the plugin itself, over two runs in one logdir."""
    from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
    from tensorboard.context import RequestContext
    from tensorboard.plugins import base_plugin
    from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups

    runs = [new_run(loggers={"tensorboard": True}, name=name) for name in ("one", "two")]
    for run in runs:
        assert worked(run) == "finished"
    seen = plugin_event_multiplexer.EventMultiplexer(size_guidance=_NO_LIMIT)
    seen.AddRunsFromDirectory(str(tmp_path / "runs"))
    seen.Reload()
    provider = data_provider.MultiplexerDataProvider(seen, str(tmp_path / "runs"))
    context = backend_context.Context(base_plugin.TBContext(data_provider=provider))
    request = RequestContext()
    table = context.hparams_metadata(request, "")
    experiment = context.experiment_from_metadata(
        request, "", True, table, context.hparams_from_data_provider(request, "", limit=None)
    )
    names = {info.name for info in experiment.hparam_infos}
    assert names == set(hyperparameters(parse({})))
    wanted = api_pb2.ListSessionGroupsRequest(
        start_index=0, slice_size=9, allowed_statuses=[api_pb2.STATUS_SUCCESS],
        col_params=[api_pb2.ColParams(metric=info.name) for info in experiment.metric_infos],
    )
    found = list_session_groups.Handler(request, context, "", wanted).run().session_groups
    assert {group.hparams["name"].string_value for group in found} == {"one", "two"}
    assert all(
        {value.name.tag for value in group.metric_values} == {"hparam/accuracy", "hparam/loss"}
        for group in found
    )
