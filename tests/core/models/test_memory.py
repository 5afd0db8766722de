"""Memory of a step, against what autograd really keeps."""

import pytest
import torch

from core import portable
from core import recipe as recipes
from core.messages import ThawError
from core.models import memory
from core.models.alive import Alive
from core.models.build import build_model
from core.models.freezing import apply_freeze, train_mode
from core.models.heads import head_paths
from core.models.summary import summarize
from core.recipe import FreezePlan, Recipe


def estimate(preset: str, optimizer: str = "adamw", batch: int = 4) -> memory.MemoryEstimate:
    summary = summarize("resnet18", "none", input_size=(3, 64, 64), num_classes=10)
    return memory.training_memory(
        summary, FreezePlan(preset=preset), head_paths("resnet18"), optimizer, batch
    )


@pytest.mark.parametrize("preset", ["linear_probe", "last_stage", "all"])
def test_activations_are_what_autograd_keeps_on_the_cpu(preset):
    model = build_model("resnet18", "none", num_classes=10).model
    apply_freeze(model, FreezePlan(preset=preset), head_paths("resnet18"))
    train_mode(model)
    own = {t.untyped_storage().data_ptr() for t in [*model.parameters(), *model.buffers()]}
    kept = {}

    def pack(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        output = model(torch.zeros(4, 3, 64, 64))
    real = sum(s.nbytes() for pointer, s in kept.items() if pointer not in own)
    del output
    assert estimate(preset).activations == pytest.approx(real, rel=0.1)


def test_a_forward_pass_holds_few_layers_at_a_time():
    found = summarize("vgg11", "none", input_size=(3, 64, 64))
    # The most lives at the first pooling: the picture, the 64 maps that the ReLU changed in
    # place, a quarter of them, and where in the maps those were (int64, which PyTorch makes too).
    picture, maps = 4 * 3 * 64**2, 4 * 64 * 64**2
    assert memory.forward_memory(found, 1) == picture + maps + maps // 4 + 2 * maps // 4
    assert memory.forward_memory(found, 8) == 8 * memory.forward_memory(found, 1)


def test_what_is_alive_is_the_same_on_the_cpu():
    model = build_model("resnet18", "none", num_classes=10).model.eval()
    with Alive([*model.parameters(), *model.buffers()]) as alive, torch.no_grad():
        model(torch.zeros(1, 3, 64, 64))
    found = summarize("resnet18", "none", input_size=(3, 64, 64), num_classes=10)
    assert memory.forward_memory(found, 1) == pytest.approx(alive.most, rel=0.05)
    del model
    assert 0 <= alive.now < 100


@pytest.mark.parametrize("name", ["r3d_18", "fcn_resnet50", "raft_small", "quantized_resnet18"])
def test_models_of_other_tasks_train_as_they_come(name):
    found = summarize(name)
    step = memory.training_memory(found, None, (), "sgd", 2)
    assert step.gradients == step.optimizer == 4 * found.totals.trainable
    assert step.activations > memory.forward_memory(found, 2)


def test_a_detector_has_no_backward_pass_without_boxes():
    found = summarize("ssdlite320_mobilenet_v3_large")
    assert memory.training_memory(found, None, (), "sgd", 2).activations == 0
    assert memory.forward_memory(found, 1) > 4 * 3 * 320**2


def test_gradients_and_optimiser_follow_what_trains():
    probe, everything = estimate("linear_probe"), estimate("all")
    assert probe.gradients == 4 * 5130
    assert everything.gradients == 4 * 11_181_642
    assert everything.optimizer == 2 * everything.gradients
    assert estimate("all", "sgd").optimizer == everything.gradients
    assert probe.weights == everything.weights
    assert everything.total == sum(
        (everything.weights, everything.gradients, everything.optimizer, everything.activations)
    )


def test_too_big_is_said_before_anything_is_allocated(monkeypatch):
    recipe, _ = recipes.with_model(Recipe(), "regnet_y_128gf")
    monkeypatch.setattr(portable, "available_memory", lambda: 8e9)
    with pytest.raises(ThawError, match="10.3 GB of memory and 8.0 GB are free"):
        memory.refuse_if_too_big(recipe)
    memory.refuse_if_too_big(recipes.with_value(recipe, "freeze.preset", "linear_probe"))
    wide = {"head": {"kind": "mlp", "hidden": [8192] * 4}, "freeze": {"preset": "linear_probe"}}
    monkeypatch.setattr(portable, "available_memory", lambda: 3e9)
    with pytest.raises(ThawError, match="3.2 GB of memory and 3.0 GB are free"):
        memory.refuse_if_too_big(recipes.parse(wide))
    wide["head"]["kind"] = "linear"  # which has no hidden layers
    memory.refuse_if_too_big(recipes.parse(wide))
    monkeypatch.setattr(portable, "available_memory", lambda: 8e9)
    assert memory.fits_here(estimate("all")) is None
    monkeypatch.setattr(portable, "available_memory", lambda: 1e6)
    assert memory.fits_here(estimate("all")).id == "models.too_big"
