"""The summary over torchvision's whole registry, against torchvision's own figures and builders.

The models and entries are asked of torchvision, not of our catalogue: where the registry grows a
model that is not listed or does not work, a test fails.
"""

from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torchvision import models

from core.messages import ThawError
from core.models import catalogue
from core.models.build import build_architecture
from core.models.data_dependent import Found
from core.models.documented import FOUND_IN_NOISE, OTHER_PARAMS
from core.models.summary import inputs_of, summarize, summarize_module
from core.models.summary_skeleton import NoStorage, build_skeleton
from docs import make_registry_table

REGISTRY = models.list_models()
ENTRIES = [(name, entry.name) for name in REGISTRY for entry in models.get_model_weights(name)]

LARGEST_REAL = 2**24  # bytes; constructors compute tables of positions


class Largest(TorchDispatchMode):
    """Keeps the size in bytes of the largest tensor that is not on meta."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(out):
            if isinstance(leaf, torch.Tensor) and not leaf.is_meta:
                self.bytes = max(self.bytes, leaf.untyped_storage().nbytes())
        return out


@contextmanager
def without_files(monkeypatch):
    """torchvision's builders take a weights entry, but no file is fetched and none is loaded."""
    with monkeypatch.context() as patched:
        patched.setattr(models.WeightsEnum, "get_state_dict", lambda *_, **__: {})
        patched.setattr(nn.Module, "load_state_dict", lambda *_, **__: None)
        yield


def as_torchvision_builds(name: str, weights: str, monkeypatch) -> nn.Module:
    entry = models.get_model_weights(name)[weights]
    if "unquantized" in entry.meta:  # int8 holds no parameters; before that it is this one
        entry = entry.meta["unquantized"]
    with without_files(monkeypatch), NoStorage():
        return models.get_model(name, weights=entry).to("meta")


def test_the_catalogue_lists_the_whole_registry():
    listed = [entry.name for entry in catalogue.CATALOGUE + catalogue.OTHERS]
    assert sorted(listed) == sorted(REGISTRY)
    assert len(REGISTRY) >= 121
    assert {entry.task for entry in catalogue.CATALOGUE} == {"classification"}


def test_the_table_in_docs_is_what_its_script_writes_now():
    text = (Path(__file__).parents[3] / "docs/registry.md").read_text(encoding="utf-8")
    lines = make_registry_table.rows()
    assert len(lines) == len(ENTRIES)
    assert text.endswith("".join(lines))


def test_every_exception_is_of_the_registry():
    assert (OTHER_PARAMS.keys() | FOUND_IN_NOISE.keys()) <= set(ENTRIES)


@pytest.mark.parametrize(("name", "weights"), ENTRIES)
def test_parameters_and_macs_are_torchvisions(name, weights):
    meta = models.get_model_weights(name)[weights].meta
    with Largest() as largest:
        found = summarize.__wrapped__(name, weights, found=FOUND_IN_NOISE.get((name, weights)))
    assert largest.bytes < LARGEST_REAL
    params = OTHER_PARAMS.get((name, weights), meta["num_params"])
    assert found.totals.params == params == sum(row.params for row in found.rows)
    # The figures have three decimals: that is less than 0.5 % for all but one (0.040).
    assert found.totals.macs / 1e9 == pytest.approx(meta["_ops"], abs=6e-4)


@pytest.mark.parametrize("name", REGISTRY)
def test_the_architecture_is_the_one_that_ships(name, monkeypatch):
    def facts(model: nn.Module) -> tuple[list, list, list]:
        return (
            [(path, type(module)) for path, module in model.named_modules()],
            [(path, p.shape, p.requires_grad) for path, p in model.named_parameters()],
            [(path, b.shape, b.dtype) for path, b in model.named_buffers()],
        )

    weights = models.get_model_weights(name).DEFAULT.name
    ours = build_skeleton(name, catalogue.find_any_model(name).find_weights(weights))
    assert all(p.is_meta for p in ours.parameters())
    assert facts(ours) == facts(as_torchvision_builds(name, weights, monkeypatch))


@pytest.mark.parametrize("name", REGISTRY)
def test_shortcuts_change_no_row(name):
    """Formulas and blocks that speak for others against every operation of every block."""
    entry = catalogue.find_any_model(name)
    fast = summarize.__wrapped__(name)
    model = build_skeleton(name, entry.find_weights(fast.weights))
    slow = summarize_module(model, inputs_of(entry.task, fast.input), found=fast.found)
    assert fast.rows == slow.rows
    assert fast.totals == slow.totals


@pytest.mark.parametrize("entry", catalogue.OTHERS, ids=lambda entry: entry.name)
def test_bare_models_work(entry):
    assert summarize(entry.name, "none").totals.macs > 0


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("fasterrcnn_resnet50_fpn", (3, 512, 512), (4,)),  # boxes
        ("fcn_resnet50", (3, 520, 520), (21, 520, 520)),
        ("r3d_18", (3, 16, 112, 112), (400,)),
        ("raft_small", (3, 512, 512), (2, 512, 512)),  # flow
        ("quantized_resnet18", (3, 224, 224), (1000,)),
    ],
)
def test_every_task_has_its_own_input(name, first, last):
    found = summarize(name)
    assert found.input == found.rows[0].input == first
    assert found.rows[0].output == last
    assert (found.found is not None) == (name == "fasterrcnn_resnet50_fpn")


def test_shapes_of_a_detector_are_those_of_a_real_forward_pass():
    name = "ssdlite320_mobilenet_v3_large"
    real = {}
    model = build_architecture(name, catalogue.find_any_model(name).find_weights("COCO_V1")).eval()
    for path, module in model.named_modules():
        def seen(_, __, output, path=path):
            leaf = tree_leaves(output)[0]
            real.setdefault(path, tuple(getattr(leaf, "tensors", leaf).shape[1:]))
        module.register_forward_hook(seen)
    with torch.no_grad():
        model([torch.rand(3, 512, 512)])
    ours = {row.name: row.output for row in summarize(name).rows if row.calls}
    assert ours == real
    assert ours["transform"] == (3, 320, 320)


def test_more_found_costs_more():
    def macs(found):
        return summarize("maskrcnn_resnet50_fpn", found=found).totals.macs

    one, two, three = (macs(Found(detections=n)) for n in (1, 2, 3))
    assert three - two == two - one > 0
    assert macs(Found(proposals=10)) < macs(Found(proposals=20)) < one
    assert macs(Found()) == macs(None) == one


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("r3d_18", (3, 64, 64), "a clip"),
        ("resnet18", (3, 16, 64, 64), "channels×height×width"),
        ("raft_small", (3, 64, 64), "at least 128 pixels"),
        ("mvit_v2_s", (3, 16, 64, 64), "at least 224 pixels"),
        ("fcn_resnet50", (1, 64, 64), "3 channels"),
    ],
)
def test_an_input_of_another_kind_is_a_sentence(name, size, words):
    with pytest.raises(ThawError, match=words):
        summarize(name, input_size=size)
