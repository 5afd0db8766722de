"""What torch.compile makes for a GPU, from the first step to the end of a run.

Its kernels are translated to a GPU's code as for a real one, and launched; nobody executes them.
"""

import pytest
import torch

from core.training.compiling import CompiledForward
from core.training.loop import Training, train_epoch, validate
from core.training.step import train_step
from tests.core.training.in_process import new_run, worked
from tests.core.training.test_compiling import Told
from tests.made_up_gpu.checks.steps import training_of
from tests.made_up_gpu.journal import kept, no_waiting

pytestmark = pytest.mark.usefixtures("clean_memory")
LAUNCHED = "launch what was compiled"


@pytest.fixture(autouse=True)
def nothing_known() -> None:
    torch._dynamo.reset()


def compiled_of(**fields) -> tuple[Training, Told]:
    training, told = training_of(4, **fields), Told()
    training.compiled = CompiledForward(training.model, 7, training.optimizer, told)
    return training, told


@pytest.mark.parametrize("fields", [
    {}, {"train.precision": "float16", "train.clip_norm": 1.0}, {"train.precision": "float32"},
])
def test_a_compiled_step_waits_for_nothing(fields: dict):
    training, told = compiled_of(**fields)
    batches = list(training.data.train(1, 0))
    train_step(training, *batches[0])
    assert told.why is None and told.seconds > 0
    with kept() as asked, no_waiting():
        for batch in batches[1:]:
            train_step(training, *batch)
    launched = asked.count(LAUNCHED)
    assert launched >= 2 * 3 and launched % 3 == 0  # forward and backward, the same each time
    assert not [line for line in asked if line.startswith("wait") or "pageable" in line]


def test_a_short_batch_and_validation_are_not_compiled():
    training, told = compiled_of()
    train_epoch(training, told, 0.0)
    images, targets = next(training.data.train(1, 0))
    with kept() as asked:
        train_step(training, images[:3], targets[:3])
        validate(training)
    assert LAUNCHED not in asked


def test_without_triton_it_is_said_and_the_model_trains_as_it_is(monkeypatch):
    from torch._inductor import scheduler

    monkeypatch.setattr(scheduler, "has_triton", lambda: False)
    training, told = compiled_of()
    with kept() as asked, torch._inductor.config.patch(force_disable_caches=True):
        train_epoch(training, told, 0.0)
    assert told.why.id == "training.no_triton" and LAUNCHED not in asked


def test_a_compiled_run_goes_on_to_its_end():
    """A probe over features, whose last batch is short."""
    run = new_run(loader={"batch_size": 18}, train={
        "epochs": 2, "threads": 1, "log_every": 50, "compile": True,
    })
    assert worked(run, stop_after=1) == "stopped", run.state()["error"]
    torch._dynamo.reset()  # as another process would have to compile again
    with kept() as asked:
        assert worked(run, resume=True) == "finished", run.state()["error"]
    told = run.state()["compile"]
    assert told["why"] is None and told["seconds"] > 0 and LAUNCHED in asked
