"""A user's own model: its summary against the model really built and really run."""

import types
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from core.messages import ThawError
from core.models.own_architecture import OwnArchitecture, summarize_own
from core.models.own_architecture_given import Code, read_file, read_inputs, split_path

CONVS = """
import torch
from torch import nn

class Block(nn.Module):
    def __init__(self, inside, outside):
        super().__init__()
        self.conv = nn.Conv2d(inside, outside, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(outside)
        self.scale = nn.Parameter(torch.ones(outside, 1, 1))

    def forward(self, x):
        return self.norm(self.conv(x)).relu() * self.scale

class Net(nn.Module):
    def __init__(self, num_classes=10, widths=(8, 16)):
        super().__init__()
        first, second = widths
        self.stages = nn.ModuleList([Block(3, first), Block(first, second)])
        self.pool = nn.AvgPool2d(2)
        self.head = nn.Linear(second, num_classes)
        self.register_buffer("mean", torch.tensor([0.5, 0.5, 0.5]).view(3, 1, 1))
        self.fc = nn.Linear(1000, 1)

    def forward(self, x):
        x = x - self.mean
        for stage in self.stages:
            x = self.pool(stage(x))
        return self.head(x.mean((2, 3)))
"""
WORDS = """
import torch
from torch import nn

class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(100, 8)
        self.places = nn.Embedding(32, 8)
        self.lstm = nn.LSTM(8, 12, bidirectional=True, batch_first=True)
        self.out = nn.Linear(24, 5)
        self.out_again = self.out

    def forward(self, tokens):
        x = self.words(tokens) + self.places(torch.arange(tokens.shape[1]))
        start = torch.zeros(2, tokens.shape[0], 12)
        return self.out_again(self.lstm(x, (start, start))[0])
"""
PAIR = """
from torch import nn
tower = nn.Sequential(nn.Flatten(), nn.Linear(12, 4), nn.ReLU())
class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.tower = tower
        self.head = nn.Bilinear(4, 4, 2)
    def forward(self, left, right):
        return self.head(self.tower(left), self.tower(right))
"""
VALUES = """
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Linear(6, 2), nn.Linear(6, 3)
    def forward(self, x):
        return self.one(x) if x.mean() < 9 else self.other(x)
"""
LAZY = """
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.LazyConv2d(8, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
        self.head = nn.LazyLinear(10)
        self.never = nn.LazyLinear(3)
    def forward(self, x):
        return self.head(self.features(x))
"""


def summary_of(code: str, inputs: str, *, name: str = "", arguments: str = "") -> OwnArchitecture:
    return summarize_own(
        Code(code), read_inputs(inputs), name=name, arguments=arguments, box="limits"
    )


def really(code: str, name: str, *inputs: Tensor) -> tuple[nn.Module, dict[str, list[Tensor]]]:
    """The model built and run here, and what each of its modules gave."""
    module = types.ModuleType("really")
    exec(code, module.__dict__)
    model = getattr(module, name)().eval()
    gave: dict[str, list[Tensor]] = {}
    for path, one in model.named_modules():
        one.register_forward_hook(
            lambda _module, _args, out, path=path: gave.setdefault(path, []).append(out)
        )
    with torch.no_grad():
        model(*inputs)
    return model, gave


@pytest.mark.parametrize(
    "code, name, inputs, way",
    [
        (CONVS, "Net", "3x32x32", "meta"),
        (WORDS, "Tagger", "7:int", "meta"),
        (PAIR, "Pair", "3x2x2, 3x2x2", "meta"),
        (VALUES, "Net", "6", "cpu"),
        (LAZY.replace("self.never = nn.LazyLinear(3)", "pass"), "Net", "3x16x20", "meta"),
    ],
    ids=["convs", "words", "pair", "values", "lazy"],
)
def test_rows_are_those_of_the_model_really_built_and_run(code, name, inputs, way):
    found = summary_of(code, inputs, name=name)
    given = [
        torch.zeros(1, *one.shape, dtype=torch.int64) if one.kind == "int"
        else torch.rand(1, *one.shape) for one in read_inputs(inputs)
    ]
    model, gave = really(code, name, *given)
    assert (found.way, bool(found.why)) == (way, way == "cpu")
    summary = found.summary
    assert [row.name for row in summary.rows] == [path for path, _ in model.named_modules()]
    for row in summary.rows:
        module = model.get_submodule(row.name)
        assert row.total_params == sum(p.numel() for p in module.parameters()), row.name
        assert row.type == type(module).__name__
        outputs = gave.get(row.name, [])
        assert row.calls == len(outputs)
        if outputs:
            first = outputs[0][0] if isinstance(outputs[0], tuple) else outputs[0]
            assert row.output == tuple(first.shape[1:]), row.name
    assert summary.totals.params == sum(p.numel() for p in model.parameters())
    assert summary.totals.buffers == sum(b.numel() for b in model.buffers())
    assert found.printed_model == repr(model)


FUSED = """
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 5, batch_first=True)
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.widen = nn.Linear(5, 8)
    def forward(self, x):
        LOOK
        return self.encoder(self.widen(self.lstm(x)[0]))
"""


@pytest.mark.parametrize(("look", "way"), [("pass", "meta"), ("float(x.sum())", "cpu")])
def test_what_fused_kernels_compute_is_counted(look, way):
    found = summary_of(FUSED.replace("LOOK", look), "7x4")
    assert found.way == way
    rows = {row.name: row for row in found.summary.rows}
    assert rows["lstm"].macs == 7 * 4 * 5 * (4 + 5)
    attention = 7 * 8 * 3 * 8 + 2 * 7 * 7 * 8 + 7 * 8 * 8  # q, k, v; scores and their sum; out
    assert rows["encoder.layers.0"].macs == attention + 2 * 7 * 8 * 16


def test_what_nothing_uses_is_flagged():
    rows = {row.name: row for row in summary_of(CONVS, "3x32x32", name="Net").summary.rows}
    assert (rows["fc"].use, rows["fc"].calls, rows["fc"].params) == ("unused", 0, 1001)
    assert (rows["head"].use, rows["stages"].use) == ("called", "holds")


def test_the_lecture_s_vgg_with_an_fc():
    code = """
from torch import nn
from torchvision import models
vgg = models.vgg16()
vgg.fc = nn.Linear(1000, 1)
"""
    found = summary_of(code, "3x224x224")
    assert [row.name for row in found.summary.rows if row.use == "unused"] == ["fc"]
    assert found.summary.totals.params == 138_357_544 + 1001
    assert found.last_linear.name == "classifier.6"


def test_lazy_modules_before_and_after_a_first_forward():
    found = summary_of(LAZY, "3x16x20")
    model, _ = really(LAZY, "Net", torch.rand(1, 3, 16, 20))
    assert [one.name for one in found.lazy] == ["features.0", "features.1", "head", "never"]
    for one in found.lazy[:3]:
        module = model.get_submodule(one.name)
        assert one.after == repr(module)
        assert one.params == sum(p.numel() for p in module.parameters()) > 0
        assert one.before.startswith(f"Lazy{type(module).__name__}(")
    never = found.lazy[3]
    assert (never.after, never.params) == ("", 0)
    assert never.before == repr(model.never)
    assert "Lazy" in found.printed_before and "Conv2d(3, 8" in found.printed_model
    assert found.summary.totals.params == sum(one.params for one in found.lazy)


def test_nothing_is_allocated():
    """400 GB of weights, and then more within a box that has 2."""
    code = "from torch import nn\nmodel = nn.Sequential(nn.Linear(10**6, 10**5), nn.ReLU())"
    found = summary_of(code, "1000000")
    assert found.summary.totals.params == 10**11 + 10**5
    assert found.summary.totals.macs == 10**11


def test_which_model():
    assert summary_of(CONVS, "3x8x8", name="Block", arguments="3, 4").summary.model == "Block"
    net = summary_of(CONVS, "3x8x8", name="Net", arguments="num_classes=7, widths=(4, 6)")
    assert net.summary.rows[0].output == (7,)
    made = CONVS + "\nmodel = Net(3)\nsame = model\n"  # who made one means that one
    assert summary_of(made, "3x8x8").summary.rows[0].output == (3,)
    assert summary_of(made, "3x8x8", name="Net").summary.rows[0].output == (10,)


def test_what_it_prints_is_kept():
    code = "print('first')\n" + VALUES.replace("return", "print(tuple(x.shape))\n        return")
    assert summary_of(code, "6").output == "first\n(1, 6)\n"  # once, though it ran twice


# --- what is wrong -----------------------------------------------------------------------

HEAD = "from torch import nn\nclass Net(nn.Module):\n"
WRONG = {
    "no model": ("x = 3", "", "has no nn.Module"),
    "empty": (" \n", "", "no code yet"),
    "two models": (CONVS, "", "several models: Block, Net"),
    "another name": (CONVS, "name=Nett", "no model called “Nett”; it has: Block, Net"),
    "syntax": ("import torch\nclass Net(nn.Module:\n  pass", "", "Line 2 of the code is no Python"),
    "tab and spaces": ("if True:\n\tx = 1\n        y = 2", "", "Line 3 of the code is no Python"),
    "null character": ("x = 1\0", "", "is no Python"),
    "an argument is missing": (HEAD + "    def __init__(self, width): super().__init__()", "",
                               "can't be made with the arguments (): missing a required argument: "
                               "'width'. Its signature is Net(width)"),
    "an argument too many": (VALUES, "arguments=3, x=4", "arguments (3, x=4)"),
    "raises while it is built": (
        HEAD + "    def __init__(self):\n        super().__init__()\n        self.a = nn.Linear(2)",
        "", "TypeError in line 5 of the code (“self.a = nn.Linear(2)”)"),
    "no super().__init__()": (
        HEAD + "    def __init__(self):\n        self.a = nn.Linear(2, 2)", "",
        "AttributeError in line 4"),
    "raises in a layer": (
        HEAD + "    def __init__(self):\n        super().__init__()\n"
        "        self.net = nn.Sequential(nn.ReLU(), nn.Linear(5, 2))\n"
        "    def forward(self, x):\n        return self.net(x)", "",
        "RuntimeError in line 7 of the code (“return self.net(x)”), in net.1 (Linear) with an "
        "input of 1×6: mat1 and mat2 shapes cannot be multiplied"),
    "raises behind a layer": (
        HEAD + "    def forward(self, x):\n        y = x.relu()\n        return y @ y", "",
        "RuntimeError in line 5 of the code (“return y @ y”): "),
    "no forward": (HEAD + "    pass", "", 'missing the required "forward" function'),
    "another number of inputs": (PAIR, "name=Pair", "forward takes (left, right), and 1 inputs"),
    "a module that is not here": ("import mylib\n" + VALUES, "", "No module named 'mylib'"),
    "too large to be really run": (
        VALUES.replace("nn.Linear(6, 3)", "nn.Linear(6, 10**9)"), "", "more than the 2 GB"),
    "wrong, and too large to be really run": (
        VALUES.replace("nn.Linear(6, 2), nn.Linear(6, 3)", "nn.Linear(10**5, 10**5), None")
        .replace("if x.mean() < 9", "if True"), "", "must have same reduction dim"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_one_sentence_with_its_line(what):
    code, setting, expected = WRONG[what]
    option, _, value = setting.partition("=")
    with pytest.raises(ThawError) as raised:
        summary_of(code, "6", **({option: value} if option else {}))
    words = str(raised.value)
    assert expected in words, words
    assert "\n" not in words and "Traceback" not in words and "own_architecture" not in words


def test_a_file_and_those_beside_it(tmp_path: Path):
    (tmp_path / "layers.py").write_text("from torch import nn\nclass Half(nn.Linear):\n"
                                        "    def __init__(self, n): super().__init__(n, n // 2)\n")
    file = tmp_path / "model.py"
    file.write_text("from torch import nn\nfrom layers import Half\n"
                    "class Net(nn.Sequential):\n"
                    "    def __init__(self): super().__init__(Half(8), Half(4))\n")
    path, name = split_path(f"{file}:Net")
    found = summarize_own(read_file(path), read_inputs("8"), name=name, box="limits")
    assert [row.type for row in found.summary.rows] == ["Net", "Half", "Half"]
    file.write_text("x = (\n")
    with pytest.raises(ThawError, match="Line 1 of model.py is no Python"):
        summarize_own(read_file(path), read_inputs("8"), box="limits")
