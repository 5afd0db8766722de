"""The Models page: search and filter, choosing, weights, and the summary that follows."""

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.models.catalogue import CATALOGUE
from core.recipe import FreezePlan, ModelSpec, Recipe
from pages.widgets.models import catalogue_frame
from pages.widgets.models.catalogue_frame import Filter

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_HOME", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))  # no weights but the bundled ones


@pytest.fixture
def at() -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    return quiet(at.switch_page("pages/models.py").run())


def quiet(at: AppTest) -> AppTest:
    assert not at.exception
    assert [one.value for one in at.error] == []
    return at


def catalogue(at: AppTest) -> pd.DataFrame:
    return at.dataframe[0].value


def summary(at: AppTest) -> pd.DataFrame:
    return at.dataframe[1].value


def by_label(widgets: object, label: str) -> object:
    return next(widget for widget in widgets if widget.label == label)


def metric(at: AppTest, label: str) -> str:
    return by_label(at.metric, label).value


def chosen(at: AppTest) -> ModelSpec:
    return at.session_state["draft.recipe"].model


def open_view(at: AppTest, name: str) -> None:
    """Clicks a tab: AppTest has no call for it, so its state is set."""
    at.session_state["models.view"] = name
    quiet(at.run())


def with_recipe(at: AppTest, recipe: Recipe) -> AppTest:
    at.session_state["draft.recipe"] = recipe
    at.session_state["draft.generation"] = 100
    return quiet(at.run())


# --- the catalogue ------------------------------------------------------------------------


def test_every_weights_entry_is_a_row(at: AppTest) -> None:
    rows = catalogue(at)
    assert len(rows) == sum(len(entry.weights) for entry in CATALOGUE) >= 116
    assert rows.iloc[0]["here"] == "bundled"
    assert rows["model"].nunique() == len(CATALOGUE) == 80


def test_search_and_filters_change_the_rows_twice(at: AppTest) -> None:
    for text, names in (("resnet50", {"resnet50", "wide_resnet50_2"}), ("swin v2", None)):
        by_label(at.text_input, "Search").set_value(text).run()
        found = set(catalogue(at)["model"])
        assert found == names if names else found
        assert all(all(word in name for word in text.split()) for name in found) or names
    by_label(at.text_input, "Search").set_value("").run()
    for families in (["vgg"], ["vgg", "alexnet"]):
        at.multiselect[0].set_value(families).run()
        assert set(catalogue(at)["family"]) == set(families)
    at.multiselect[0].set_value([]).run()
    for label, most in (("up to 5 M", 5e6), ("up to 30 M", 30e6)):
        by_label(at.selectbox, "Parameters").set_value(label).run()
        assert catalogue(at)["params"].max() <= most
    by_label(at.toggle, "Offline only").set_value(True).run()
    assert set(catalogue(at)["here"]) == {"bundled"}
    by_label(at.toggle, "Offline only").set_value(False).run()
    assert "" in set(catalogue(at)["here"])


def test_nothing_found_says_so(at: AppTest) -> None:
    by_label(at.text_input, "Search").set_value("no such thing").run()
    assert "No model matches" in at.info[0].value
    quiet(at)


def test_filters_are_kept_over_a_page_switch(at: AppTest) -> None:
    by_label(at.text_input, "Search").set_value("vgg16").run()
    at.switch_page("pages/start.py").run()
    at.switch_page("pages/models.py").run()
    assert set(catalogue(at)["model"]) == {"vgg16", "vgg16_bn"}


def test_filtering_is_pure() -> None:
    rows = catalogue_frame.frame(CATALOGUE, lambda model, weights: model == "resnet18")
    offline = catalogue_frame.filtered(rows, Filter(offline=True))
    assert set(offline["model"]) >= {"resnet18"}
    assert set(offline["here"]) == {"bundled", "downloaded"}
    assert list(offline.index) == list(range(len(offline)))
    assert catalogue_frame.filtered(rows, Filter(search="RESNET 18"))["model"].tolist() == [
        "resnet18"
    ]


# --- choosing -----------------------------------------------------------------------------


def test_rows_choose_model_and_weights_twice(at: AppTest) -> None:
    by_label(at.text_input, "Search").set_value("resnet18").run()
    pick(at, 0)
    assert chosen(at) == ModelSpec(name="resnet18", weights="IMAGENET1K_V1")
    by_label(at.text_input, "Search").set_value("resnet50").run()
    pick(at, 1)
    assert chosen(at).name == catalogue(at).iloc[1]["model"]
    assert chosen(at).weights == catalogue(at).iloc[1]["weights"]
    assert at.header[0].value == chosen(at).name


def pick(at: AppTest, row: int) -> None:
    """Clicks a row of the catalogue: AppTest has no call for it, so its state is set."""
    tables = [key for key in at.session_state["person.choices"] if key.startswith("models.table")]
    at.session_state[tables[-1]] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    quiet(at.run())


def test_the_weights_entry_changes_twice(at: AppTest) -> None:
    for name in ("none", "IMAGENET1K_V1", "LETTERS"):
        by_label(at.radio, "Weights").set_value(name).run()
        assert chosen(at).weights == name
        quiet(at)
    options = by_label(at.radio, "Weights").options
    assert options[-1] == "none (from scratch)"


def test_another_architecture_says_what_it_reset(at: AppTest) -> None:
    plan = FreezePlan(preset="linear_probe", exceptions=(("conv1", True),))
    with_recipe(at, Recipe(freeze=plan))
    by_label(at.text_input, "Search").set_value("resnet18").run()
    pick(at, 0)
    assert "cleared for resnet18" in at.info[0].value
    assert at.session_state["draft.recipe"].freeze == FreezePlan(preset="linear_probe")


# --- the chosen model ---------------------------------------------------------------------


def test_the_summary_follows_model_plan_and_depth(at: AppTest) -> None:
    resnet = Recipe(model=ModelSpec(name="resnet18", weights="IMAGENET1K_V1"))
    with_recipe(at, resnet)
    assert metric(at, "Parameters") == "11.2 M"
    assert metric(at, ":orange[Trainable] under your plan") == "11.2 M"
    with_recipe(at, resnet.model_copy(update={"freeze": FreezePlan(preset="linear_probe")}))
    assert metric(at, ":orange[Trainable] under your plan") == "5.13 k"  # 512 * 10 + 10
    rows = summary(at).set_index("path")
    assert rows.loc["layer4", "plan"] == ["frozen"]
    assert rows.loc["fc", "plan"] == ["trains"]
    assert rows.loc["fc", "params"] == 5130
    fewer = len(summary(at))
    at.segmented_control[0].set_value("Everything").run()
    assert len(summary(at)) > fewer
    at.segmented_control[0].set_value("Stages").run()
    assert len(summary(at)) < fewer


def test_the_input_size_changes_twice_and_a_bad_one_gets_a_sentence(at: AppTest) -> None:
    size = "Input size"
    seen = []
    for text in ("64", "96", ""):
        by_label(at.text_input, size).set_value(text).run()
        seen.append(metric(at, "Multiply-adds"))
        quiet(at)
    assert len(set(seen)) == 2  # 64 is the weights' own size
    by_label(at.text_input, size).set_value("abc").run()
    assert any("“abc” is not one" in one.value for one in at.markdown)
    assert by_label(at.text_input, size).value == "abc"
    assert metric(at, "Multiply-adds") == seen[-1]


def test_an_input_too_small_for_the_model_gets_a_sentence(at: AppTest) -> None:
    vgg = Recipe(model=ModelSpec(name="vgg16", weights="IMAGENET1K_V1"))
    with_recipe(at, vgg)
    by_label(at.text_input, "Input size").set_value("16").run()
    assert not at.exception
    assert len(at.error) == 1
    assert "16" in at.error[0].value


def test_the_head_says_what_is_replaced(at: AppTest) -> None:
    with_recipe(at, Recipe(model=ModelSpec(name="vgg16", weights="IMAGENET1K_V1")))
    shown = "\n".join(code.value for code in at.code)
    assert "classifier.6: Linear(in_features=4096, out_features=1000" in shown
    assert "classifier.6: Linear(in_features=4096, out_features=10" in shown


def test_a_model_too_big_says_so_before_anything_is_allocated(
    at: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.portable.available_memory", lambda: 2_000_000_000)
    with_recipe(at, Recipe(model=ModelSpec(name="vit_h_14", weights="IMAGENET1K_SWAG_E2E_V1")))
    assert at.warning
    assert metric(at, "Parameters") == "632 M"


def test_no_network_gets_a_sentence(at: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("network is unreachable")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    with_recipe(at, Recipe(model=ModelSpec(name="resnet18", weights="IMAGENET1K_V1")))
    button = next(one for one in at.button if one.label.startswith("Download the weights"))
    button.click().run()
    quiet(at)
    assert at.warning
    assert "LETTERS" in at.warning[0].value


def test_other_engines_come_on_demand_and_are_judged(at: AppTest) -> None:
    open_view(at, "Engines")
    for name, words in (("torchsummary", "Total params"), ("torchinfo", "Total params"),
                        ("print(model)", "ShuffleNetV2(")):
        engine = by_label(at.segmented_control, "Engine").set_value(name)
        engine.run()
        assert any(words in code.value for code in at.code)
        quiet(at)
        if name != "print(model)":
            assert any("1,295,629: equal to the exact count" in one.value for one in at.markdown)
    with_recipe(at, Recipe(model=ModelSpec(name="swin_t", weights="IMAGENET1K_V1")))
    by_label(at.segmented_control, "Engine").set_value("torchsummary").run()
    assert any("28,288,354" in one.value and "position tables" in one.value
               for one in at.markdown)


def test_an_engine_that_is_not_installed_says_how_to_get_it(
    at: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.models.other_engines.importlib.util.find_spec",
                        lambda name: None)
    with_recipe(at, Recipe(model=ModelSpec(name="squeezenet1_1", weights="none")))
    open_view(at, "Engines")
    by_label(at.segmented_control, "Engine").set_value("torchinfo").run()
    assert any("pip install torchinfo" in one.value for one in at.warning)


def test_the_card_follows_the_weights(at: AppTest) -> None:
    def code() -> str:
        return "\n".join(one.value for one in at.code)

    open_view(at, "Card")
    assert 'torch.load("core/models/weights/' in code()
    for name, line in (
        ("IMAGENET1K_V1", 'get_model("shufflenet_v2_x1_0", weights="IMAGENET1K_V1")'),
        ("none", 'get_model("shufflenet_v2_x1_0", weights=None)'),
    ):
        by_label(at.radio, "Weights").set_value(name).run()
        assert line in code()
        quiet(at)
    with_recipe(at, Recipe(model=ModelSpec(name="resnet18", weights="IMAGENET1K_V1")))
    assert "resnet18(pretrained=True)" in code()
    assert any("deprecated since torchvision 0.13" in one.value for one in at.caption)
    shown = "\n".join(one.value for one in at.markdown)
    assert "| mean | 0.485, 0.456, 0.406 |" in shown
    assert "**1,000 categories**" in shown and "tench · goldfish" in shown
    assert "| Parameters | 11,689,512 |" in shown
