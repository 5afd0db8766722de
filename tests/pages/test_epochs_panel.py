"""Through the epochs on the Explain page: asked once, images chosen, a slider that moves all."""

import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.evaluation import epochs
from core.evaluation.evaluate import evaluate
from core.runs.folder import Run, list_runs
from pages.widgets.explain import epochs_followed, jobs
from pages.widgets.explain.epochs_scrubber.payload import payload_of, words_of
from tests.core.evaluation.test_epochs import planted
from tests.pages.app_page import open_page, quiet
from tests.pages.server import CHROMIUM, FLAGS, needs_browser, running_app

TITLE = "Through the epochs"


@pytest.fixture
def runs(home: Path, trained_runs: Path) -> list[Run]:
    """Copies of the fine-tune and the probe, the newest first."""
    shutil.copytree(trained_runs, home / "runs")
    return list_runs(home / "runs")


def opened(home: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    found = open_page(home, monkeypatch, "explain")
    return quiet(found.segmented_control("explain.section").set_value(TITLE).run())


def button(at: AppTest, label: str):
    return next((one for one in at.button if one.label == label), None)


def asked(at: AppTest) -> AppTest:
    """The page when every checkpoint was asked."""
    button(at, "Go through the epochs").click().run()
    return waited(at)


def waited(at: AppTest) -> AppTest:
    until = time.monotonic() + 120
    while button(at, "Stop"):
        assert time.monotonic() < until
        time.sleep(0.2)
        at.run()
    assert not at.exception
    return at


def words(at: AppTest) -> str:
    return "\n".join(one.value for one in [*at.markdown, *at.caption])


def test_asked_once_and_other_images_followed(home, runs, monkeypatch):
    at = opened(home, monkeypatch)
    assert "the model that the run began with and 3 checkpoints" in words(at)
    quiet(asked(at))
    assert "nothing does" in words(at) and button(at, "Go through the epochs") is None
    (box,) = at.multiselect
    assert len(box.value) == epochs_followed.FOLLOWED
    rows = [row for row in range(20) if row not in box.value][:2]
    box.set_value(rows)
    (layer,) = [one for one in at.selectbox if one.label == "Layer"]
    layer.set_value("stage2")
    button(at, "Follow these").click().run()
    quiet(waited(at))
    assert at.multiselect[0].value == rows and "Grad-CAM at `stage2`" in words(at)
    again = opened(home, monkeypatch)  # what was asked is kept for the next visitor
    assert button(again, "Go through the epochs") is None and len(again.multiselect[0].value) == 6


def test_a_run_that_kept_a_few(home, runs, monkeypatch):
    next(runs[0].path.glob("checkpoints/checkpoint_model_001_*.pt")).unlink()
    at = opened(home, monkeypatch)
    assert "Of 3 epochs these checkpoints are on disk: 2, 3." in words(at)
    assert "“Epochs between kept checkpoints” at 1" in words(at)


def test_a_damaged_checkpoint_is_left_out(home, runs, monkeypatch):
    next(runs[0].path.glob("checkpoints/checkpoint_model_002_*.pt")).write_bytes(b"half")
    at = quiet(asked(opened(home, monkeypatch)))
    assert "Epoch 2 is left out." in words(at)


def test_a_checkpoint_dropped_between_the_answers_and_the_heat_is_left_out(
    home, runs, monkeypatch
):
    telling_rows = epochs.telling_rows

    def dropped(*given):
        next(runs[0].path.glob("checkpoints/checkpoint_model_002_*.pt")).unlink()
        return telling_rows(*given)

    with monkeypatch.context() as patched:
        patched.setattr(epochs, "telling_rows", dropped)
        at = quiet(asked(opened(home, monkeypatch)))
    assert "Epoch 2 is left out. The run" in words(at) and "no checkpoint of epoch 2" in words(at)
    # What was asked stays to be seen, though the run has other checkpoints by now.
    assert len(at.multiselect) == 1 and button(at, "Go through the epochs") is None
    button(at, "Go through them anew").click().run()
    quiet(waited(at))
    assert "left out" not in words(at) and button(at, "Go through them anew") is None
    assert len(at.multiselect) == 1


def test_when_the_images_are_gone_it_is_said(home, runs, monkeypatch):
    from core.messages import ThawError

    def gone(*_: object) -> None:
        raise ThawError("runs.data_changed", data="digits")

    monkeypatch.setattr(epochs, "held_out_images", gone)
    at = asked(opened(home, monkeypatch))
    assert "bring the old ones back" in at.error[0].value
    assert button(at, "Go through the epochs")  # to try again


def test_all_epochs_go_to_the_browser(trained_runs: Path):
    run = list_runs(trained_runs)[0]
    story, followed = epochs_followed.tell_story(run, "test", lambda done, all: None)
    sent = payload_of(story, followed)
    assert sent["epochs"] == [0, 1, 2, 3] and len(sent["images"]) == 6
    for at, epoch in enumerate(sent["epochs"][1:], start=1):
        found = evaluate(run, epoch)
        matrix = np.zeros((10, 10), int)
        for true, said, count in sent["cells"][at]:
            matrix[true, said] = count
        assert matrix.tolist() == [list(row) for row in found.confusion]
        assert (sent["accuracy"][at], sent["loss"][at]) == (found.accuracy, found.loss)
    assert all(one["heat"].startswith("data:image/png") for one in sent["images"])
    assert sent["support"] == np.bincount(story.targets).tolist()


def test_words_of_an_image():
    story = planted([0, 1, 2, 0], [0, 2, 0, 1], [0, 1, 1, 1], [0, 1, 2, 1])
    assert words_of(story) == [
        "always right, 0 changes", "right since epoch 1, 1 change",
        "right since epoch 2, 2 changes", "wrong in the end, 0 changes",
    ]


def test_a_run_whose_first_epoch_goes_on(home, runs, monkeypatch):
    for file in runs[0].path.glob("checkpoints/checkpoint_model_*.pt"):
        file.unlink()
    at = opened(home, monkeypatch)
    at.selectbox(key="explain.run").set_value(runs[0].id).run()
    assert "No epoch has ended yet" in words(at) and button(at, "Go through the epochs") is None


@pytest.fixture(autouse=True)
def forgotten():
    """Every test asks for itself."""
    yield
    jobs._kept().clear()


@needs_browser
def test_the_slider_moves_the_matrix_and_the_pictures(tmp_path: Path, trained_runs: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    shutil.copytree(trained_runs, tmp_path / "home/runs")
    run = list_runs(tmp_path / "home/runs")[0]
    with running_app(tmp_path / "home") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1400})
        page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        page.goto(f"{address}/explain")
        page.get_by_role("radio", name=TITLE).click()
        page.get_by_role("button", name="Go through the epochs").click()
        root = page.locator(".thaw-epochs")
        expect(root).to_have_attribute("data-epoch", "3", timeout=240_000)
        slider, heat = root.get_by_role("slider"), root.locator(".heat").first

        def drawn() -> tuple[str, str, str]:
            place = heat.evaluate("one => getComputedStyle(one).backgroundPositionY")
            return (root.locator(".accuracy b").inner_text(), place,
                    root.locator(".cells").inner_html())

        seen = {}
        slider.focus()
        for epoch in (2, 1, 0):
            page.keyboard.press("ArrowLeft")
            expect(root).to_have_attribute("data-epoch", str(epoch))
            seen[epoch] = drawn()
        assert len({one[1] for one in seen.values()}) == len({one[2] for one in seen.values()}) == 3
        assert seen[2][0] == f"{100 * evaluate(run, 2).accuracy:.1f} %"
        expect(root.locator("output")).to_have_text("Before the first step")
        root.get_by_role("button", name="Play").click()
        expect(root).to_have_attribute("data-epoch", "3")
        box = root.locator(".loss svg").bounding_box()
        page.mouse.click(box["x"] + box["width"] * 0.12, box["y"] + box["height"] / 2)
        expect(root).to_have_attribute("data-epoch", "0")
        browser.close()
