"""The Layers page: presets, clicks in the tree, the figures and the code that follow."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import recipe as recipes
from core.models import freezing
from core.models.heads import head_paths
from core.models.summary import summarize
from core.recipe import DataSpec, FreezePlan, HeadSpec, ModelSpec, Recipe, TransformSpec
from pages.widgets import freeze_tree, recipe_words
from pages.widgets.layers.figures import share
from tests.pages.app_page import open_page, quiet, with_recipe

RESNET = Recipe(
    model=ModelSpec(name="resnet18", weights="IMAGENET1K_V1"),
    freeze=FreezePlan(preset="linear_probe"),
)


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return open_page(tmp_path, monkeypatch, "layers", RESNET)


def click(at: AppTest, *clicks: tuple[str, bool], model: str = "resnet18 IMAGENET1K_V1 10"):
    """Clicks in the tree: the browser sends all since the data that it has, numbered."""
    known = at.session_state["person.choices"][freeze_tree.KEY].taken
    numbered = [[known + 1 + place, *one] for place, one in enumerate(clicks)]
    at.session_state[freeze_tree.KEY] = {"clicks": {"structure": model, "list": numbered}}
    return quiet(at.run())


def plan(at: AppTest) -> FreezePlan:
    return at.session_state["draft.recipe"].freeze


def metric(at: AppTest, label: str) -> str:
    return next(one.value for one in at.metric if label in one.label)


def words(at: AppTest) -> str:
    return "\n".join(one.value for one in at.markdown)


# --- presets ------------------------------------------------------------------------------


@pytest.mark.parametrize("second", ["last_stage", "last_stages", "all", "from_scratch"])
def test_presets_change_the_plan_twice(at: AppTest, second: str) -> None:
    assert metric(at, "Trainable") == "5.13 k"
    for preset in (second, "linear_probe", second):
        at.radio[0].set_value(preset).run()
        assert plan(quiet(at)) == FreezePlan(preset=preset)
        on = {"linear_probe": "5.13 k", "last_stage": "8.4 M", "last_stages": "10.5 M"}
        assert metric(at, "Trainable") == on.get(preset, "11.2 M")
    frozen = {"last_stage": "2.78 M", "last_stages": "683 k"}
    assert metric(at, "Frozen") == frozen.get(second, "0")


def test_k_is_chosen_twice_and_a_bad_one_gets_a_sentence(at: AppTest) -> None:
    at.radio[0].set_value("last_stages").run()
    for text, params in (("3", "11 M"), ("1", "8.4 M")):
        at.text_input[0].set_value(text).run()
        assert plan(quiet(at)) == FreezePlan(preset="last_stages", stages=int(text))
        assert f"No exceptions to Last {text} stages" in words(at)
        assert metric(at, "Trainable") == params
    click(at, ("layer1", True))
    at.text_input[0].set_value("0").run()
    assert ":material/error:" in words(quiet(at))
    assert plan(at) == FreezePlan(preset="last_stages", stages=1, exceptions=(("layer1", True),))


def test_a_preset_clears_the_exceptions_and_says_so(at: AppTest) -> None:
    click(at, ("layer1", True), ("layer2", True))
    assert "2 exceptions to Linear probe" in words(at)
    at.radio[0].set_value("last_stage").run()
    assert plan(at) == FreezePlan(preset="last_stage")
    assert "2 exceptions cleared" in at.toast[0].value
    assert "No exceptions to Last stage" in words(at)
    click(at, ("layer1", True))
    at.radio[0].set_value("linear_probe").run()
    assert plan(at) == FreezePlan(preset="linear_probe")


def test_exceptions_are_cleared_twice(at: AppTest) -> None:
    clear = next(one for one in at.button if one.label == "Clear exceptions")
    assert clear.disabled
    for name in ("layer1", "layer2.0.conv1"):
        click(at, (name, True))
        assert plan(at).exceptions == ((name, True),)
        next(one for one in at.button if one.label == "Clear exceptions").click().run()
        assert plan(quiet(at)) == FreezePlan(preset="linear_probe")


# --- the tree -----------------------------------------------------------------------------


def test_clicks_change_the_plan_and_every_figure(at: AppTest) -> None:
    click(at, ("layer4", True))
    assert plan(at) == FreezePlan(preset="linear_probe", exceptions=(("layer4", True),))
    assert metric(at, "Trainable") == "8.4 M"
    assert metric(at, "Layers that train") == "11 of 41"
    before = metric(at, "Memory to train")
    click(at, ("layer4.1.bn2", False))
    assert plan(at).exceptions == (("layer4", True), ("layer4.1.bn2", False))
    assert metric(at, "Layers that train") == "10 of 41"
    click(at, ("conv1", True))
    assert metric(at, "Memory to train") != before


def test_memory_is_that_of_the_part_of_a_batch_that_is_computed_at_once(at: AppTest) -> None:
    card = next(one for one in at.metric if one.label == "Memory to train")
    assert card.delta == "batches of 32"
    recipe = recipes.with_value(RESNET, "train.accumulate", 5)
    in_parts = next(one for one in with_recipe(at, recipe).metric if one.label == "Memory to train")
    assert in_parts.delta == "parts of 7"
    recipe = recipes.with_value(RESNET, "loader.batch_size", 7)
    of_seven = next(one for one in with_recipe(at, recipe).metric if one.label == "Memory to train")
    assert of_seven.value == in_parts.value != card.value


def test_memory_counts_the_average_the_precision_and_the_other_processes(at: AppTest) -> None:
    def card(**train: object) -> object:
        recipe = RESNET
        for field, value in train.items():
            recipe = recipes.with_value(recipe, f"train.{field}", value)
        found = with_recipe(at, recipe).metric
        return next(one for one in found if one.label == "Memory to train")

    alone = card(device="cpu")
    assert "EMA" not in alone.help and "processes" not in alone.help
    assert "average of the weights (EMA)" in card(ema=0.9).help
    shared = card(device="cpu", processes=2)
    assert shared.delta == "parts of 16, each process"
    assert "on their way to the other processes" in shared.help


def test_parameters_and_patterns_are_clicked_like_layers(at: AppTest) -> None:
    click(at, ("bn1.bias", True))
    assert plan(at).exceptions == (("bn1.bias", True),)
    assert metric(at, "Layers that train") == "2 of 41"
    assert any("1 BatchNorm layer trains in part" in one.value for one in at.info)
    assert "model.get_parameter(name)" in at.code[0].value
    click(at, ("*.bn2", True), ("type:Conv2d", True), ("*.bn9", True), ("x" * 300 + "*", True))
    assert plan(at).exceptions == (("*.bn2", True), ("bn1.bias", True), ("type:Conv2d", True))
    assert metric(at, "Layers that train") == "30 of 41"  # 8 bn2, 20 Conv2d, bn1, fc
    click(at, ("", False))
    assert metric(at, "Trainable") == "0"


def test_a_name_that_the_model_lacks_gets_a_sentence_and_can_be_taken_out(at: AppTest) -> None:
    renamed = FreezePlan(preset="linear_probe",
                         exceptions=(("*.bn9", True), ("layer4", True), ("layers3", True)))
    at.session_state["draft.recipe"] = RESNET.model_copy(update={"freeze": renamed})
    at.run()
    assert not at.exception
    assert "layers3" in at.error[0].value and "layer3" in at.error[0].value
    assert "bn9" in at.error[0].value
    assert metric(at, "Trainable") == "8.4 M"  # what is there is shown as it is
    at.session_state[freeze_tree.KEY] = {"clicks": None}
    next(one for one in at.button if one.label.startswith("Take them out")).click().run()
    assert plan(quiet(at)).exceptions == (("layer4", True),)


def test_frozen_modules_can_be_left_in_train_and_the_page_says_what_that_does(
    at: AppTest,
) -> None:
    box = next(one for one in at.selectbox if one.label == "Frozen modules")
    box.set_value("train").run()
    assert plan(quiet(at)).frozen_modules == "train"
    assert "statistics are not" in words(at)
    assert any("20 of 20 BatchNorm layers" in one.value for one in at.warning)
    assert "the naive way" in at.code[0].value
    click(at, ("layer1", True))
    at.radio[0].set_value("last_stage").run()
    assert plan(at) == FreezePlan(preset="last_stage", frozen_modules="train")
    next(one for one in at.selectbox if one.label == "Frozen modules").set_value("eval").run()
    assert plan(quiet(at)) == FreezePlan(preset="last_stage")
    assert "the naive way" not in at.code[0].value


def test_all_clicks_of_a_list_are_taken_and_none_twice(at: AppTest) -> None:
    click(at, ("layer1", True), ("layer1", False), ("layer2", True), ("layer3", True),
          ("layer3.0", False))
    wanted = (("layer2", True), ("layer3", True), ("layer3.0", False))
    assert plan(at).exceptions == wanted
    at.radio[0].set_value("last_stage").run()  # the same list is still in the browser's state
    assert plan(at) == FreezePlan(preset="last_stage")
    at.run()
    assert plan(at) == FreezePlan(preset="last_stage")


def test_the_data_of_the_tree_stays_the_same_between_clicks(at: AppTest) -> None:
    def revision() -> str:
        return at.session_state["person.choices"][freeze_tree.KEY].revision

    first = revision()
    click(at, ("layer1", True))
    click(at, ("layer2", True))
    assert revision() == first
    at.radio[0].set_value("all").run()
    second = revision()
    assert second != first
    with_recipe(at, RESNET)
    assert revision() != second


@pytest.mark.parametrize(
    "sent",
    [
        None, "x", {}, {"structure": "other", "list": [[9e9, "layer1", True]]},
        {"structure": "resnet18 IMAGENET1K_V1 10", "list": [["1", "layer1", True]]},
        {"structure": "resnet18 IMAGENET1K_V1 10", "list": [[5, "no.such", True], [6], 7]},
    ],
)
def test_what_is_no_click_changes_nothing(at: AppTest, sent: object) -> None:
    at.session_state[freeze_tree.KEY] = {"clicks": sent}
    quiet(at.run())
    assert plan(at) == RESNET.freeze


def test_another_page_and_back_keeps_the_plan(at: AppTest) -> None:
    click(at, ("layer1", True))
    at.switch_page("pages/start.py").run()
    quiet(at.switch_page("pages/layers.py").run())
    assert plan(at).exceptions == (("layer1", True),)
    click(at, ("layer2", True))
    assert plan(at).exceptions == (("layer1", True), ("layer2", True))


def test_another_model_is_another_tree(at: AppTest) -> None:
    click(at, ("layer1", True))
    with_recipe(at, RESNET.model_copy(update={
        "model": ModelSpec(name="mobilenet_v3_small", weights="IMAGENET1K_V1")
    }))
    click(at, ("features.0", True), model="mobilenet_v3_small IMAGENET1K_V1 10")
    assert plan(at).exceptions == (("features.0", True),)


# --- what follows -------------------------------------------------------------------------


def test_everything_frozen_gets_its_sentence(at: AppTest) -> None:
    assert "Everything is frozen" not in words(at)
    click(at, ("", False))
    assert "Everything is frozen" in words(at)
    assert not at.code
    click(at, ("fc", True))
    assert "Everything is frozen" not in words(at)
    assert at.code


def test_the_code_and_the_note_on_batchnorm_follow(at: AppTest) -> None:
    assert "20 of 20 BatchNorm layers" in at.info[0].value
    click(at, ("layer4", True))
    assert "15 of 20 BatchNorm layers" in at.info[0].value
    assert '("layer4", True),' in at.code[0].value
    at.radio[0].set_value("all").run()
    assert not at.info
    assert "nothing is frozen" in at.code[0].value


def test_freezing_random_weights_is_remarked_on(at: AppTest) -> None:
    assert not at.warning
    with_recipe(at, RESNET.model_copy(update={
        "model": ModelSpec(name="resnet18", weights="none")
    }))
    assert "random" in at.warning[0].value
    at.radio[0].set_value("from_scratch").run()
    assert not at.warning
    click(at, ("layer1", False), model="resnet18 none 10")
    assert "random" in at.warning[0].value


def test_all_of_random_weights_is_called_from_scratch(at: AppTest) -> None:
    recipe = Recipe(model=ModelSpec(name="resnet18", weights="none"))
    with_recipe(at, recipe)
    assert any("this is training from scratch" in one.value for one in at.caption)
    assert recipe_words.short(recipe) == "resnet18 from scratch on Digits"
    assert recipe_words.freezing(recipe).startswith("From scratch")
    probe = recipe.model_copy(update={"freeze": FreezePlan(preset="linear_probe")})
    assert recipe_words.short(probe) == "Linear probe of random resnet18 on Digits"


def test_head_dropout_changes_twice_and_a_bad_one_gets_a_sentence(at: AppTest) -> None:
    for text, value in (("0.2", 0.2), ("0.5", 0.5)):
        at.text_input[0].set_value(text).run()
        assert at.session_state["draft.recipe"].head == HeadSpec(dropout=value)
    at.text_input[0].set_value("2").run()
    assert ":material/error:" in words(quiet(at))
    click(at, ("layer1", True))
    assert at.text_input[0].value == "2"
    assert at.session_state["draft.recipe"].head == HeadSpec(dropout=0.5)


def test_an_input_too_small_or_images_that_are_gone_get_a_sentence(at: AppTest) -> None:
    vgg = ModelSpec(name="vgg16", weights="IMAGENET1K_V1")
    at.session_state["draft.recipe"] = RESNET.model_copy(
        update={"model": vgg, "transform": TransformSpec(size=16)}
    )
    at.run()
    assert not at.exception
    assert "16" in at.error[0].value
    with_recipe(at, RESNET.model_copy(update={"data": DataSpec(name="folder", path="/gone")}))
    assert at.warning
    assert metric(at, "Trainable") == "513 k"  # the head as it ships, 1000 classes


def test_the_figures_are_those_of_the_model(at: AppTest) -> None:
    rows = summarize("resnet18", "IMAGENET1K_V1", num_classes=10).rows
    counts = freezing.counts(rows, plan(at), head_paths("resnet18"))
    helps = [one.proto.help for one in at.metric]
    assert f"{counts.frozen:,} of {counts.frozen + counts.trainable:,}" in helps[1]


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 10, "0 %"), (10, 10, "100 %"), (1, 10**6, "under 0.01 %"), (3, 4, "75 %"),
     (10**6 - 1, 10**6, "over 99.9 %"), (0, 0, "0 %")],
)
def test_a_share_is_not_rounded_to_none_or_all(part: int, whole: int, text: str) -> None:
    assert share(part, whole) == text
