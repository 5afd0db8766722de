"""The views of the chosen model: its summary, card, engines, and beside other models."""

import io
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.models.memory import forward_memory, training_memory
from core.models.summary import summarize
from core.recipe import FreezePlan, ModelSpec, Recipe, TrainSpec
from pages.widgets import sizes
from pages.widgets.models import summary_table
from pages.widgets.models.summary_columns import COLUMNS
from tests.pages.app_page import quiet, with_recipe
from tests.pages.models_page import (
    by_key,
    by_label,
    metric,
    open_page,
    open_task,
    open_view,
    summary,
    texts,
    with_model,
)


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    return open_page(tmp_path, monkeypatch)


def test_the_summary_follows_model_plan_and_depth(at: AppTest) -> None:
    resnet = Recipe(model=ModelSpec(name="resnet18", weights="IMAGENET1K_V1"))
    with_recipe(at, resnet)
    assert metric(at, "Parameters") == "11.2 M"
    assert metric(at, ":orange[Trainable] under your plan") == "11.2 M"
    with_recipe(at, resnet.model_copy(update={"freeze": FreezePlan(preset="linear_probe")}))
    assert metric(at, ":orange[Trainable] under your plan") == "5.13 k"  # 512 * 10 + 10
    rows = summary(at).set_index("name")
    assert rows.loc["layer4", "plan"] == ["frozen"]
    assert rows.loc["fc", "plan"] == ["trains"]
    assert rows.loc["fc", "total_params"] == 5130
    fewer = len(summary(at))
    by_label(at.segmented_control, "How deep").set_value("Everything").run()
    assert len(summary(at)) > fewer
    by_label(at.segmented_control, "How deep").set_value("Stages").run()
    assert len(summary(at)) < fewer


def test_a_model_too_big_says_so_before_anything_is_allocated(
    at: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.portable.available_memory", lambda: 2_000_000_000)
    with_recipe(at, Recipe(model=ModelSpec(name="vit_h_14", weights="IMAGENET1K_SWAG_E2E_V1")))
    assert at.warning
    assert metric(at, "Parameters") == "632 M"


# --- the table of modules -----------------------------------------------------------------


def test_a_search_finds_by_name_and_by_type_at_any_depth(at: AppTest) -> None:
    with_model(at, "resnet18", "IMAGENET1K_V1")
    for text, count in (("bn2", 8), ("layer4 conv2d", 5), ("", None)):
        by_label(at.text_input, "Find modules").set_value(text).run()
        names = list(summary(at)["name"])
        assert count is None or len(names) == count, names
    by_label(at.text_input, "Find modules").set_value("no such module").run()
    assert any("No module matches" in one.value for one in at.info)


def test_columns_are_chosen_twice_and_keep_their_order(at: AppTest) -> None:
    with_model(at, "resnet18", "IMAGENET1K_V1")
    for chosen in (["macs", "input"], ["activation_share", "calls", "kernel"]):
        by_label(at.button_group, "Columns").set_value(chosen).run()
        quiet(at)
        shown = list(at.dataframe[1].proto.column_order)
        assert shown == ["layer", *[name for name in COLUMNS if name in chosen]]


def test_the_shares_add_up_and_the_csv_has_every_module() -> None:
    found = summarize("resnet18", "IMAGENET1K_V1")
    rows = summary_table.frame(found, None)
    stages = rows[rows["depth"] == 1]
    assert stages["params_share"].sum() == pytest.approx(100)
    assert stages["macs_share"].sum() == pytest.approx(100)
    assert "plan" not in rows
    back = pd.read_csv(io.StringIO(summary_table.csv(found)), keep_default_na=False)
    assert back["params"].sum() == found.totals.params == 11_689_512
    first = back.set_index("name").loc["conv1"]
    assert (first["output"], first["kernel"], first["stride"]) == ("64×112×112", "7×7", "2×2")


def test_a_module_that_is_never_called_is_named(at: AppTest) -> None:
    with_model(at, "inception_v3", "IMAGENET1K_V1")
    said = next(one.value for one in at.warning if "never called" in one.value)
    exact = sum(
        row.total_params for row in summarize("inception_v3", "IMAGENET1K_V1", num_classes=10).rows
        if row.name == "AuxLogits"
    )
    assert "`AuxLogits`" in said and f"{exact:,} parameters" in said
    rows = summary(at).set_index("name")
    assert rows.loc["AuxLogits", "use"] == "never called"
    assert "use" in at.dataframe[1].proto.column_order
    with_model(at, "swin_t", "IMAGENET1K_V1")  # attention reads weights of modules in it
    assert not any("never called" in one.value for one in at.warning)
    assert any("reads their weights" in one.value for one in at.caption)


# --- the totals -----------------------------------------------------------------------------


def test_memory_follows_batch_size_and_optimizer_and_not_the_draft(at: AppTest) -> None:
    recipe = with_model(at, "resnet18", "IMAGENET1K_V1").session_state["draft.recipe"]
    found = summarize("resnet18", "IMAGENET1K_V1", num_classes=10, input_size=(3, 224, 224))
    for size, optimizer in (("4", "sgd"), ("7", "adamw")):
        by_label(at.text_input, "Batch size").set_value(size).run()
        by_key(at.selectbox, "models.optimizer").set_value(optimizer).run()
        need = training_memory(found, recipe.freeze, ("fc",), optimizer, int(size))
        shown = texts(at)
        assert f"Activations of {size} inputs | " in shown
        assert f"**{sizes.of_bytes(need.total)}** |" in shown
        assert f"**{sizes.of_bytes(need.weights + forward_memory(found, int(size)))}** |" in shown
    by_label(at.text_input, "Batch size").set_value("many").run()
    assert "“many” is not one" in texts(at)
    assert at.session_state["draft.recipe"] == recipe
    assert any("Not counted: PyTorch itself" in one.value for one in at.caption)


def test_memory_has_a_line_for_what_only_some_recipes_need(at: AppTest) -> None:
    with_recipe(at, Recipe())
    assert "| Gradients |" in texts(at) and "Average of the weights" not in texts(at)
    with_recipe(at, Recipe(train=TrainSpec(ema=0.9)))
    [line] = [one for one in texts(at).splitlines() if "Average of the weights (EMA)" in one]
    [gradients] = [one for one in texts(at).splitlines() if "| Gradients |" in one]
    assert line.split("|")[-2] == gradients.split("|")[-2]


# --- engines --------------------------------------------------------------------------------


def test_other_engines_come_on_demand_and_are_judged(at: AppTest) -> None:
    open_view(at, "Engines")
    shown = [code.value for code in at.code if "MACs" in code.value or "(conv1)" in code.value]
    assert len(shown) == 2  # our own text and print(model)
    assert verdicts(at).count("not run yet") == 2
    by_key(at.segmented_control, "models.engine 0").set_value("torchsummary")
    quiet(at.run())
    assert any("Total params: 1,295,629" in code.value for code in at.code)
    assert verdicts(at).count("1,295,629") == 2
    assert verdicts(at).count("| agrees |") == verdicts(at).count("not run yet") == 1


@pytest.mark.long
def test_both_run_at_once_and_a_wrong_one_gets_its_reason(at: AppTest) -> None:
    size = {"transform": {"size": 64}}
    with_recipe(at, Recipe(model=ModelSpec(name="swin_t", weights="IMAGENET1K_V1"), **size))
    open_view(at, "Engines")
    by_key(at.button, "models.run_engines").click()
    quiet(at.run())
    assert verdicts(at).count("28,288,354") == 2  # ours and torchinfo's
    assert "position tables" in verdicts(at) and "no attention at all" in verdicts(at)
    by_key(at.segmented_control, "models.engine 1").set_value("torchinfo")
    quiet(at.run())
    assert any("Total mult-adds" in code.value for code in at.code)


def verdicts(at: AppTest) -> str:
    found = next(one.value for one in at.markdown if "| Engine |" in one.value)
    return found.replace("\u00a0", " ")


def test_an_engine_that_is_not_installed_says_how_to_get_it(
    at: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.models.other_engines.importlib.util.find_spec",
                        lambda name: None)
    with_model(at, "squeezenet1_1", "none")
    open_view(at, "Engines")
    by_key(at.segmented_control, "models.engine 1").set_value("torchinfo").run()
    assert any("pip install torchinfo" in one.value for one in at.warning)


# --- card -----------------------------------------------------------------------------------


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
    assert "**1,000 categories**" in shown
    for text, found in (("terrier", "Yorkshire terrier"), ("TENCH", "tench")):
        by_label(at.text_input, "Find categories").set_value(text).run()
        assert found in list(at.dataframe[1].value["category"])
    assert list(at.dataframe[1].value["index"]) == [0]
    assert "| Parameters | 11,689,512 |" in shown


@pytest.mark.parametrize(("task", "words"), [
    ("detection", ("Box mAP 22.8 %", "it resizes and normalises", "COCO-val2017")),
    ("segmentation", ("Mean IoU 60.3 %, Pixels right 91.2 %", "shorter side to 520 px")),
    ("video", ("Top-1 63.96 %", "to 128 × 171 px", "16 frames", "Kinetics-400")),
    ("optical_flow", ("End-point error 1.441 px", "It gives a flow for each pixel")),
    ("quantization", ("Top-1 69.83 %", "**1,000 categories**")),
])
def test_every_task_has_a_card(at: AppTest, task: str, words: tuple[str, ...]) -> None:
    open_task(at, task)
    open_view(at, "Card")
    shown = texts(at).replace("\u00a0", " ").replace("\u2011", "-")
    assert [one for one in words if one not in shown] == []


# --- compare --------------------------------------------------------------------------------


def test_models_stand_beside_each_other_and_the_shown_one_is_added(at: AppTest) -> None:
    open_view(at, "Compare")
    choice = by_label(at.multiselect, "Compare")
    assert choice.value == ["shufflenet_v2_x1_0 · LETTERS"]
    first = ["resnet18 · IMAGENET1K_V1", "vgg16 · IMAGENET1K_V1"]
    for picked in (first, [*first, "vit_b_16 · IMAGENET1K_V1"]):
        by_label(at.multiselect, "Compare").set_value(picked).run()
        table = next(one.value for one in at.markdown if "| To train |" in one.value)
        assert all(name.partition(" · ")[0] in table for name in picked)
    assert "| :green[**11.7 M**] | 138 M | 86.6 M |" in table
    assert "Alike: " in table and "input 224 px" in table
    by_key(at.button, "models.compare_add").click()
    quiet(at.run())
    assert len(by_label(at.multiselect, "Compare").value) == 4
    assert not [one for one in at.button if one.key == "models.compare_add"]


def test_a_click_on_a_point_of_the_comparison_chooses(at: AppTest) -> None:
    open_view(at, "Compare")
    for model in ("alexnet", "resnet50"):
        at.session_state["models.compare_chart MACs"] = {
            "selection": {"pick": [{"model": model, "weights": "IMAGENET1K_V1"}]}
        }
        quiet(at.run())
        assert at.session_state["draft.recipe"].model.name == model
        assert at.header[0].value == model
