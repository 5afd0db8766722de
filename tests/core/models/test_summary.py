"""The summary: torchvision's own figures, torchsummary row by row, and refusals in a sentence."""

import json
import re
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import dataclass

import pytest
import torch
from torch import nn

from core.messages import ThawError
from core.models import catalogue
from core.models.build import build_architecture
from core.models.other_engines import FAILS, WRONG, _by_torchsummary, engine_text
from core.models.shape_rules import Shape
from core.models.summary import Summary, frame, summarize, summarize_module

ENTRIES = [
    (model.name, weights.name)
    for model in catalogue.CATALOGUE for weights in model.weights if not weights.bundled
]
FIRST_OF_FAMILY = list({catalogue.find_model(n).family: (n, w) for n, w in reversed(ENTRIES)}
                       .values())


def check_against_the_publisher(name: str, weights: str) -> None:
    entry = catalogue.find_weights(name, weights)
    found = summarize(name, weights)
    assert found.totals.params == entry.params
    assert found.totals.macs / 1e9 == pytest.approx(entry.gmacs, abs=6e-4)
    assert sum(row.params for row in found.rows) == entry.params


def test_every_family_is_there():
    assert len(FIRST_OF_FAMILY) == 17


@pytest.mark.parametrize(("name", "weights"), FIRST_OF_FAMILY)
def test_parameters_and_macs_are_those_that_torchvision_publishes(name, weights):
    check_against_the_publisher(name, weights)


@pytest.mark.long
@pytest.mark.parametrize(("name", "weights"), ENTRIES)
def test_the_same_for_every_weights_entry(name, weights):
    check_against_the_publisher(name, weights)


# --- against torchsummary -----------------------------------------------------------------

ROW = re.compile(r"^\s*(\w+)-\d+\s+\[-1, ([\d, ]+)\]\s+([\d,]+)\s*$", re.MULTILINE)
ALL = catalogue.CATALOGUE + catalogue.OTHERS
QUICK = ("vgg11", "resnet18", "mobilenet_v3_small", "squeezenet1_1", "regnet_y_400mf",
         "shufflenet_v2_x0_5", "efficientnet_b0", "mnasnet0_5", "convnext_tiny", "swin_t",
         "r3d_18", "quantized_mobilenet_v2", "densenet121", "vit_b_32")


def smallest_input(name: str) -> Summary:
    """The summary of the bare model at a small input, if it takes one."""
    small = {"video": (3, 8, 64, 64), "optical_flow": (3, 128, 128)}
    try:
        size = small.get(catalogue.find_any_model(name).task, (3, 64, 64))
        return summarize(name, "none", input_size=size)
    except ThawError:
        return summarize(name, "none")


@dataclass
class Theirs:
    """What torchsummary says, beside what really ran while it did.

    Attributes:
        rows: Type, output without the batch, parameters: a row a call.
        calls: Name, type and output of every call of a module of which it has a row.
    """

    rows: list[tuple[str, Shape, int]]
    total: int
    calls: list[tuple[str, str, Shape]]


def theirs(name: str, size: Shape) -> Theirs:
    """Raises what torchsummary raises."""
    task = catalogue.find_any_model(name).task
    model = build_architecture(name, None).eval()  # in train mode googlenet gives three outputs
    calls = []
    for path, module in model.named_modules():
        def seen(module, _, output, path=path):
            if isinstance(output, torch.Tensor):  # of others it writes no single shape
                calls.append((path, type(module).__name__, tuple(output.shape[1:])))
        if path and not isinstance(module, nn.Sequential | nn.ModuleList):
            module.register_forward_hook(seen)
    with torch.no_grad():
        text = _by_torchsummary(model, task, size)
    rows = [
        (kind, tuple(map(int, shape.split(","))), int(params.replace(",", "")))
        for kind, shape, params in ROW.findall(text)
    ]
    total = int(re.search(r"Total params: ([\d,]+)", text)[1].replace(",", ""))
    return Theirs(rows, total, calls)


def compare_with_torchsummary(name: str) -> None:
    entry, found = catalogue.find_any_model(name), smallest_input(name)
    fails = {entry.family, entry.task} & FAILS.keys()
    try:
        other = theirs(name, found.input)
    except Exception:
        assert fails, f"torchsummary fails on {name}, and nothing says why"
        return
    assert not fails
    ours = {row.name: row for row in found.rows}
    first: dict[str, Shape] = {}
    for path, _, output in other.calls:
        first.setdefault(path, output)
    assert {path: ours[path].output for path in first} == first
    assert {path: ours[path].calls for path in first} == Counter(path for path, *_ in other.calls)
    if other.total == found.totals.params:
        assert sorted((kind, output, ours[path].params) for path, kind, output in other.calls) \
            == sorted(other.rows)
    else:  # the shapes agree there too
        known = [*WRONG, "googlenet", "inception"]  # whose auxiliary heads do not run here
        assert any(entry.family.startswith(key) for key in known), name
        assert sorted(call[1:] for call in other.calls) == sorted(row[:2] for row in other.rows)


@pytest.mark.parametrize("name", QUICK)
def test_rows_agree_with_torchsummary(name):
    compare_with_torchsummary(name)


@pytest.mark.long
@pytest.mark.parametrize("name", [entry.name for entry in ALL if entry.name not in QUICK])
def test_rows_agree_with_torchsummary_over_the_registry(name):
    compare_with_torchsummary(name)


def test_rows_come_in_the_order_of_torchsummary():
    found = summarize("vgg16", "IMAGENET1K_V1", input_size=(3, 64, 64))
    text = engine_text("torchsummary", "vgg16", "IMAGENET1K_V1", (3, 64, 64))
    ours = [(row.type, row.params) for row in found.rows if row.depth and row.type != "Sequential"]
    assert ours == [(kind, int(params.replace(",", ""))) for kind, _, params in ROW.findall(text)]
    assert f"Total params: {found.totals.params:,}" in text
    assert found.totals.params == 138_357_544


# --- against a real forward pass ----------------------------------------------------------


@pytest.mark.parametrize("name", ["resnet18", "vit_b_16", "convnext_tiny", "swin_t"])
def test_shapes_are_those_of_a_real_forward_pass(name):
    size = 224 if name == "vit_b_16" else 64
    real = {}
    model = build_architecture(name, catalogue.find_weights(name, "IMAGENET1K_V1")).eval()
    for path, module in model.named_modules():
        def seen(_, __, output, path=path):
            first = output if isinstance(output, torch.Tensor) else output[0]
            real.setdefault(path, tuple(first.shape[1:]))
        module.register_forward_hook(seen)
    with torch.no_grad():
        model(torch.zeros(1, 3, size, size))
    found = summarize(name, "IMAGENET1K_V1", input_size=(3, size, size))
    assert {row.name: row.output for row in found.rows if row.calls} == real


def test_a_module_that_no_forward_uses_is_seen():
    rows = {row.name: row for row in summarize("inception_v3").rows}
    assert rows["AuxLogits"].calls == 0  # in eval mode
    assert rows["fc"].calls == 1


@pytest.mark.parametrize(
    ("name", "path", "use"),
    [
        ("swin_t", "features.1.0.attn.qkv", "read"),
        ("vit_b_16", "encoder.layers.encoder_layer_0.self_attention.out_proj", "read"),
        ("densenet121", "features.denseblock1.denselayer1", "called"),
        ("efficientnet_b0", "features.1.0.stochastic_depth", "unused"),  # where nothing is added
    ],
)
def test_every_row_says_how_it_is_used(name, path, use):
    assert {row.name: row.use for row in summarize(name, "none").rows}[path] == use


def test_kernel_and_stride_have_a_number_a_dimension():
    rows = {row.name: row for row in summarize("resnet18", "none").rows}
    assert (rows["conv1"].kernel, rows["conv1"].stride) == ((7, 7), (2, 2))
    assert (rows["maxpool"].kernel, rows["maxpool"].stride) == ((3, 3), (2, 2))
    assert rows["fc"].kernel == rows["fc"].stride == ()
    stem = {row.name: row for row in summarize("r3d_18").rows}["stem.0"]
    assert (stem.kernel, stem.stride) == ((3, 7, 7), (1, 2, 2))


class Mistaken(nn.Module):
    """A layer that runs twice, one that never does, one only read, a list, a shared weight."""

    def __init__(self) -> None:
        super().__init__()
        self.twice = nn.Linear(8, 8)
        self.blocks = nn.ModuleList([nn.Linear(8, 8), nn.Linear(8, 8)])
        self.read = nn.Linear(8, 8)
        self.fc = nn.Linear(8, 1)
        self.tied = nn.Linear(8, 8)
        self.tied.weight = self.twice.weight

    def forward(self, x):
        x = self.twice(self.twice(x))
        for block in self.blocks:
            x = block(x)
        return self.tied(nn.functional.linear(x, self.read.weight))


@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_any_module_has_a_summary(device):
    with torch.device(device):
        model = Mistaken().train()
    hook = model.twice.register_forward_hook(lambda *_: None)
    model.fc.forward = replaced = lambda x: x
    found = summarize_module(model, (torch.zeros(5, 8, device=device),))
    rows = {row.name: row for row in found.rows}
    assert {name: row.use for name, row in rows.items()} == {
        "": "called", "twice": "called", "blocks": "holds", "blocks.0": "called",
        "blocks.1": "called", "read": "read", "fc": "unused", "tied": "called",
    }
    assert rows["twice"].calls == 2
    assert rows["twice"].macs == 2 * 5 * 64 and found.totals.macs == 6 * 5 * 64
    assert rows["twice"].activation_bytes == 2 * 5 * 8 * 4
    assert found.totals.params == sum(p.numel() for p in model.parameters())
    assert sum(row.params for row in found.rows) == found.totals.params
    assert rows["tied"].params == 8 and rows["tied"].total_params == 72  # its weight counts once
    # It is as it was.
    assert model.training and model.fc.forward is replaced
    assert "forward" not in vars(model) and list(model.twice._forward_hooks) == [hook.id]


def test_a_module_under_two_names_counts_in_both():
    """Its row stands at the first name; what holds it under the second holds all of it too."""
    class Pair(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one = nn.ModuleDict({"shared": nn.Linear(4, 4)})
            self.two = nn.ModuleDict({"again": self.one["shared"], "own": nn.Linear(4, 4)})

        def forward(self, x):
            return self.two["again"](self.one["shared"](x))

    rows = {row.name: row for row in summarize_module(Pair(), (torch.zeros(1, 4),)).rows}
    assert list(rows) == ["", "one", "one.shared", "two", "two.own"]
    assert {name: row.total_params for name, row in rows.items()} == {
        "": 40, "one": 20, "one.shared": 20, "two": 40, "two.own": 20,
    }
    assert rows["two"].use == "holds"  # what it holds under another name runs
    assert (rows["one.shared"].calls, rows["two.own"].use) == (2, "unused")


def test_a_forward_pass_that_fails_leaves_the_module_as_it_was():
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(5, 6))
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        summarize_module(model, (torch.zeros(2, 3),))
    assert all("forward" not in vars(module) for module in model.modules())


def test_a_new_head_changes_its_row_alone():
    before, after = summarize("resnet18"), summarize("resnet18", num_classes=10)
    changed = [a.name for a, b in zip(after.rows, before.rows, strict=True)
               if a.params != b.params]
    assert changed == ["fc"]
    assert after.totals.params == before.totals.params - 513_000 + 5_130


def test_a_summary_touches_no_other_thread():
    """Another session builds and runs real models meanwhile: none of it may land on meta."""
    stop, layers = threading.Event(), []

    def build() -> None:
        while not stop.is_set():
            layer = nn.Linear(4, 4)
            layers.append((layer.weight.is_meta, bool((layer.weight != 0).any())))

    other = threading.Thread(target=build)
    other.start()
    try:
        for name in ("resnet18", "swin_t", "ssdlite320_mobilenet_v3_large", "densenet121"):
            summarize.__wrapped__(name)
    finally:
        stop.set()
        other.join()
    assert len(layers) > 20
    assert set(layers) == {(False, True)}


def test_no_weight_is_allocated():
    code = (
        "import json; from core import portable; from core.models.summary import summarize\n"
        "found = summarize('regnet_y_128gf', 'IMAGENET1K_SWAG_E2E_V1')\n"
        "print(json.dumps([found.totals.param_bytes, portable.peak_memory()]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    weights, peak = json.loads(done.stdout)
    assert weights > 2.5e9 > peak  # all of the process, what it imports included


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("inception_v3", (3, 32, 32), "at least 75 pixels"),
        ("vit_b_16", (3, 32, 32), "exactly 3×224×224"),
        ("maxvit_t", (3, 256, 256), "exactly 3×224×224"),
        ("resnet18", (1, 64, 64), "3 channels"),
        ("alexnet", (3, 8, 8), "at least 63 pixels"),
        ("resnet18", (3, 0, 64), "3×0×64: each side must be at least 1"),
    ],
)
def test_an_input_that_can_not_be_taken_is_a_sentence(name, size, words):
    with pytest.raises(ThawError, match=words):
        summarize(name, "none", input_size=size)


@pytest.mark.parametrize("name", ["vit_b_16", "vit_b_32", "vit_h_14", "vit_l_16", "vit_l_32"])
def test_every_vit_without_weights_takes_its_own_input(name):
    assert summarize(name, "none").input == (3, 224, 224)


@pytest.mark.parametrize(("name", "why"), [("densenet121", "list"), ("vit_b_16", "pair")])
def test_where_torchsummary_fails_its_reason_is_given(name, why):
    size = catalogue.find_model(name).input_size
    with pytest.raises(ThawError, match=why):
        engine_text("torchsummary", name, "none", (3, size, size))


def test_torchsummary_is_refused_before_it_takes_more_memory_than_there_is(monkeypatch):
    from core import portable

    monkeypatch.setattr(portable, "available_memory", lambda: 1e8)
    with pytest.raises(ThawError, match="allocates"):
        engine_text("torchsummary", "vgg16", "none", (3, 224, 224))


def test_the_frame_has_a_row_a_module():
    found = summarize("resnet18")
    table = frame(found)
    assert len(table) == len(found.rows)
    assert table["params"].sum() == 11_689_512
