"""The Explain page: which run, which image, and what is drawn over it."""

import io
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.runs.folder import Run, list_runs
from pages.widgets.explain import ablations
from tests.pages.app_page import ROOT, open_page, quiet


@pytest.fixture
def home_with_runs(home: Path, trained_runs: Path) -> Path:
    shutil.copytree(trained_runs, home / "runs")
    return home


def newest(home: Path) -> Run:
    return list_runs(home / "runs")[0]


def heats(at: AppTest) -> list[str]:
    """The pictures with heat, and what is said below each."""
    bodies = [one.proto.body for one in at.get("html") if "thaw-heat" in one.proto.body]
    return re.findall(r"<img class.*?</figcaption>|<img .*?</figcaption>", "".join(bodies[1:]))


def choose(at: AppTest, key: str, value: str) -> None:
    at.selectbox(key).set_value(value)
    quiet(at.run())


def words(at: AppTest) -> str:
    parts = [*at.markdown, *at.caption, *at.warning, *at.info]
    return "\n".join(one.value for one in parts)


def test_without_a_run_it_says_where_one_is_started(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = open_page(home, monkeypatch, "explain")
    assert "No run with a checkpoint yet" in words(at)
    assert not at.selectbox


def test_the_heat_follows_image_class_layer_and_method(
    home_with_runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = newest(home_with_runs)
    at = open_page(home_with_runs, monkeypatch, "explain")
    assert at.selectbox("explain.run").value == run.id
    assert "which is right" in words(at) or "the truth is" in words(at)
    (first,) = heats(at)
    layer = "explain.layer shufflenet_v2_x0_5 32"
    assert at.selectbox(layer).value == "stage2"

    choose(at, f"explain.class {run.id}", "3")
    (three,) = heats(at)
    choose(at, f"explain.class second {run.id}", "5")
    assert [re.search(r"(\d), which it gives", one).group(1) for one in heats(at)] == ["3", "5"]
    choose(at, f"explain.class second {run.id}", "none")
    choose(at, layer, "conv1")
    (early,) = heats(at)
    at.segmented_control(f"explain.method {run.id}").set_value("Ablation-CAM")
    quiet(at.run())
    (ablated,) = heats(at)
    assert "Each of the layer's 24 channels is switched off in turn" in words(at)
    at.number_input(f"explain.Held-out {run.id} ").set_value(5)
    quiet(at.run())
    (fifth,) = heats(at)
    assert len({first, three, early, ablated, fifth}) == 5


def test_two_models_stand_side_by_side_with_their_channels(
    home_with_runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, other = list_runs(home_with_runs / "runs")
    at = open_page(home_with_runs, monkeypatch, "explain")
    at.toggle(f"explain.maps {run.id}").set_value(True)
    quiet(at.run())
    assert "The same channels" not in words(at)
    choose(at, f"explain.beside {run.id}", other.id)
    one, two = heats(at)
    assert one != two
    assert f"**{other.name}, best epoch**" in words(at)
    assert "The same channels in both models." in words(at)
    choose(at, f"explain.beside {run.id}", "start")
    assert heats(at)[0] == one and heats(at)[1] != two
    assert "Before the first step a new head is random numbers" in words(at)


def test_a_long_ablation_stops_and_goes_on_when_it_is_told_to(
    home_with_runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = newest(home_with_runs)
    monkeypatch.setattr(ablations, "_SECONDS", 0.0)
    at = open_page(home_with_runs, monkeypatch, "explain")
    at.segmented_control(f"explain.method {run.id}").set_value("Ablation-CAM")
    choose(at, "explain.layer shufflenet_v2_x0_5 32", "stage3")
    assert "The 63 strongest of 96 channels were switched off" in words(at)
    (some,) = heats(at)
    next(one for one in at.button if one.label == "All 96").click()
    quiet(at.run())
    assert "strongest of 96" not in words(at)
    assert heats(at) != [some]


def test_a_map_that_is_missing_leaves_its_place() -> None:
    def page() -> None:
        import numpy as np

        from pages.widgets.explain import heat_view

        grey = np.full((8, 8, 3), 90, np.uint8)
        heat_view.show([None, heat_view.Heat("<i>", grey, np.eye(2), 1.0, "<b>seven</b>")], 0.5)
        heat_view.show([], 0.5)

    (drawn,) = quiet(AppTest.from_function(page, default_timeout=60).run()).get("html")
    assert "<div></div><div><b>&lt;i&gt;</b><figure" in drawn.proto.body
    assert "thaw-heat two" in drawn.proto.body and "<b>seven" not in drawn.proto.body


def test_a_run_that_is_gone_is_not_missed(
    home_with_runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = list_runs(home_with_runs / "runs")
    at = open_page(home_with_runs, monkeypatch, "explain")
    choose(at, f"explain.beside {first.id}", second.id)
    shutil.rmtree(second.path)
    quiet(at.run())
    assert len(heats(at)) == 1
    shutil.copytree(first.path, second.path)
    quiet(at.run())
    choose(at, "explain.run", second.id)
    shutil.rmtree(second.path)
    quiet(at.run())
    assert at.selectbox("explain.run").value == first.id
    choose(at, f"explain.beside {first.id}", "start")
    shutil.rmtree(first.path)
    quiet(at.run())
    assert "No run with a checkpoint yet" in words(at)


def test_mistakes_and_own_pictures_are_looked_at(
    home_with_runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = newest(home_with_runs)
    at = open_page(home_with_runs, monkeypatch, "explain")
    at.segmented_control(f"explain.way {run.id}").set_value("Mistakes")
    quiet(at.run())
    assert "the truth is" in words(at)
    assert len(heats(at)) == 1
    at.segmented_control(f"explain.way {run.id}").set_value("Own")
    quiet(at.run())
    assert "as soon as it is here" in words(at)
    file = io.BytesIO()
    stroke = np.full((40, 40), 255, np.uint8)
    stroke[5:35, 18:23] = 0
    Image.fromarray(stroke).save(file, "PNG")
    at.file_uploader[0].set_value(("one.png", file.getvalue(), "image/png"))
    quiet(at.run())
    assert len(heats(at)) == 1
    assert "the truth is" not in words(at)
    at.file_uploader[0].set_value(("bad.png", b"no picture", "image/png"))
    quiet(at.run())
    assert any("bad.png" in one.value for one in at.warning)


def test_a_link_opens_its_run_and_says_where_there_is_none(
    home_with_runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = list_runs(home_with_runs / "runs")[1]
    monkeypatch.setenv("THAW_HOME", str(home_with_runs))
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    at.query_params["run"] = older.id
    quiet(at.switch_page("pages/explain.py").run())
    assert at.selectbox("explain.run").value == older.id
    at.query_params["run"] = "2020_gone"
    quiet(at.run())
    assert "The run of this link is not here" in words(at)


def test_a_damaged_checkpoint_is_a_sentence(
    home_with_runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (newest(home_with_runs).path / "checkpoints" / "best.pt").unlink()
    (newest(home_with_runs).path / "checkpoints" / "best.pt").write_bytes(b"no checkpoint")
    at = open_page_with_error(home_with_runs, monkeypatch)
    assert any("best.pt is damaged" in one.value for one in at.error)


def open_page_with_error(home: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("THAW_HOME", str(home))
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    at.switch_page("pages/explain.py").run()
    assert not at.exception
    return at


def test_the_runs_page_opens_it(home_with_runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = newest(home_with_runs)
    at = open_page(home_with_runs, monkeypatch, "runs")
    at.button(f"runs.explain {run.id}").click()
    quiet(at.run())
    assert at.title[0].value == "Explain"
    assert at.selectbox("explain.run").value == run.id
