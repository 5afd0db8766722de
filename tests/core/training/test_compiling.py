"""torch.compile: the same run to rounding, its cost told, and a run that goes on without it."""

import shutil
import weakref

import pytest
import torch
from torch import nn

from core.training import compiling
from core.training.compiling import CompiledForward
from core.training.loop import fit
from tests.core.training.in_process import new_run, worked
from tests.core.training.test_features import PROBE, curves, states
from tests.core.training.test_loop import Watcher, make, small


class Told(Watcher):
    """Hears of the compiling too."""

    def compiled(self, seconds, why):
        self.seconds, self.why = seconds, why


def test_a_model_that_can_not_be_compiled_trains_as_it_is(monkeypatch):
    def compiler(model, **_):
        def broken(_inputs):
            torch.rand(7)  # a failed attempt may have drawn numbers
            raise RuntimeError("Failed to find C++ compiler\nand a long story")
        return broken

    monkeypatch.setattr(compiling.torch, "compile", compiler)
    recipe = small()
    plain, compiled = make(recipe), make(recipe)
    heard = Watcher(), Told()
    fit(plain, heard[0])
    compiled.compiled = CompiledForward(compiled.model, 8, compiled.optimizer, heard[1])
    fit(compiled, heard[1])
    assert heard[1].why.id == "training.not_compiled"
    assert heard[1].why.values["why"] == "Failed to find C++ compiler"
    assert heard[0].steps == heard[1].steps and heard[0].epochs == heard[1].epochs


def test_what_a_failed_pass_had_computed_is_gone_before_the_next(monkeypatch):
    """Memory may be what it failed for."""
    held = []

    def broken(inputs):
        computed = inputs + 1
        held.append(weakref.ref(computed))
        raise torch.OutOfMemoryError("CUDA out of memory")

    def eager(inputs):
        assert held[0]() is None
        return inputs

    monkeypatch.setattr(compiling.torch, "compile", lambda model, **_: broken)
    training, told = make(small()), Told()
    CompiledForward(eager, 8, training.optimizer, told)(torch.rand(8, 3, 4, 4))
    assert len(held) == 1 and told.why.values["why"] == "CUDA out of memory"


def test_every_stage_that_opens_is_compiled_for(monkeypatch):
    """A vision transformer has 15; after eight graphs PyTorch compiles no more without a word."""
    compiled, real = [], torch.compile

    def backend(graph, _inputs):
        compiled.append(graph)
        return graph.forward

    monkeypatch.setattr(
        compiling.torch, "compile", lambda model, **how: real(model, backend=backend, **how)
    )
    model = nn.Sequential(*(nn.Linear(4, 4) for _ in range(10))).requires_grad_(False)
    model[-1].requires_grad_(True)
    optimizer = torch.optim.SGD(model[-1].parameters(), lr=0.1)
    forward = CompiledForward(model, 8, optimizer, Told())
    for opened in range(1, 11):
        for _ in range(2):
            forward(torch.rand(8, 4)).sum().backward()
        assert len(compiled) == opened
        if opened < 10:
            opening = list(model[-1 - opened].requires_grad_(True).parameters())
            optimizer.add_param_group({"params": opening})


def test_an_error_of_the_model_is_not_the_compilers(monkeypatch):
    def broken(_inputs):
        raise ValueError("the model's own")

    monkeypatch.setattr(compiling.torch, "compile", lambda model, **_: model)
    training, told = make(small()), Told()
    forward = CompiledForward(broken, 8, training.optimizer, told)
    with pytest.raises(ValueError, match="own"):
        forward(torch.rand(8, 3, 4, 4))


def test_other_sizes_run_as_they_are(monkeypatch):
    seen = []
    monkeypatch.setattr(
        compiling.torch, "compile", lambda model, **_: lambda x: seen.append(len(x)) or model(x)
    )
    training, told = make(small()), Told()
    training.compiled = CompiledForward(training.model, 8, training.optimizer, told)
    fit(training, told)  # 44 samples: five batches of 8 and one of 4
    assert seen == [8] * 5 * 4


@pytest.mark.skipif(not shutil.which("g++"), reason="torch.compile needs a C++ compiler here")
@pytest.mark.timeout(240)
def test_compiled_it_is_the_same_run_to_rounding(home, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "inductor"))
    train = {"epochs": 2, "threads": 1}
    plain = new_run(**{**PROBE, "train": train})
    compiled = new_run(**{**PROBE, "train": {**train, "compile": True}})
    assert worked(plain) == worked(compiled) == "finished"
    told = compiled.state()["compile"]
    assert told["why"] is None and told["seconds"] > 0
    assert "compile" not in plain.state()
    assert states(plain).keys() == states(compiled).keys()
    for mine, theirs in zip(curves(compiled), curves(plain), strict=True):
        assert mine[3]["loss"] == pytest.approx(theirs[3]["loss"], rel=1e-4)


def test_where_the_backward_pass_can_not_be_compiled_the_run_goes_on(monkeypatch):
    """It fails when it is compiled, before the first step, and not in the middle of that."""
    from functorch.compile import make_boxed_func
    from torch._dynamo.backends.common import aot_autograd

    def broken(_graph, _inputs):
        raise RuntimeError("no such kernel\nand a long story")

    real = torch.compile
    backend = aot_autograd(fw_compiler=lambda graph, _: make_boxed_func(graph), bw_compiler=broken)
    monkeypatch.setattr(compiling.torch, "compile", lambda model, **_: real(model, backend=backend))
    recipe = small()
    plain, compiled = make(recipe), make(recipe)
    heard = Watcher(), Told()
    fit(plain, heard[0])
    compiled.compiled = CompiledForward(compiled.model, 8, compiled.optimizer, heard[1])
    fit(compiled, heard[1])
    assert heard[1].why.id == "training.not_compiled"
    assert heard[1].why.values["why"] == "RuntimeError: no such kernel"
    assert heard[0].steps == heard[1].steps and heard[0].epochs == heard[1].epochs
