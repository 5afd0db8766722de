"""The Layers page's head: every control twice, what follows it, and what can't be."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import recipe as recipes
from core.models.head_code import model_code
from core.models.summary import summarize
from core.recipe import LINEAR_HEAD, DataSpec, FreezePlan, HeadSpec, ModelSpec, Recipe
from pages.widgets import freeze_tree, recipe_words
from tests.pages.app_page import open_page, quiet, with_recipe

RESNET = Recipe(
    model=ModelSpec(name="resnet18", weights="IMAGENET1K_V1"),
    freeze=FreezePlan(preset="linear_probe"),
)
TWO = DataSpec(name="digits", only=("3", "8"))


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return open_page(tmp_path, monkeypatch, "layers", RESNET)


def head(at: AppTest) -> HeadSpec:
    return at.session_state["draft.recipe"].head


def by_label(widgets: object, label: str) -> object:
    return next(one for one in widgets if one.label == label)


def choose(at: AppTest, kind: str) -> AppTest:
    return by_label(at.radio, "Head").set_value(kind).run()


def words(at: AppTest) -> str:
    return "\n".join(one.value for one in [*at.markdown, *at.caption])


def layers(at: AppTest) -> list[str]:
    """The names in the table of new layers."""
    return [name.strip("`") for name in at.table[0].value["new layer"]]


def trainable(at: AppTest) -> str:
    return next(one.value for one in at.metric if "Trainable" in one.label)


@pytest.mark.parametrize(
    ("kind", "names", "trains"),
    [("mlp", ["fc.0", "fc.3"], 512 * 256 + 256 + 256 * 10 + 10), ("family", ["fc"], 5130),
     ("append", ["fc.1"], 10010)],
)
def test_kinds_change_twice_and_everything_follows(
    at: AppTest, kind: str, names: list[str], trains: int
) -> None:
    for second, wanted, count in ((kind, names, trains), ("linear", ["fc"], 5130),
                                  (kind, names, trains)):
        choose(at, second)
        assert head(quiet(at)) == HeadSpec(kind=second)
        assert layers(at) == wanted
        assert any(f"{count:,} of" in (one.proto.help or "") for one in at.metric)
        code = model_code("resnet18", "IMAGENET1K_V1", 10, HeadSpec(kind=second), 0)
        assert code in at.code[0].value
        assert by_label(at.radio, "Head").value == second
    assert "same as “Linear”" in words(at) or kind != "family"


def test_every_other_control_twice(at: AppTest) -> None:
    choose(at, "mlp")
    for text, hidden in (("512, 64", (512, 64)), ("8", (8,))):
        by_label(at.text_input, "Hidden widths").set_value(text).run()
        assert head(quiet(at)).hidden == hidden
        assert by_label(at.text_input, "Hidden widths").value == text
        assert layers(at) == [f"fc.{3 * place}" for place in range(len(hidden) + 1)]
    for text, rate in (("0.2", 0.2), ("0.5", 0.5)):
        by_label(at.text_input, "Head dropout").set_value(text).run()
        assert head(quiet(at)).dropout == rate
        assert f"nn.Dropout({text})" in at.code[0].value
    for label, values in (
        ("Activation", ("gelu", "tanh")), ("Head init", ("xavier", "zeros")),
        ("Head outputs", ("classes", "classes")),
    ):
        for value in values:
            by_label(at.selectbox, label).set_value(value).run()
            quiet(at)
    assert (head(at).activation, head(at).init) == ("tanh", "zeros")
    assert "nn.Tanh()" in at.code[0].value and "nn.init.zeros_(layer.weight)" in at.code[0].value
    assert any("at most its last bias" in one.value for one in at.warning)
    choose(at, "linear")
    assert not any("at most its last bias" in one.value for one in at.warning)


def test_bad_widths_get_a_sentence_and_lose_nothing(at: AppTest) -> None:
    choose(at, "mlp")
    for typed in ("", "a", "1,2,3,4,5", "0", "9000", "1.5"):
        by_label(at.text_input, "Hidden widths").set_value(typed).run()
        assert ":material/error:" in words(quiet(at)), typed
        assert by_label(at.text_input, "Hidden widths").value == typed
        assert head(at).hidden == (256,)
    choose(at, "linear")  # a run would not start with it, so it is still there to be put right
    assert by_label(at.text_input, "Hidden widths").value == "1.5"
    by_label(at.text_input, "Hidden widths").set_value("16").run()
    assert head(quiet(at)).hidden == (16,)


def test_one_logit_wants_two_classes_and_says_so(at: AppTest) -> None:
    for value in ("one_logit", "classes", "one_logit"):
        by_label(at.selectbox, "Head outputs").set_value(value).run()
        assert not at.exception and head(at).outputs == value
        assert ("the data has 10" in words(at)) == (value == "one_logit")
        assert layers(at) == ["fc"]
        assert trainable(at) == "5.13 k"
    with_recipe(at, RESNET.model_copy(update={"data": TWO, "head": head(at)}))
    assert "the data has" not in words(at)
    assert trainable(at) == "513"
    assert "model.fc = nn.Linear(512, 1)" in at.code[0].value
    assert "binary_cross_entropy_with_logits" in words(at)
    squeezenet = ModelSpec(name="squeezenet1_1", weights="none")
    with_recipe(at, RESNET.model_copy(update={"data": TWO, "head": head(at),
                                              "model": squeezenet}))
    assert "ends in a ReLU" in words(at)
    choose(at, "append")
    assert "ends in a ReLU" not in words(quiet(at))
    assert layers(at) == ["classifier.4"]


def test_the_tree_has_the_rows_of_the_head_and_their_clicks_count(at: AppTest) -> None:
    choose(at, "mlp")
    shown = at.session_state["person.choices"][freeze_tree.KEY]
    assert shown.structure != "resnet18 IMAGENET1K_V1 10"
    at.session_state[freeze_tree.KEY] = {"clicks": {
        "structure": shown.structure, "list": [[shown.taken + 1, "fc.0", False]],
    }}
    at.run()
    assert at.session_state["draft.recipe"].freeze.exceptions == (("fc.0", False),)
    assert trainable(quiet(at)) == "2.57 k"
    at.session_state[freeze_tree.KEY] = {"clicks": None}
    choose(at, "linear")  # the name means nothing any more, and is not lost silently
    assert "fc.0" in at.error[0].value
    by_label(at.button, "Take it out of the plan").click().run()
    assert trainable(quiet(at)) == "5.13 k"


def test_the_mistake_is_shown_with_the_figures_of_both(at: AppTest) -> None:
    for kind in ("append", "mlp"):
        choose(at, kind)
        table = at.table[1].value.set_index("")
        assert table.loc["output"].tolist() == ["1000", "10"]
        assert "backward()" in table.loc["reached by a gradient", "the mistake"]
        right = {"append": 10010, "mlp": 133898}[kind]
        assert table.loc["reached by a gradient", "your head"] == f"{right:,}"
        assert "unused: `classifier`" in table.loc["in the summary", "the mistake"]
        assert "resnet.classifier = nn.Linear(1000, 10)" in words(at)
    assert "resnet.fc = nn.Sequential(nn.Linear(512, 256)" in words(at)


def test_the_models_page_says_what_the_head_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = HeadSpec(kind="append")
    at = open_page(tmp_path, monkeypatch, "models", RESNET.model_copy(update={"head": spec}))
    assert "keeps its own outputs" in words(at)
    rows = summarize("resnet18", "IMAGENET1K_V1", num_classes=10, new_head=spec).rows
    assert f"{sum(row.params for row in rows):,}" in words(at)
    with_recipe(at, RESNET.model_copy(update={"head": HeadSpec(kind="mlp", hidden=(7,))}))
    assert "hidden layers and a new last one with 10 outputs" in words(at)


def test_a_recipe_in_words_names_another_head_only() -> None:
    assert recipe_words.head(RESNET) == ""
    assert "head:" not in recipe_words.freezing(RESNET)
    other = RESNET.model_copy(update={
        "head": HeadSpec(kind="mlp", hidden=(64, 8), outputs="one_logit"), "data": TWO,
    })
    assert "head: MLP (64, 8 hidden), one logit" in recipe_words.freezing(other)
    assert "Digits (3, 8)" in recipe_words.data(other)
    many = other.model_copy(update={"data": DataSpec(name="digits", only=tuple("12345"))})
    assert "5 classes of Digits" in recipe_words.short(many)


def test_fields_are_as_the_recipe_has_them() -> None:
    assert Recipe().head == LINEAR_HEAD == HeadSpec()
    assert set(recipes.choices_of("head.kind")) == {"linear", "mlp", "family", "append"}
