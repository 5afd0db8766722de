"""The view Inside: pictures, answers, layers, first convolutions, and what is in the way."""

import io

import numpy as np
import pyarrow
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest


@pytest.fixture(autouse=True)
def no_weights_but_the_bundled(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


def view(model: str, weights: str, size: int) -> None:
    from core.models.catalogue import find_any_model
    from pages.widgets import inside
    from pages.widgets.models.viewed import Viewed

    inside.show(Viewed(find_any_model(model), weights, None, size, None))


def opened(model: str = "shufflenet_v2_x1_0", weights: str = "LETTERS", size: int = 64) -> AppTest:
    return quiet(run(model, weights, size))


def run(model: str, weights: str, size: int) -> AppTest:
    known = {"model": model, "weights": weights, "size": size}
    return AppTest.from_function(view, kwargs=known, default_timeout=60).run()


def quiet(at: AppTest) -> AppTest:
    assert not at.exception
    assert [one.value for one in at.error] == []
    return at


def by_label(widgets, label: str):
    return next(widget for widget in widgets if widget.label == label)


def change(at: AppTest, kind: str, label: str, value) -> AppTest:
    return quiet(by_label(getattr(at, kind), label).set_value(value).run())


def html(at: AppTest) -> str:
    return "\n".join(one.proto.body for one in at.get("html"))


def likeliest(at: AppTest) -> list[str]:
    data = at.get("vega_lite_chart")[0].proto.datasets[0].data.data
    return pyarrow.ipc.open_stream(data).read_pandas()["category"].tolist()


def test_letters_are_read_twice_and_a_wrong_one_gets_a_sentence():
    at = opened()
    assert likeliest(at)[0] == "a"
    for letter in "gB":
        assert likeliest(change(at, "text_input", "Which one", letter))[0] == letter
    by_label(at.text_input, "Which one").set_value("?").run()
    assert not at.exception and "“?” is not one letter" in at.error[0].value
    change(at, "selectbox", "Sample picture", "flower")
    assert "640 × 427" in html(at)


def test_stages_show_shapes_and_zeros():
    page = html(opened())
    for words in ("<b>stage2</b>", "116 × 8 × 8", "3 × 64 × 64", "% zero", "<b>fc</b>"):
        assert words in page


def test_layers_change_twice_and_so_do_order_and_scale():
    at = change(opened(), "segmented_control", "Show", "Feature maps")
    layer = by_label(at.selectbox, "Layer")
    assert layer.value == "conv1" and "24 × 32 × 32" in html(at)
    seen = []
    for name in ("stage2.0", "conv5"):
        change(at, "selectbox", "Layer", name)
        seen.append(html(at))
    assert "116 × 8 × 8" in seen[0] and "1024 × 2 × 2" in seen[1]
    assert seen[1].count("<figure") == 2 + 64
    first = at.get("html")[-2].proto.body
    change(at, "segmented_control", "Order", "strongest")
    second = at.get("html")[-2].proto.body
    change(at, "segmented_control", "Brightness", "all")
    assert len({first, second, at.get("html")[-2].proto.body}) == 3
    change(at, "selectbox", "Layer", "fc")
    assert len(at.get("vega_lite_chart")) == 2  # the answer, and the bars


def test_a_module_that_runs_several_times_has_a_choice():
    at = opened("resnet18", "none")
    change(at, "segmented_control", "Show", "Feature maps")
    assert by_label(at.selectbox, "Layer").value == "layer1"
    change(at, "selectbox", "Layer", "layer1.0.relu")
    one = html(at)
    change(at, "number_input", "Run of 2", 2)
    assert html(at) != one


def test_tokens_and_first_convolutions_of_a_transformer():
    at = opened("vit_b_32", "none", 224)
    assert "random numbers" in at.info[0].value
    change(at, "segmented_control", "Show", "Feature maps")
    assert "encoder_layer_0" in by_label(at.selectbox, "Layer").value
    assert any("row of tokens" in one.value for one in at.caption)
    assert any("class token" in one.value for one in at.markdown)
    change(at, "segmented_control", "Show", "First convolutions")
    assert any("768 filters of 32 × 32 on 3 channels" in one.value for one in at.markdown)
    assert at.get("image")


def test_weights_that_are_not_here_are_never_replaced_silently():
    at = opened("resnet18", "IMAGENET1K_V1")
    assert "not on this computer" in at.info[0].value
    assert at.button[0].label.startswith("Download the weights")
    assert not at.selectbox
    change(at, "toggle", "Look inside with random numbers instead", True)
    assert [one.value for one in at.info] == [
        "These weights are random numbers: shapes and arithmetic are real, but no layer has "
        "learned anything."
    ]
    assert not at.get("vega_lite_chart")


def test_an_own_picture_is_read_and_a_broken_one_gets_a_sentence():
    at = opened()
    change(at, "segmented_control", "Picture", "Your own")
    drawn = np.full((90, 70, 3), 255, np.uint8)
    drawn[10:80, 30:40] = 0
    file = io.BytesIO()
    Image.fromarray(drawn).save(file, "PNG")
    quiet(at.file_uploader[0].set_value(("l.png", file.getvalue(), "image/png")).run())
    assert "70 × 90" in html(at)
    assert likeliest(at)[0] == "l"
    at.file_uploader[0].set_value(("x.png", b"no picture", "image/png")).run()
    assert not at.exception and "“x.png” is no picture" in at.error[0].value


def test_a_segmentation_and_a_quantized_model_are_looked_into():
    assert "960 × 8 × 8" in html(opened("lraspp_mobilenet_v3_large", "none", 128))
    at = opened("quantized_resnet18", "IMAGENET1K_FBGEMM_V1", 64)
    assert "look inside resnet18" in at.info[0].value and not at.button
    change(at, "toggle", "Look inside with random numbers instead", True)
    assert "<b>layer4</b>" in html(at)


@pytest.mark.parametrize(
    ("model", "words"),
    [("fasterrcnn_resnet50_fpn", "one for detection"), ("r3d_18", "one for video")],
)
def test_models_that_take_something_else_say_so(model, words):
    at = opened(model, "none", 112)
    assert words in at.info[0].value
    assert ("filters of 3 × 7 × 7" in "".join(one.value for one in at.markdown)) == (
        model == "r3d_18"
    )


def test_an_input_of_another_size_gets_a_sentence():
    at = run("vit_b_32", "none", 64)
    assert not at.exception and "takes exactly" in at.error[0].value


def test_a_model_too_large_gets_a_sentence(monkeypatch):
    monkeypatch.setattr("core.portable.available_memory", lambda: 1_000_000)
    at = run("vgg11", "none", 64)
    assert not at.exception and "needs about 1.1 GB" in at.error[0].value
