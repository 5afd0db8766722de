"""The Models page: its catalogue, choosing, the weights, and models of other tasks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.models.catalogue import CATALOGUE, OTHERS, TASKS, find_model
from core.models.data_dependent import Found
from core.models.summary import summarize
from core.recipe import FreezePlan, ModelSpec, Recipe
from pages.widgets import sizes
from pages.widgets.models import catalogue_frame, task_choice
from pages.widgets.models.catalogue_frame import Filter
from tests.pages.app_page import quiet, with_recipe
from tests.pages.models_page import (
    by_label,
    catalogue,
    metric,
    open_page,
    open_task,
    pick,
    summary,
)


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    return open_page(tmp_path, monkeypatch)


def chosen(at: AppTest) -> ModelSpec:
    return at.session_state["draft.recipe"].model


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
    file = find_model("resnet18").weights[0].file
    rows = catalogue_frame.frame(CATALOGUE, {file})
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


# --- models of other tasks ----------------------------------------------------------------


def test_all_models_of_the_registry_are_there_task_by_task(at: AppTest) -> None:
    seen = set()
    for task, entries in (("quantization", 12), ("detection", 12), ("segmentation", 6),
                          ("video", 9), ("optical_flow", 2), ("classification", 80)):
        open_task(at, task)
        names = set(catalogue(at)["model"])
        assert len(names) == entries
        seen |= names
    assert seen == {entry.name for entry in CATALOGUE + OTHERS} and len(seen) == 121
    assert set(task_choice.tasks()) == set(TASKS)


def test_another_task_is_looked_at_and_the_draft_stays(at: AppTest) -> None:
    before = at.session_state["draft.recipe"]
    open_task(at, "video")
    for row in (3, 1):
        pick(at, row)
        name = catalogue(at).iloc[row]["model"]
        assert at.header[0].value == name
        exact = summarize(name).totals
        assert metric(at, "Parameters") == sizes.of_count(exact.params)
        assert metric(at, "Multiply-adds") == sizes.of_count(exact.macs)
        assert "plan" not in summary(at)
    assert any("not trained" in one.value for one in at.markdown)
    assert at.session_state["draft.recipe"] == before
    at.switch_page("pages/start.py").run()
    at.switch_page("pages/models.py").run()
    assert at.header[0].value == name  # the task and what was looked at are remembered
    open_task(at, "classification")
    assert at.header[0].value == before.model.name


def test_other_weights_of_another_task_are_chosen_twice(at: AppTest) -> None:
    open_task(at, "quantization")
    pick(at, list(catalogue(at)["model"]).index("quantized_resnet50"))
    for name in ("IMAGENET1K_FBGEMM_V2", "none", "IMAGENET1K_FBGEMM_V1"):
        by_label(at.radio, "Weights").set_value(name).run()
        assert by_label(at.radio, "Weights").value == name
        quiet(at)


def test_what_a_detector_finds_can_be_changed(at: AppTest) -> None:
    open_task(at, "detection")
    row = list(catalogue(at)["model"]).index("maskrcnn_resnet50_fpn")
    pick(at, row)
    assert any("all proposals that it keeps and 1 detected object" in one.value
               for one in at.caption)
    assert any("134 G: its picture of noise gave all proposals that it keeps and 0 detected"
               in one.value for one in at.caption)
    for proposals, detections in (("10", "0"), ("100", "20")):
        by_label(at.text_input, "Proposals").set_value(proposals)
        by_label(at.text_input, "Detections").set_value(detections).run()
        exact = summarize("maskrcnn_resnet50_fpn",
                          found=Found(int(proposals), int(detections))).totals.macs
        assert metric(at, "Multiply-adds") == sizes.of_count(exact)
    by_label(at.text_input, "Detections").set_value("some").run()
    assert any("“some” is not one" in one.value for one in at.markdown)
    pick(at, list(catalogue(at)["model"]).index("ssd300_vgg16"))
    assert not [one for one in at.text_input if one.label == "Proposals"]


def test_the_input_of_another_task_changes_twice(at: AppTest) -> None:
    open_task(at, "segmentation")
    name = at.header[0].value
    for size in (224, 320):
        by_label(at.text_input, "Input size").set_value(str(size)).run()
        exact = summarize(name, input_size=(3, size, size)).totals.macs
        assert metric(at, "Multiply-adds") == sizes.of_count(exact)
    by_label(at.text_input, "Input size").set_value("9999").run()
    assert any("from 1 to 4,096; “9999” is not one" in one.value for one in at.markdown)


def test_the_chart_chooses_and_its_cost_changes_twice(at: AppTest) -> None:
    for cost in ("MACs", "Parameters"):
        by_label(at.segmented_control, "Against").set_value(cost).run()
        quiet(at)
    for name in ("vgg11", "alexnet"):
        at.session_state["models.chart"] = {
            "selection": {"pick": [{"model": name, "weights": "IMAGENET1K_V1"}]}
        }
        quiet(at.run())
        assert at.header[0].value == name == chosen(at).name
        assert catalogue(at).iloc[0]["model"] == name  # the table shows it first


# --- the chosen model ---------------------------------------------------------------------


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


