"""Every kind of head on every family: names, shapes, what a linear probe trains, the numbers.

    python -m pytest --long tests/core/models/test_new_heads.py

does it for all 80 classification models.
"""

from itertools import product
from typing import get_args

import pytest
import torch
from torch import nn

from core.messages import ThawError
from core.models import catalogue, freezing
from core.models.build import build_model
from core.models.freeze_names import unknown_names
from core.models.head_code import model_code
from core.models.head_layers import ACTIVATIONS, INITS
from core.models.head_mistake import try_mistake
from core.models.heads import DEEPER, HEADS, head_paths, is_one_layer, outputs_of, replace_head
from core.models.summary import inputs_of, summarize
from core.models.summary_skeleton import NoStorage, build_skeleton
from core.recipe import LINEAR_HEAD, FreezePlan, HeadKind, HeadSpec
from core.seeds import seed_for
from tests.core.models.test_freezing_families import FAMILIES

KINDS = get_args(HeadKind)
# Light enough to be built with their numbers.
LIGHT = ("resnet18", "squeezenet1_1", "mobilenet_v3_small")
ALL = [name for name in (model.name for model in catalogue.CATALOGUE) if name not in FAMILIES]


def specs(dropout: float = 0.0) -> list[HeadSpec]:
    return [HeadSpec(kind=kind, hidden=(16, 8), dropout=dropout) for kind in KINDS]


def shapes(model: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}


def check_model(name: str, weights: str) -> None:
    """Every kind, with two and with one output, without a dropout and with one."""
    entry = catalogue.find_weights(name, weights)
    old = shapes(build_skeleton(name, entry))
    task = catalogue.find_model(name)
    (images,) = inputs_of("classification", task.input_shape(weights), batch_size=2)
    for dropout, outputs in ((0.0, 2), (0.3, 1)):
        for spec in specs(dropout):
            model = build_skeleton(name, entry, outputs, spec)
            paths = head_paths(name, weights, spec)
            if dropout:  # which changes no shape
                assert model(images).shape == (2, outputs), (name, spec)
            _check_names(shapes(model), old, paths, spec)
            _check_probe(model, paths)


def _check_names(new: dict, old: dict, paths: tuple[str, ...], spec: HeadSpec) -> None:
    """Nothing but the head is another; behind an appended one the old outputs are all there."""
    mine = {name for name in new if any(name.startswith(f"{path}.") for path in paths)}
    others = {name: shape for name, shape in new.items() if name not in mine}
    if spec.kind != "append":
        assert others.items() <= old.items()
        return
    wrapped = [base for path in paths if f"{(base := path.removesuffix('.1'))}.weight" in old]
    for base in wrapped:
        others = {name.replace(f"{base}.0.", f"{base}."): shape for name, shape in others.items()}
    assert others == old


def _check_probe(model: nn.Module, paths: tuple[str, ...]) -> None:
    freezing.apply_freeze(model, FreezePlan(preset="linear_probe"), paths)
    on = {name for name, p in model.named_parameters() if p.requires_grad}
    assert on == {name for name, _ in model.named_parameters()
                  if any(name.startswith(f"{path}.") for path in paths)}
    holders = {name.rpartition(".")[0] for name in on}
    # Each path is a layer, or a dropout and that layer.
    assert {next(path for path in paths if holder in (path, f"{path}.1"))
            for holder in holders} == set(paths)


@pytest.mark.parametrize("name", FAMILIES)
def test_names_shapes_and_the_linear_probe(name: str) -> None:
    check_model(name, "none")


@pytest.mark.long
@pytest.mark.parametrize("name", ALL)
def test_the_same_of_all_other_models(name: str) -> None:
    check_model(name, "none")


def test_names_do_not_depend_on_the_dropout_for_a_plan() -> None:
    for name, kind in product(("resnet18", "efficientnet_b0", "vgg11"), KINDS):
        rows = summarize(name, num_classes=3, new_head=HeadSpec(kind=kind)).rows
        plan = FreezePlan(
            exceptions=tuple((path, False) for path in head_paths(name, None, HeadSpec(kind=kind)))
        )
        for dropout in (0.0, 0.2):
            spec = HeadSpec(kind=kind, dropout=dropout)
            rows = summarize(name, num_classes=3, new_head=spec).rows
            head = head_paths(name, None, spec)
            assert unknown_names(plan, rows, head) == ()
            named = {path for path, _ in plan.exceptions}
            ruled = freezing.ruling(plan, rows, head)
            model = build_skeleton(name, catalogue.find_weights(
                name, catalogue.find_model(name).default_weights), 3, spec)
            off = {one for one, _ in model.named_parameters() if not ruled.trains(one)}
            assert off == {one for one, _ in model.named_parameters()
                           if any(one.startswith(f"{path}.") for path in named)}


def test_inner_names_of_a_deep_head_are_known_and_others_are_not() -> None:
    spec = HeadSpec(kind="mlp", hidden=(16,))
    rows = summarize("resnet18", num_classes=3, new_head=spec).rows
    head = head_paths("resnet18", None, spec)
    assert head == ("fc.3", "fc.0")
    plan = FreezePlan(preset="linear_probe", exceptions=(("fc.0", False), ("fc.1.bias", True)))
    assert [one.values["layer"] for one in unknown_names(plan, rows, head)] == ["fc.1.bias"]
    model = build_skeleton("resnet18", None, 3, spec)
    freezing.freeze_known(model, plan, head)
    on = [name for name, p in model.named_parameters() if p.requires_grad]
    assert on == ["fc.3.weight", "fc.3.bias"]


def test_switching_a_layer_behind_its_dropout_is_one_exception() -> None:
    spec = HeadSpec(dropout=0.3)
    rows = summarize("resnet18", num_classes=3, new_head=spec).rows
    plan = FreezePlan(preset="linear_probe", exceptions=(("fc.bias", False),))
    changed = freezing.set_trains(plan, rows, ("fc",), "fc.1.bias", True)
    assert changed.exceptions == ()
    changed = freezing.set_trains(plan, rows, ("fc",), "fc.1.weight", False)
    assert freezing.tree_states(rows, changed, ("fc",))["fc.1"] == "off"


def test_the_last_stage_trains_the_models_own_outputs_too() -> None:
    spec = HeadSpec(kind="append")
    model = build_skeleton("resnet18", None, 3, spec)
    freezing.apply_freeze(model, FreezePlan(preset="last_stage"), head_paths("resnet18", "none",
                                                                           spec))
    on = {name.split(".")[0] for name, p in model.named_parameters() if p.requires_grad}
    assert on == {"layer4", "fc"}
    assert all(p.requires_grad for p in model.fc.parameters())


# --- the numbers -------------------------------------------------------------------------


@pytest.mark.parametrize("name", LIGHT)
def test_the_shown_code_gives_the_same_model_to_the_last_bit(name: str) -> None:
    for place, spec in enumerate(
        HeadSpec(kind=kind, init=init, dropout=dropout, hidden=(16,))
        for kind in KINDS for init, dropout in (("default", 0.0), ("xavier", 0.3))
    ):
        scope: dict = {}
        exec(model_code(name, "none", 3, spec, place), scope)
        ours = build_model(name, "none", num_classes=3, new_head=spec, seed=place).model
        assert repr(scope["model"]) == repr(ours), spec
        theirs = scope["model"].state_dict()
        assert all(torch.equal(value, theirs[key]) for key, value in ours.state_dict().items())


@pytest.mark.parametrize("name", FAMILIES)
def test_the_shown_code_gives_the_same_names_and_shapes_for_every_family(name: str) -> None:
    for spec in [*specs(0.3), HeadSpec(kind="family", init="normal")]:
        scope: dict = {}
        with NoStorage():
            exec(model_code(name, "none", 3, spec, 0), scope)
        assert shapes(scope["model"]) == shapes(build_skeleton(name, None, 3, spec))


def test_the_code_of_bundled_weights_from_scratch_and_of_official_ones() -> None:
    spec = HeadSpec(kind="append")
    for scratch in (False, True):
        scope: dict = {}
        exec(model_code("shufflenet_v2_x1_0", "LETTERS", 2, spec, 3, from_scratch=scratch), scope)
        ours = build_model("shufflenet_v2_x1_0", "LETTERS", num_classes=2, new_head=spec, seed=3,
                           from_scratch=scratch).model
        theirs = scope["model"].state_dict()
        assert all(torch.equal(value, theirs[key]) for key, value in ours.state_dict().items())
    code = model_code("vgg16", "IMAGENET1K_V1", 2, spec, 3)
    assert 'get_model("vgg16", weights="IMAGENET1K_V1")' in code
    assert "model.classifier.append(nn.Linear(1000, 2))" in code


def test_the_code_draws_what_a_file_has_no_numbers_for_as_thaw_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """vgg16's weights of the features alone, here with small numbers of the right names."""
    from torchvision.models import VGG16_Weights, vgg

    from core.models import build

    def small(features: nn.Module, num_classes: int = 1000, **_: object) -> nn.Module:
        made = nn.Module()
        made.features, made.classifier = nn.Linear(3, 3), nn.Sequential(
            *(nn.Linear(3, 3) if place in (0, 3, 6) else nn.ReLU() for place in range(7))
        )
        return made

    state = small(nn.Identity()).state_dict()
    state = {key: value.fill_(float("nan")) if "classifier" in key else value
             for key, value in state.items()}
    monkeypatch.setattr(vgg, "VGG", small)
    monkeypatch.setattr(VGG16_Weights, "get_state_dict", lambda *_, **__: state)
    monkeypatch.setattr(build, "fetch_file", lambda *_: None)
    monkeypatch.setattr(build, "_read", lambda _: state)
    ours = build_model("vgg16", "IMAGENET1K_FEATURES", num_classes=None, seed=4).model
    scope: dict = {}
    code = model_code("vgg16", "IMAGENET1K_FEATURES", 2, LINEAR_HEAD, 4)
    exec(code.partition("torch.manual_seed(" + str(seed_for("head", 4)))[0], scope)
    theirs = scope["model"].state_dict()
    assert not theirs["classifier.0.weight"].isnan().any()
    assert all(torch.equal(value, theirs[key]) for key, value in ours.state_dict().items())


@pytest.mark.parametrize("init", INITS)
def test_an_init_is_that_of_torch_from_the_same_seed(init: str) -> None:
    model = nn.Module()
    model.fc = nn.Linear(6, 4)
    state = torch.random.get_rng_state()
    replace_head(model, "resnet18", 3, HeadSpec(kind="mlp", hidden=(5,), init=init), seed=5)
    assert torch.equal(torch.random.get_rng_state(), state)
    draw = {"xavier": nn.init.xavier_uniform_, "kaiming": nn.init.kaiming_normal_,
            "normal": lambda weight: nn.init.normal_(weight, std=0.01), "zeros": nn.init.zeros_}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_for("head", 5))
        wanted = [draw[init](torch.empty(5, 6)), draw[init](torch.empty(3, 5))]
    for layer, weight in zip((model.fc[0], model.fc[3]), wanted, strict=True):
        assert torch.equal(layer.weight, weight)
        assert not layer.bias.any()


def test_an_mlp_is_drawn_as_pytorch_draws_its_layers_one_after_another() -> None:
    model = nn.Module()
    model.fc = nn.Linear(6, 4)
    replace_head(model, "resnet18", 3, HeadSpec(kind="mlp", hidden=(5, 7)), seed=5)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_for("head", 5))
        plain = [nn.Linear(6, 5), nn.Linear(5, 7), nn.Linear(7, 3)]
    for ours, theirs in zip(model.fc[::3], plain, strict=True):
        assert torch.equal(ours.weight, theirs.weight) and torch.equal(ours.bias, theirs.bias)


def test_activations_are_the_ones_named() -> None:
    for activation, kind in ACTIVATIONS.items():
        spec = HeadSpec(kind="mlp", activation=activation, hidden=(4,))
        assert type(build_skeleton("resnet18", None, 3, spec).fc[1]) is kind
    assert set(ACTIVATIONS) == set(get_args(HeadSpec.model_fields["activation"].annotation))


def test_the_family_s_own_is_drawn_anew_as_a_whole_and_one_layer_is_linear() -> None:
    before = build_model("mobilenet_v3_small", "none", num_classes=None, seed=1).model
    after = build_model("mobilenet_v3_small", "none", num_classes=3, seed=1,
                        new_head=HeadSpec(kind="family", dropout=0.4)).model
    assert not torch.equal(before.classifier[0].weight, after.classifier[0].weight)
    assert torch.equal(before.features[0][0].weight, after.features[0][0].weight)
    assert after.classifier[2].p == 0.4
    for name in FAMILIES:
        one = repr(build_skeleton(name, None, 3, HeadSpec(kind="family")))
        same = repr(build_skeleton(name, None, 3, LINEAR_HEAD))
        assert one == same  # as it is built; its numbers are others where it has more layers
        paths = head_paths(name, "none", HeadSpec(kind="family"))
        assert is_one_layer(name) == (paths == head_paths(name, "none"))


def test_the_layers_of_a_classifier_are_all_that_its_module_holds() -> None:
    for name in FAMILIES:
        family = catalogue.find_model(name).family
        holder, _, inner = HEADS[family][0].partition(".")
        if inner:
            classifier = build_skeleton(name, None).get_submodule(holder)
            layers = {f"{holder}.{own.rpartition('.')[0]}" for own, _ in
                      classifier.named_parameters()}
            assert layers == {*DEEPER.get(family, ()), HEADS[family][0]}


def test_squeezenet_appends_a_convolution_behind_its_own_output() -> None:
    model = build_model("squeezenet1_1", "none", num_classes=2,
                        new_head=HeadSpec(kind="append")).model.eval()
    x = torch.randn(2, 3, 64, 64)
    own = model.classifier[:4](model.features(x))
    assert own.shape == (2, 1000, 1, 1)
    wanted = nn.functional.linear(own.flatten(1), model.classifier[4].weight.flatten(1),
                                  model.classifier[4].bias)
    torch.testing.assert_close(model(x), wanted)


def test_an_appended_head_sees_what_the_model_gave_before() -> None:
    plain = build_model("resnet18", "none", num_classes=None, seed=2).model.eval()
    model = build_model("resnet18", "none", num_classes=3, seed=2,
                        new_head=HeadSpec(kind="append")).model.eval()
    x = torch.randn(2, 3, 64, 64)
    torch.testing.assert_close(model(x), model.fc[1](plain(x)))


# --- one logit, and what is refused --------------------------------------------------------


def test_outputs_for_classes_and_what_one_logit_can_not_tell() -> None:
    logit = HeadSpec(outputs="one_logit")
    assert outputs_of("resnet18", LINEAR_HEAD, 7) == 7
    assert outputs_of("resnet18", logit, 2) == 1
    with pytest.raises(ThawError, match="the data has 10"):
        outputs_of("resnet18", logit, 10)
    with pytest.raises(ThawError, match="ReLU"):
        outputs_of("squeezenet1_1", logit, 2)
    appended = HeadSpec(kind="append", outputs="one_logit")
    assert outputs_of("squeezenet1_1", appended, 2) == 1


def test_squeezenet_alone_can_not_go_below_zero() -> None:
    for name in FAMILIES:
        model = build_skeleton(name, None)
        last = [type(layer) for layer in model.modules() if not list(layer.children())][-2:]
        ends = nn.ReLU in last and catalogue.find_model(name).family == "squeezenet"
        refused = False
        try:
            outputs_of(name, HeadSpec(outputs="one_logit"), 2)
        except ThawError:
            refused = True
        assert refused == ends


@pytest.mark.parametrize("name", ["vgg16", "resnet18", "inception_v3", "vit_b_16"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_mistake_next_to_each_head(name: str, kind: HeadKind) -> None:
    weights = catalogue.find_model(name).default_weights
    found = try_mistake(name, weights, 1, HeadSpec(kind=kind, outputs="one_logit"))
    assert found.guessed.output == found.shipped.output == (1000,)
    assert (found.guessed.trainable, found.guessed.reached) == (1001, 0)
    assert found.guessed.backward_error
    assert found.right.output == (1,)
    hidden = {"inception_v3"}  # its auxiliary head runs in training alone
    assert 0 < found.right.reached <= found.right.trainable
    assert (found.right.reached == found.right.trainable) == (name not in hidden)
    assert [row.name for row in found.wrong.rows if row.use == "unused"][-1] == found.guess


def test_the_mistake_is_that_of_the_chosen_weights() -> None:
    found = try_mistake("shufflenet_v2_x1_0", "LETTERS", 2, HeadSpec(kind="append"))
    entry = catalogue.find_weights("shufflenet_v2_x1_0", "LETTERS")
    assert found.guessed.output == (entry.categories,) != (1000,)
    assert found.right.trainable == found.guessed.trainable == 2 * entry.categories + 2
