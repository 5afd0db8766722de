"""A run that goes on with another batch size: its order, its sums, its steps and its schedule."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from core.data import loader
from core.data.load import ImageData
from core.data.split import Split
from core.data.transforms import build_transforms
from core.messages import ThawError
from core.recipe import LoaderSpec, RecipeError, parse
from core.runs import supervisor
from core.runs.changes import Changes
from core.runs.folder import Run
from core.runs.metrics import read_records, valid_records
from core.training import batch_change, checkpoint
from core.training.progress import Progress
from core.training.run_data import RunData
from core.training.schedule import factor
from tests.core.training.in_process import new_run, worked

SAMPLES = 103


def data_of(batch_size: int, *, drop_last: bool = False) -> RunData:
    images = torch.zeros(SAMPLES + 4, 3, 8, 8, dtype=torch.uint8)
    data = ImageData("some", ("a", "b"), np.arange(SAMPLES + 4) % 2, images.__getitem__, "print")
    split = Split(
        train=np.arange(SAMPLES), val=np.arange(SAMPLES, SAMPLES + 2),
        test=np.arange(SAMPLES + 2, SAMPLES + 4),
    )
    transforms = build_transforms(
        size=8, resize="squash", augment="none", mean=(0.5,) * 3, std=(0.5,) * 3,
        interpolation="bilinear",
    )
    spec = LoaderSpec(batch_size=batch_size, drop_last=drop_last)
    return RunData(data, split, transforms, spec, seed=5, draws=1)


def begun(steps: int, epoch: int = 3) -> Progress:
    progress = Progress()
    progress.begin_epoch(epoch)
    progress.step_in_epoch = steps
    return progress


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize(
    ("sizes", "steps"),
    [((32, 16), (1,)), ((32, 10), (2,)), ((10, 32), (3,)), ((30, 7, 12), (2, 3)),
     ((16, 8, 16), (3, 2)), ((64, 100), (1,))],
)
def test_every_sample_comes_once_and_in_the_order_of_the_epoch(
    sizes: Sequence[int], steps: Sequence[int], drop_last: bool
) -> None:
    order = loader.epoch_order(SAMPLES, 5, 3, True)
    progress, seen = begun(0), 0
    for before, size, made in zip(sizes, sizes[1:], steps, strict=False):
        progress.step_in_epoch += made
        seen += made * before
        # As a checkpoint keeps it.
        progress = Progress.from_state_dict(progress.state_dict())
        data = data_of(size, drop_last=drop_last)
        batch_change.go_on(progress, data, before)
    places = data.places(3)
    came = [place for batch in places for place in batch]
    assert came == order[: len(came)]
    rest = places[progress.step_in_epoch :]
    assert sum(map(len, places[: progress.step_in_epoch])) == seen
    assert {len(batch) for batch in rest[:-1]} <= {sizes[-1]}
    assert len(came) == (seen + (SAMPLES - seen) // size * size if drop_last else SAMPLES)
    assert progress.steps_left(data.steps_per_epoch) == len(rest)
    # Another epoch is as if there had been nothing.
    assert data.places(4) == data_of(size, drop_last=drop_last).places(4)
    progress.begin_epoch(4)
    assert progress.steps_left(data.steps_per_epoch) == data.steps_per_epoch


def test_an_epoch_that_has_not_begun_just_has_the_new_size() -> None:
    progress, data = begun(0), data_of(16)
    batch_change.go_on(progress, data, 32)
    assert data.places(3) == data_of(16).places(3) and progress.extra_steps == 0


def test_the_schedule_goes_on_where_it_was() -> None:
    """By the share of the run that is done: the rate neither jumps nor ends too high."""
    recipe = parse({"train": {"epochs": 5}, "schedule": {"name": "cosine"}})
    progress = begun(2)
    progress.step = 2 * 4 + 2
    before = factor(recipe.schedule, progress.place(4), 4, 5)  # 103 samples in batches of 32
    data = data_of(8)
    batch_change.go_on(progress, data, 32)
    per_epoch = data.steps_per_epoch
    now = factor(recipe.schedule, progress.place(per_epoch), per_epoch, 5)
    assert now == pytest.approx(before, abs=0.06)  # a step of the old size is 5 % of the run
    assert progress.step == 10  # real updates: what was recorded stays before what comes
    progress.step_in_epoch += progress.steps_left(per_epoch)
    assert progress.place(per_epoch) == 3 * per_epoch


# --- real runs ---------------------------------------------------------------------------


def stopped_in_an_epoch(monkeypatch: pytest.MonkeyPatch, **parts: object) -> Run:
    """A run of three epochs of 80 images in batches of 16 that stands in its second, at step 7."""
    from core.training.report import RunReport

    run = new_run(**parts)
    own = RunReport.wish
    with monkeypatch.context() as patched:
        patched.setattr(
            RunReport, "wish",
            lambda self: "stop" if self._training.progress.step == 7 else own(self),
        )
        assert worked(run) == "stopped"
    return run


def records_of(run: Run) -> list[dict]:
    return valid_records(read_records(run.path / "metrics.jsonl"), run.attempts())


@pytest.mark.parametrize("features", ["auto", "off"])
def test_a_run_goes_on_in_mid_epoch_with_smaller_batches(
    monkeypatch: pytest.MonkeyPatch, features: str
) -> None:
    run = stopped_in_an_epoch(monkeypatch, features={"cache": features})
    assert worked(run, resume=True, changes={"loader.batch_size": 6}) == "finished"
    assert run.recipe().loader.batch_size == 16 and run.present_recipe().loader.batch_size == 6
    records = records_of(run)
    epochs = [one for one in records if one["kind"] == "epoch" and one["split"] == "train"]
    # Two steps of 16 in the second epoch, 48 images in 8 steps of 6; then 14 steps of 6.
    assert [one["step"] for one in epochs] == [5, 5 + 2 + 8, 15 + 14]
    assert [one["samples"] for one in epochs] == [80, 160, 240]
    steps = [one["step"] for one in records if one["kind"] == "step"]
    assert steps == list(range(1, 30))
    state = run.state()
    assert (state["step"], state["steps"], state["epoch"]) == (29, 29, 3)
    attempts = run.attempts()
    assert [attempts[n]["first_step"] for n in (1, 2)] == [0, 7]
    rates = [one["values"]["lr"] for one in records if one["kind"] == "step"]
    assert all(after <= before for before, after in zip(rates, rates[1:], strict=False))


def test_killed_again_within_that_epoch_it_goes_on_as_if_it_were_not(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.training.report import RunReport

    whole, cut = (stopped_in_an_epoch(monkeypatch) for _ in range(2))
    changes = {"loader.batch_size": 6}
    assert worked(whole, resume=True, changes=changes) == "finished"
    own = RunReport.wish
    with monkeypatch.context() as patched:
        patched.setattr(
            RunReport, "wish",
            lambda self: "stop" if self._training.progress.step == 11 else own(self),
        )
        assert worked(cut, resume=True, changes=changes) == "stopped"
    assert worked(cut, resume=True) == "finished"
    ends = [checkpoint.load_latest(run.path / "checkpoints") for run in (whole, cut)]
    for key, value in ends[0]["model_state_dict"].items():
        assert torch.equal(value, ends[1]["model_state_dict"][key]), key


def test_in_parts_the_run_goes_on_with_the_same_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    run = stopped_in_an_epoch(monkeypatch)
    assert worked(run, resume=True, changes={"train.accumulate": 4}) == "finished"
    assert run.state()["step"] == 15 and run.present_recipe().train.accumulate == 4


def test_a_batch_size_that_is_none_is_refused_before_anything_starts() -> None:
    run = new_run()
    with pytest.raises(RecipeError):
        supervisor.resume(run, batch_size=0)
    with pytest.raises(ThawError):
        supervisor.resume(run, parts=5000)
    assert run.launch() is None
    assert Changes().fields == {}
