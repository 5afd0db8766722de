"""The views beneath a confusion matrix: images, certainty, another checkpoint; own pictures."""

import shutil
import threading
from pathlib import Path

import pytest
from PIL import Image

from core.evaluation import mistakes
from core.evaluation.evaluate import scores
from core.evaluation.given import judge_given, read_given
from core.evaluation.held_out import held_out_images
from core.evaluation.judged import judge
from core.evaluation.model_of import load_run_model
from core.runs.folder import list_runs
from tests.core.data.making import classes, folder, zipped
from tests.pages.app_page import waited
from tests.pages.server import CHROMIUM, FLAGS, needs_browser, running_app
from tests.pages.test_runs import at, picture, runs  # noqa: F401  (fixtures)


@pytest.fixture
def evaluated(at, runs):  # noqa: F811
    waited(next(one for one in at.button if one.label == "Evaluate").click().run())
    assert not at.exception and not at.error
    return at


def words(at) -> str:  # noqa: F811
    return "\n".join(one.value for one in [*at.markdown, *at.caption])


def choose(at, key: str, value: str):  # noqa: F811
    at.segmented_control(key=key).set_value(value).run()
    assert not at.exception and not at.error
    return at


def test_mistakes_and_narrow_hits(evaluated, runs) -> None:  # noqa: F811
    judged = judge(runs[0])
    said = words(evaluated)
    wrong = mistakes.mistakes(judged)
    assert said.count("truth: ") == min(len(wrong), 18) or not len(wrong)
    surest = 100 * judged.confidence[wrong[0]]
    assert f"{surest:.1f} %" in said and "The least certain hits" in said


def test_certainty_of_a_class(evaluated, runs) -> None:  # noqa: F811
    key = f"runs.evaluation view {runs[0].id}"
    choose(evaluated, key, "certainty")
    metrics = {one.label: one.value for one in evaluated.metric}
    assert "Expected calibration error" in metrics and "Top-3" in metrics
    box = evaluated.selectbox(key=f"runs.certainty {runs[0].id} class")
    for label in (3, 7):
        box.set_value(label).run()
        assert not evaluated.exception
    assert any(one.label.startswith("ROC, area") for one in evaluated.tabs)


def test_another_checkpoint(evaluated, runs) -> None:  # noqa: F811
    choose(evaluated, f"runs.evaluation view {runs[0].id}", "turned")
    waited(evaluated.toggle(key=f"runs.turned from {runs[0].id}").set_value(True).run())
    assert not evaluated.exception and not evaluated.error
    first, best = judge(runs[0], 1), judge(runs[0])
    assert f"Epoch 1 had {first.right.sum():,} of {len(first):,} right" in words(evaluated)
    options = evaluated.segmented_control(key=f"runs.turned kind {runs[0].id}").options
    found = mistakes.turned(first, best)
    assert f"Turned right ({len(found.turned_right):,})" in options


@needs_browser
def test_a_click_on_a_cell_shows_its_images(tmp_path: Path, trained_runs: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    shutil.copytree(trained_runs, tmp_path / "home/runs")
    run = list_runs(tmp_path / "home/runs")[0]
    judged = judge(run)
    zeros = mistakes.in_cell(judged, 0, 0)
    with running_app(tmp_path / "home") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1600})
        page.set_default_timeout(60_000)
        expect.set_options(timeout=30_000)
        page.goto(f"{address}/runs")
        page.get_by_role("tab", name="Held-out images").click()
        page.get_by_role("button", name="Evaluate").last.click()
        expect(page.get_by_text("The most confident mistakes")).to_be_visible(timeout=180_000)
        panel = page.get_by_role("tabpanel").filter(has=page.get_by_text("taken for"))
        chart = panel.get_by_test_id("stVegaLiteChart").first
        chart.locator(".mark-rect path").first.click(position={"x": 4, "y": 4})
        expect(page.get_by_text("the surest first")).to_be_visible()
        expect(page.get_by_text(f"{100 * judged.confidence[zeros[0]]:.1f} %").first).to_be_visible()
        browser.close()


@pytest.fixture
def digits(runs, tmp_path) -> Path:  # noqa: F811
    """Held-out images of the run's own data as files, and a folder of cats."""
    data, places = held_out_images(load_run_model(runs[0]), "test")
    for place in places[:120].tolist():
        file = tmp_path / "mine" / data.classes[data.targets[place]] / f"{place}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(data.image(place).permute(1, 2, 0).numpy()).save(file)
    folder(tmp_path / "mine", classes("cats"))
    return tmp_path / "mine"


def button(at, label: str):  # noqa: F811
    return next(one for one in at.button if one.label == label)


def test_a_folder_given_now(at, runs, digits) -> None:  # noqa: F811
    assert "nor in choosing the best epoch" in words(at)
    choose(at, "runs.split", "val")
    assert "they chose the best epoch" in words(at) and "took no part" not in words(at)
    choose(at, "runs.split", "given")
    assert "named as the classes of this run" in words(at)
    at.text_input(key="runs.given folder").set_value(str(digits)).run()
    waited(button(at, "Evaluate").click().run())
    assert not at.exception and not at.error
    judged = judge_given(load_run_model(runs[0]), read_given("folder", str(digits))).judged
    metrics = {one.label: one for one in at.metric}
    assert metrics["Accuracy"].value == f"{100 * judged.right.mean():.2f} %"
    assert metrics["Accuracy"].delta.endswith("of 120 wrong")
    low, high = scores(judged).interval
    assert f"{100 * low:.1f} to {100 * high:.1f} %" in words(at)
    assert "cats (4)" in at.warning[0].value
    surest = judged.confidence[mistakes.mistakes(judged)[0]]
    assert f"{100 * surest:.1f} %" in words(at)
    choose(at, f"runs.evaluation view {runs[0].id}", "turned")
    waited(at.toggle(key=f"runs.turned from {runs[0].id}").set_value(True).run())
    assert not at.exception and not at.error and "of 120 right" in words(at)
    for file in (digits / "7").iterdir():
        file.unlink()
    assert "No image of" not in at.warning[0].value  # what was judged stays
    waited(button(at, "Read again").click().run())
    assert not at.exception and "No image of: 7" in at.warning[0].value


def test_judging_can_be_stopped_and_begun_again(at, runs, digits, monkeypatch) -> None:  # noqa: F811
    from core.evaluation import given

    reached, free = threading.Event(), threading.Event()
    judge_given = given.judge_given

    def slow(loaded, images, tell):
        def told(done, all):
            reached.set()
            free.wait(60)
            tell(done, all)
        return judge_given(loaded, images, told)

    monkeypatch.setattr(given, "judge_given", slow)
    choose(at, "runs.split", "given")
    at.text_input(key="runs.given folder").set_value(str(digits)).run()
    button(at, "Evaluate").click().run()
    assert reached.wait(60)
    button(at, "Stop").click().run()
    assert button(at, "Evaluate") and "Accuracy" not in [one.label for one in at.metric]
    free.set()
    waited(button(at, "Evaluate").click().run())
    assert next(one for one in at.metric if one.label == "Accuracy").delta.endswith("of 120 wrong")


def test_a_folder_that_can_not_be_judged(at, tmp_path) -> None:  # noqa: F811
    choose(at, "runs.split", "given")
    folder(tmp_path / "pets", classes("cat", "dog"))
    for path, said in ((tmp_path / "nowhere", "no folder"), (tmp_path / "pets", "cat, dog")):
        at.text_input(key="runs.given folder").set_value(str(path)).run()
        waited(button(at, "Evaluate").click().run())
        assert not at.exception and said in at.error[0].value


def test_a_zip_given_now(at, runs, digits) -> None:  # noqa: F811
    choose(at, "runs.split", "given")
    choose(at, "runs.given way", "upload")
    files = {str(file.relative_to(digits)): file.read_bytes() for file in digits.rglob("*.png")}
    uploader = next(one for one in at.file_uploader if one.label.startswith("A zip"))
    uploader.set_value(("mine.zip", zipped(files).getvalue(), "application/zip")).run()
    waited(button(at, "Evaluate").click().run())
    assert not at.exception and not at.error
    metrics = {one.label: one for one in at.metric}
    assert metrics["Accuracy"].delta.endswith("of 120 wrong")
    assert any("mine.zip" in option for one in at.selectbox for option in one.options)


def test_all_answers_are_a_file(at, runs) -> None:  # noqa: F811
    at.file_uploader[0].upload("mine.png", picture(), "image/png").run()
    label = next(
        one.label for one in at.get("download_button") if one.label.endswith("as CSV")
    )
    assert label == "Answers for 1 as CSV"
    at.segmented_control(key=f"runs.way in {runs[0].id}").set_value("Camera").run()
    assert not at.exception and not at.error
    assert not any(one.label.endswith("as CSV") for one in at.get("download_button"))


def test_a_whole_model_beside_its_state_dict(at, runs) -> None:  # noqa: F811
    assert any("weights_only=True" in one.value for one in at.code)
    for on in (True, False, True):
        at.toggle(key="runs.pickle lesson").set_value(on).run()
        assert not at.exception and not at.error
        assert ("refuses it" in words(at)) is on
    assert "AttributeError" in words(at) and "went into `Network` as before" in words(at)
