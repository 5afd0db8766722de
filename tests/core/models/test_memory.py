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
from core.recipe import FreezePlan, Recipe, TrainSpec


def estimate(
    preset: str, optimizer: str = "adamw", batch: int = 4, name: str = "resnet18", **train: object
) -> memory.MemoryEstimate:
    summary = summarize(name, "none", input_size=(3, 64, 64), num_classes=10)
    return memory.training_memory(
        summary, FreezePlan(preset=preset), head_paths(name), optimizer, batch,
        train=TrainSpec(device="cpu", **train) if train else None,
    )


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize(
    ("name", "preset"),
    [("resnet18", "linear_probe"), ("resnet18", "last_stage"), ("resnet18", "all"),
     ("swin_v2_t", "all")],
)
def test_what_autograd_keeps_is_what_it_keeps_on_the_cpu(name, preset, precision):
    model = build_model(name, "none", num_classes=10).model
    apply_freeze(model, FreezePlan(preset=preset), head_paths(name))
    train_mode(model)
    own = {t.untyped_storage().data_ptr() for t in [*model.parameters(), *model.buffers()]}
    kept = {}

    def pack(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage()
        return tensor

    with (
        torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor),
        torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bfloat16"),
    ):
        output = model(torch.zeros(4, 3, 64, 64))
    real = sum(s.nbytes() for pointer, s in kept.items() if pointer not in own)
    del output
    need = estimate(preset, name=name, precision=precision)
    assert need.activations + need.copies == pytest.approx(real, rel=0.02)
    assert need.half == (precision == "bfloat16")
    # The head of a linear probe asks for no gradient of its input, so its weights are not kept.
    assert (need.copies > 0) == (need.half and preset != "linear_probe")


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
    assert everything.left_out != estimate("all", precision="bfloat16").left_out


def test_a_table_of_positions_is_kept_once_a_batch():
    one, nine = (estimate("all", batch=batch, name="swin_v2_t").activations for batch in (1, 9))
    grows = (nine - one) / 8
    assert one - grows > 1e6 and nine < 9 * one - 8e6


def test_a_copy_of_what_trains_is_for_the_average_and_one_for_the_other_processes():
    alone = estimate("last_stage")
    averaged = estimate("last_stage", ema=0.9)
    together = estimate("last_stage", processes=3)
    assert averaged.total - alone.total == averaged.average == alone.gradients
    assert together.total - alone.total == together.shared == alone.gradients
    assert together.processes == 3 and averaged.processes == alone.processes == 1


def test_processes_on_a_cpu_share_its_memory_and_a_gpu_has_its_own(monkeypatch):
    need = estimate("all", processes=2)
    monkeypatch.setattr(portable, "available_memory", lambda: 1.5 * need.total)
    assert memory.fits_here(estimate("all")) is None
    assert memory.fits_here(need).id == "models.too_big"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    summary = summarize("resnet18", "none", input_size=(3, 64, 64), num_classes=10)
    plan, head = FreezePlan(preset="all"), head_paths("resnet18")
    there = memory.training_memory(summary, plan, head, "adamw", 64, train=TrainSpec(processes=2))
    assert there.half and there.on_gpu and there.shared and there.processes == 1
    monkeypatch.setattr(portable, "available_memory", lambda: 1e6)
    assert memory.fits_here(there) is None


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
    for more in ({"ema": 0.9}, {"processes": 2}):
        monkeypatch.setattr(portable, "available_memory", lambda: 3.5e9)
        memory.refuse_if_too_big(recipes.parse(wide))
        with pytest.raises(ThawError, match="and 3.5 GB are free"):
            memory.refuse_if_too_big(recipes.parse({**wide, "train": more}))
    two = {**wide, "train": {"processes": 2, "device": "cpu"}}
    monkeypatch.setattr(portable, "available_memory", lambda: 8e9)
    with pytest.raises(ThawError, match="8.1 GB of memory and 8.0 GB are free"):
        memory.refuse_if_too_big(recipes.parse(two))
    monkeypatch.setattr(portable, "available_memory", lambda: 3e9)
    wide["head"]["kind"] = "linear"  # which has no hidden layers
    memory.refuse_if_too_big(recipes.parse(wide))
    monkeypatch.setattr(portable, "available_memory", lambda: 8e9)
    assert memory.fits_here(estimate("all")) is None
    monkeypatch.setattr(portable, "available_memory", lambda: 1e6)
    assert memory.fits_here(estimate("all")).id == "models.too_big"
