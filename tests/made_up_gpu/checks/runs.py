"""Whole runs on a GPU: worker, loop, report and checkpoints, to their end or to their error."""

from collections.abc import Iterator

import pytest
import torch

from core.runs.folder import Run
from core.training import failures, fitting_batch_try, loop
from core.training.checkpoint import load_latest
from tests.core.conftest import SMALL
from tests.core.training.in_process import new_run, worked
from tests.made_up_gpu.journal import ASSERTED, BUSY, FAILED, MEMORY, UNCORRECTABLE, lost

pytestmark = pytest.mark.usefixtures("clean_memory")

QUIET = {"epochs": 1, "threads": 1, "log_every": 50}
MODEL = {"model": SMALL["model"], "freeze": SMALL["freeze"]}
AUGMENTED = {"size": 32, "augment": "affine"}


def trained(run: Run, **how) -> str:
    """As `worked`, with device memory of zeros: what no kernel fills must not be NaN."""
    torch.cuda.empty_cache()
    return worked(run, **how)


def ended(**parts) -> dict:
    """The state of a run that was worked on to its end."""
    run = new_run(**{"train": QUIET, **parts})
    status = trained(run)
    state = run.state()
    assert state["status"] == status and "Made-up GPU" in state["device"]
    return {**state, "run": run}


@pytest.mark.parametrize("parts", [
    {**MODEL, "transform": AUGMENTED},  # the loader augments, picture by picture
    {**MODEL, "transform": {**AUGMENTED, "augment_on": "batch"}},
    {**MODEL, "loader": {"batch_size": 16, "num_workers": 1}, "transform": AUGMENTED},
    {"freeze": {"preset": "linear_probe"}},  # with features in the place of pictures
])
def test_a_run_finishes(parts: dict):
    state = ended(**parts)
    assert state["status"] == "finished", state["error"]
    assert state["peak_memory_bytes"] == torch.cuda.max_memory_allocated()
    found = load_latest(state["run"].path / "checkpoints")
    assert found["device"] == "cuda" and found["epoch"] == 1


def test_a_run_in_float16_with_an_average_goes_on():
    train = {**QUIET, "epochs": 2, "precision": "float16", "ema": 0.9, "clip_norm": 1.0}
    run = new_run(**MODEL, train=train)
    assert trained(run, stop_after=1) == "stopped"
    found = load_latest(run.path / "checkpoints")
    assert {"scale", "_growth_tracker"} <= set(found["scaler_state_dict"])
    assert set(found["raw_model_state_dict"]) == set(found["model_state_dict"])
    assert trained(run, resume=True) == "finished", run.state()["error"]


def test_a_run_of_a_cpu_goes_on_in_float16():
    run = new_run(**MODEL, train={**QUIET, "epochs": 2, "device": "cpu"})
    assert worked(run, stop_after=1) == "stopped"
    changes = {"train.device": "auto", "train.precision": "float16"}
    assert trained(run, resume=True, changes=changes) == "finished", run.state()["error"]
    assert load_latest(run.path / "checkpoints")["scaler_state_dict"]


@pytest.mark.parametrize(("error", "id"), [
    (MEMORY, "training.out_of_memory"), (UNCORRECTABLE, "training.device_lost"),
    (FAILED, "training.device_lost"), (ASSERTED, "training.device_assert"),
    (BUSY, "training.no_gpu"),
])
def test_an_error_of_the_gpu_ends_the_run_with_its_sentence(
    error: int, id: str, monkeypatch: pytest.MonkeyPatch
):
    real, steps = loop.train_step, []

    def failing(*given):
        steps.append(given)
        if len(steps) == 3:
            with lost(error):
                return real(*given)
        return real(*given)

    monkeypatch.setattr(loop, "train_step", failing)
    state = ended(**MODEL, transform=SMALL["transform"])
    assert (state["status"], state["error"]["id"]) == ("failed", id)


@pytest.fixture
def nearly_full() -> Iterator[None]:
    """A GPU with 30 MB left."""
    free, _ = torch.cuda.mem_get_info()
    taken = torch.empty(free - 30 * 2**20, dtype=torch.uint8, device="cuda")
    yield
    del taken


def test_a_batch_that_does_not_fit_is_told_and_so_is_its_size(nearly_full):
    state = ended(**MODEL, loader={"batch_size": 64}, transform={"size": 64})
    assert (state["status"], state["error"]["id"]) == ("failed", "training.out_of_memory")
    with pytest.raises(torch.OutOfMemoryError) as caught:
        torch.empty(2**30, device="cuda")
    assert failures.is_out_of_memory(caught.value)
    assert fitting_batch_try._of_failure(caught.value, state["run"].recipe()) == {"fits": False}


def test_a_size_that_fits_leaves_a_tenth_of_the_free_memory():
    free, whole = torch.cuda.mem_get_info()
    try:
        fitting_batch_try._limit_memory(torch.device("cuda"), 1)
        torch.empty(int(0.88 * free), dtype=torch.uint8, device="cuda")
        torch.cuda.empty_cache()
        with pytest.raises(torch.OutOfMemoryError):
            torch.empty(int(0.92 * free), dtype=torch.uint8, device="cuda")
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
