"""The diagram: every stage in one box, its shapes those of its rows, nothing lost on any level."""

from collections import Counter

import pytest
import torch
import torchvision
from torch import nn
from torchvision.models.video.mvit import PositionalEncoding

from core.models.catalogue import CATALOGUE, OTHERS
from core.models.freezing import stages
from core.models.structure import Diagram, diagram, sizes, walk
from core.models.structure_groups import MOST_BOXES
from core.models.structure_labels import label
from core.models.summary import Summary, summarize, summarize_module


def labels(level: Diagram) -> list[str]:
    return [box.label for box in level.boxes]


def box_of(level: Diagram, label: str):
    return next(box for box in level.boxes if box.label == label)


def check(found: Summary, level: Diagram) -> None:
    """Against the rows: what a level shows is what they say, and each is shown once."""
    rows = {row.name: row for row in found.rows}
    shown = Counter(name for box in level.boxes for name in box.modules)
    assert set(shown.values()) == {1}
    for box in level.boxes:
        assert box.input == rows[box.modules[0]].input
        assert box.output == rows[box.modules[-1]].output
        own = [row.params for row in found.rows
               if any(f"{row.name}.".startswith(f"{name}.") for name in box.modules)]
        assert box.size.params == sum(own)
    inside = {name for name in rows
              if any(f"{name}.".startswith(f"{other}.") for other in shown)}
    left = {name for name, row in rows.items() if name not in inside and row.params}
    assert left == {name for name, _ in level.held}
    assert all(count == rows[name].params for name, count in level.held)
    params = sum(box.size.params for box in level.boxes) + sum(count for _, count in level.held)
    assert params == found.totals.params
    assert sum(box.size.macs for box in level.boxes) + level.macs == found.totals.macs
    assert sum(box.size.activation_bytes for box in level.boxes) == found.totals.activation_bytes


@pytest.mark.parametrize("name", [entry.name for entry in CATALOGUE])
def test_every_stage_of_a_classification_model_is_in_one_box(name: str) -> None:
    found = summarize(name)
    level = diagram(found)
    check(found, level)
    assert 3 < len(level.boxes) <= MOST_BOXES
    shown = Counter(name for box in level.boxes for name in box.modules)
    assert {stage: shown[stage] for stage in stages(found.rows)} == dict.fromkeys(
        stages(found.rows), 1
    )
    assert level.boxes[0].joint == "before" and level.boxes[0].input == found.input
    assert all(box.inside is None for box in level.boxes)


# The smallest of each family: the others differ in numbers alone. `--long` takes them all.
SMALLEST = {
    (entry.task, entry.family): entry.name
    for entry in sorted(OTHERS, key=lambda entry: -entry.params)
}.values()


@pytest.mark.parametrize(
    "name",
    [pytest.param(entry.name, marks=[] if entry.name in SMALLEST else pytest.mark.long)
     for entry in OTHERS],
)
def test_other_models_are_drawn_too(name: str) -> None:
    found = summarize(name)
    level = diagram(found)
    check(found, level)
    assert 1 < len(level.boxes) <= MOST_BOXES


@pytest.mark.parametrize("name", ["densenet201", "fasterrcnn_resnet50_fpn", "swin_t", "vit_h_14"])
def test_what_runs_is_found_on_the_way_down_and_only_once(name: str) -> None:
    found = summarize(name)
    boxes = list(walk(diagram(found, depth=None)))
    single = Counter(box.modules[0] for box in boxes if box.kind == "module")
    assert set(single.values()) == {1}
    for box in boxes:
        if box.inside:
            inner = sum(one.size.params for one in box.inside.boxes)
            assert inner + sum(count for _, count in box.inside.held) == box.size.params
    holders = {row.name.rpartition(".")[0] for row in found.rows}
    innermost = {row.name for row in found.rows if row.calls and row.name not in holders}
    assert innermost and innermost <= set(single)


# --- the order ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, shape, options",
    [
        ("resnet18", (3, 64, 64), {}),
        ("quantized_mobilenet_v2", (3, 64, 64), {"quantize": False}),
        ("mvit_v1_b", (3, 4, 32, 32), {}),
        ("ssdlite320_mobilenet_v3_large", (3, 64, 64), {"weights_backbone": None}),
    ],
)
def test_the_order_is_that_of_a_forward_that_really_runs(
    name: str, shape: tuple[int, ...], options: dict[str, object]
) -> None:
    model = torchvision.models.get_model(name, weights=None, **options).eval()
    if name == "mvit_v1_b":  # its size is fixed, and takes seconds
        model.pos_encoding = PositionalEncoding(96, (8, 8), 2, False)
    began: dict[str, None] = {}
    for path, module in model.named_modules():
        module.register_forward_pre_hook(lambda _, __, path=path: began.setdefault(path))
    with torch.inference_mode():
        model([torch.rand(shape)] if "ssd" in name else torch.rand(1, *shape))
    whole = diagram(summarize(name), depth=None)
    levels = [whole, *(box.inside for box in walk(whole) if box.inside)]
    assert len(whole.boxes) > 8 and len(levels) > 8
    for level in levels:
        shown = [module for box in level.boxes for module in box.modules]
        ran = [path for path in began if path in shown]
        assert shown[: len(ran)] == ran and began.keys().isdisjoint(shown[len(ran) :])


def test_a_module_that_is_not_run_stands_where_what_it_holds_runs() -> None:
    class Read(nn.Linear):
        def __init__(self) -> None:
            super().__init__(4, 4)
            self.inner = nn.Linear(4, 4)

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.never = nn.Linear(4, 4)
            self.last = nn.Linear(4, 2)
            self.read = Read()
            self.first = nn.ModuleList([nn.Linear(4, 4)])

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.read.inner(self.first[0](x))
            return self.last(nn.functional.linear(x, self.read.weight))

    level = diagram(summarize_module(Model(), (torch.rand(1, 4),)))
    assert labels(level) == ["first.0", "read", "last", "never"]
    assert [box.use for box in level.boxes] == ["called", "read", "called", "unused"]


# --- what a person sees ------------------------------------------------------------------


def test_vgg_is_drawn_in_blocks_that_end_with_a_pooling() -> None:
    level = diagram(summarize("vgg16"), depth=2)
    assert labels(level) == ["features.0–4", "features.5–9", "features.10–16", "features.17–23",
                             "features.24–30", "avgpool", "classifier"]
    assert {box.kind for box in level.boxes[:5]} == {"block"}
    assert level.boxes[0].type == "2 Conv2d, 2 ReLU, MaxPool2d"
    assert labels(level.boxes[0].inside) == [f"features.{place}" for place in range(5)]
    assert box_of(level, "classifier").joint == "reshaped"  # torch.flatten is no module


def test_equal_blocks_are_one_box_only_where_they_are_too_many() -> None:
    assert "encoder_layer_11" in labels(diagram(summarize("vit_b_16")))
    level = diagram(summarize("vit_l_16"), depth=2)
    assert labels(level) == ["conv_proj", "dropout", "encoder_layer_0–23", "ln", "heads"]
    layers = box_of(level, "encoder_layer_0–23")
    assert (layers.kind, layers.type, len(layers.modules)) == ("repeat", "24 EncoderBlock", 24)
    assert len(layers.inside.boxes) == 24
    assert level.held == (("", 1024), ("encoder", 201_728))  # class token, positions


def test_inception_keeps_its_unused_head_outside_of_the_flow() -> None:
    level = diagram(summarize("inception_v3"))
    assert labels(level) == ["Conv2d_1a_3x3–maxpool1", "Conv2d_3b_1x1–maxpool2", "Mixed_5b–5d",
                             "Mixed_6a–6e", "Mixed_7a–7c", "avgpool", "dropout", "fc",
                             "AuxLogits"]
    aux, after = box_of(level, "AuxLogits"), box_of(level, "Mixed_7a–7c")
    assert (aux.use, aux.calls, aux.output) == ("unused", 0, ())
    assert after.joint == "before"


def test_branches_say_where_their_input_comes_from() -> None:
    level = diagram(summarize("googlenet"), depth=2)
    branches = box_of(level, "inception3a").inside.boxes
    assert [box.joint for box in branches] == ["before", "input", "input", "input"]
    detector = diagram(summarize("fasterrcnn_resnet50_fpn"))
    assert (box_of(detector, "rpn").joint, box_of(detector, "rpn").source) == (
        "earlier", "transform"
    )


def test_boxes_stand_in_the_order_of_the_forward_and_not_of_registration() -> None:
    """RetinaNet registers what resizes the picture last, swin the norm after what takes it."""
    found = summarize("retinanet_resnet50_fpn")
    assert [row.name for row in found.rows if row.depth == 1][-1] == "transform"
    level = diagram(found)
    assert labels(level) == ["transform", "body", "fpn", "head", "anchor_generator"]
    assert [box.joint for box in level.boxes[:3]] == ["before"] * 3
    merging = box_of(diagram(summarize("swin_t"), depth=2), "features.2").inside
    assert labels(merging) == ["norm", "reduction"]
    assert [box.joint for box in merging.boxes] == ["reshaped", "before"]
    quantized = diagram(summarize("quantized_resnet18"))
    assert labels(quantized)[:2] == ["quant", "conv1"] and labels(quantized)[-1] == "dequant"
    assert {box.joint for box in quantized.boxes} == {"before", "reshaped"}


@pytest.mark.parametrize(
    "modules, expected",
    [
        (["layer1"], "layer1"),
        (["features.denseblock1"], "denseblock1"),
        (["features.3"], "features.3"),
        (["layer1.0.conv1"], "conv1"),
        (["features.3", "features.12"], "features.3–12"),
        (["a.encoder_layer_10", "a.encoder_layer_19"], "encoder_layer_10–19"),
        (["b.denselayer10", "b.denselayer12"], "denselayer10–12"),
        (["Mixed_5b", "Mixed_5d"], "Mixed_5b–5d"),
        (["features.29", "classifier"], "features.29 – classifier"),
    ],
)
def test_labels(modules: list[str], expected: str) -> None:
    assert label(modules) == expected


def test_sizes_of_rows_count_what_lies_below() -> None:
    found = summarize("maxvit_t")
    size = dict(zip((row.name for row in found.rows), sizes(found.rows), strict=True))
    assert size[""].params == found.totals.params
    assert size[""].activation_bytes == found.totals.activation_bytes
    # A ModuleList does not run itself: what it computes is what is computed in it.
    inner = [row.macs for row in found.rows if row.name.count(".") == 1
             and row.name.startswith("blocks.")]
    assert size["blocks"].macs == sum(inner) > 0
