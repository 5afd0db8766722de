"""The embedding on the Explain page: begun once, before and after, beside another run, a click."""

import shutil
import threading
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.explain import embedding, projection
from core.messages import Problem
from core.runs.folder import Run, list_runs
from pages.widgets.explain import jobs
from pages.widgets.explain.jobs import Job, Stopped
from tests.pages.app_page import open_page, quiet
from tests.pages.server import CHROMIUM, FLAGS, needs_browser, running_app


@pytest.fixture
def runs(home: Path, trained_runs: Path) -> list[Run]:
    """Copies of the fine-tune and the probe, the newest first."""
    shutil.copytree(trained_runs, home / "runs")
    return list_runs(home / "runs")


@pytest.fixture
def at(home: Path, runs: list[Run], monkeypatch: pytest.MonkeyPatch) -> AppTest:
    jobs._kept().clear()  # the runs of each test have the same features
    found = open_page(home, monkeypatch, "explain")
    quiet(found.segmented_control("explain.section").set_value("Embedding").run())
    split = found.segmented_control(f"explain.embedding split {runs[0].id}")
    return quiet(split.set_value("val").run())  # 90 images: soon done


def button(at: AppTest, label: str):
    return next((one for one in at.button if one.label == label), None)


def laid_out(at: AppTest) -> AppTest:
    """The page when all jobs are done."""
    button(at, "Lay out the images").click().run()
    return waited(at)


def waited(at: AppTest) -> AppTest:
    until = time.monotonic() + 120
    while button(quiet(at), "Stop"):
        assert time.monotonic() < until
        time.sleep(0.2)
        at.run()
    return at


def words(at: AppTest) -> str:
    return "\n".join(one.value for one in [*at.markdown, *at.caption, *at.info])


def metrics(at: AppTest) -> list[tuple[str, str]]:
    return [(one.value, one.delta) for one in at.metric if one.label == "Neighbours agree"]


def through(*_: int) -> None:
    """Nobody is told."""


def test_before_and_after_with_their_measures(at: AppTest, runs: list[Run]) -> None:
    assert "Runs 90 images through 2 models" in words(at)
    assert not at.get("vega_lite_chart")
    laid_out(at)
    before = embedding.embed_start(runs[0], "best", "val", 1000, through).separation
    found = embedding.embed_checkpoint(runs[0], "best", "val", 1000, through)
    after = found.separation
    change = 100 * after.neighbours - 100 * before.neighbours
    assert metrics(at) == [
        (f"{100 * before.neighbours:.1f} %", "before"),
        (f"{100 * after.neighbours:.1f} %", f"{change:+.1f} points"),
    ]
    assert len(at.get("vega_lite_chart")) == 2
    right = 100 * (found.said == found.targets).mean()
    assert f"The head names {right:.1f} % of these images right." in words(at)
    assert "A click on a point shows its image." in words(at)


def test_what_is_there_is_not_worked_out_again(
    at: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_out(at)

    def never(*_: object) -> None:
        raise AssertionError("worked out again")

    monkeypatch.setattr(embedding, "features_of", never)
    at.switch_page("pages/start.py").run()
    at.switch_page("pages/explain.py").run()
    quiet(at)
    assert len(metrics(at)) == 2  # the section too is as it was left


def test_beside_another_run_that_was_frozen(at: AppTest, runs: list[Run]) -> None:
    other = at.selectbox(f"explain.embedding other {runs[0].id}")
    other.set_value(runs[1].id).run()
    assert "Runs 90 images through 3 models" in words(at)
    laid_out(at)
    found = metrics(at)
    assert len(found) == 3 and found[2] == (found[0][0], "as before")
    assert "**small linear_probe, epoch " in words(at)
    assert "has the features of **At the start** to the last bit" in words(at)


def test_by_tsne_with_a_perplexity(at: AppTest, runs: list[Run]) -> None:
    id = runs[0].id
    laid_out(at)
    at.segmented_control(f"explain.embedding way {id}").set_value("t-SNE").run()
    waited(at)
    assert "Two t-SNE pictures share no scale" in words(at)
    box = at.selectbox(f"explain.embedding perplexity {id} 90")
    assert box.options == ["2", "5", "10", "20"] and box.value == 20
    box.set_value(5).run()
    waited(at)
    assert len(metrics(at)) == 2


def test_stopping_tsne_goes_back_to_the_other_picture(
    at: AppTest, runs: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_out(at)
    over = threading.Event()
    monkeypatch.setattr(projection, "tsne", lambda *_: over.wait(60))
    way = f"explain.embedding way {runs[0].id}"
    try:
        at.segmented_control(way).set_value("t-SNE").run()
        assert not metrics(at)
        bars = [one.proto.text for one in at.get("progress")]
        assert len(bars) == 2 and bars[0].startswith("t-SNE of At the start: ")
        button(at, "Stop").click().run()
    finally:
        over.set()  # the thread goes on with what others ask
    quiet(at)
    assert at.segmented_control(way).value == "PCA" and len(metrics(at)) == 2


def test_a_click_shows_the_image_and_its_nearest(at: AppTest, runs: list[Run]) -> None:
    laid_out(at)
    found = embedding.embed_checkpoint(runs[0], "best", "val", 1000, through)
    key = f"explain.embedding points {runs[0].id} 1"
    at.session_state[key] = {"selection": {"image": [{"row": 17}]}}
    quiet(at.run())
    said, true = found.classes[found.said[17]], found.classes[found.targets[17]]
    text = words(at)
    assert f"**{true}**, image {found.places[17]:,}" in text
    assert f"**{said}**, {100 * found.confidence[17]:.1f} %" in text
    same = (found.targets[found.near[17]] == found.targets[17]).sum()
    assert f"nearest in all 1,024 features, {same} of 5 are **{true}**" in text
    assert text.count("nearest in all") == 2
    at.session_state[key] = {"selection": {"image": []}}
    assert "nearest in all" not in words(quiet(at.run()))


def test_classes_that_are_chosen_stay_bright(at: AppTest, runs: list[Run]) -> None:
    laid_out(at)
    at.multiselect(f"explain.embedding classes {runs[0].id}").set_value([3, 7]).run()
    assert len(metrics(quiet(at))) == 2


def test_what_goes_wrong_is_said_and_can_be_tried_again(
    at: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "LEAST", 5000)
    button(at, "Lay out the images").click().run()
    until = time.monotonic() + 120
    while button(at, "Stop") and time.monotonic() < until:
        time.sleep(0.2)
        at.run()
    assert not at.exception
    assert [one.value[:36] for one in at.error] == [
        "At the start: There are 90 images in", "This run: There are 90 images in thi"
    ]
    monkeypatch.setattr(embedding, "LEAST", 8)
    [one for one in at.button if one.label == "Try again"][1].click().run()
    while button(at, "Stop") and time.monotonic() < until:
        time.sleep(0.2)
        at.run()
    assert len(at.error) == 1
    assert [delta for _, delta in metrics(at)] == [""]  # there is no picture before this one


def test_a_job_tells_how_far_it_is_and_ends_when_it_is_stopped() -> None:
    job = Job()

    def work(tell) -> str:
        tell(1, 4)
        job.began -= 100  # seconds ago
        assert job.done == 1 and job.all == 4
        assert job.seconds_left == pytest.approx(3 * job.seconds, rel=0.1)
        job.is_stopped = True
        tell(2, 4)
        return "never"

    assert not job.is_done and job.seconds == 0
    job.run(work)
    assert job.is_done and job.result is None and job.problem == "Stopped."
    with pytest.raises(Stopped):
        job.tell(3, 4)


def test_an_unexpected_error_becomes_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    job = Job()
    job.run(lambda tell: 1 / 0)
    assert "Something in Thaw went wrong" in job.problem
    assert "ZeroDivisionError" in caplog.text


def test_jobs_work_one_after_another_and_the_oldest_are_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept: dict = jobs._kept()
    kept.clear()
    monkeypatch.setattr(jobs, "_MOST", 3)
    at_once = []

    def work(tell) -> int:
        at_once.append(1)
        time.sleep(0.02)
        at_once.pop()
        return len(at_once)

    for place in range(5):
        jobs.begin({place: work})
    until = time.monotonic() + 10
    while not all(job.is_done for job in list(kept.values())) and time.monotonic() < until:
        time.sleep(0.01)
    jobs.begin({"last": work})
    assert list(kept) == [3, 4, "last"]
    assert all(kept[place].result == 0 for place in (3, 4))


def test_a_problem_is_begun_again_and_a_result_is_not() -> None:
    kept: dict = jobs._kept()
    kept.clear()
    good, bad = Job(), Job()
    good.result, bad.problem = "there", Problem("runs.not_finite", {})
    kept |= {"good": good, "bad": bad}
    jobs.begin({"good": lambda tell: "again", "bad": lambda tell: "mended"})
    until = time.monotonic() + 10
    while not kept["bad"].is_done and time.monotonic() < until:
        time.sleep(0.01)
    assert kept["good"].result == "there" and kept["bad"].result == "mended"


@needs_browser
def test_a_click_on_a_point_shows_its_image(tmp_path: Path, trained_runs: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    shutil.copytree(trained_runs, tmp_path / "home/runs")
    with running_app(tmp_path / "home") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1600})
        page.set_default_timeout(120_000)
        expect.set_options(timeout=120_000)
        page.goto(f"{address}/explain")
        page.get_by_text("Embedding", exact=True).click()
        page.get_by_text("Validation", exact=True).click()
        expect(page.get_by_text("Runs 90 images")).to_be_visible()
        page.get_by_role("button", name="Lay out the images").click()
        expect(page.get_by_text("A click on a point shows its image.")).to_be_visible()
        charts = page.get_by_test_id("stVegaLiteChart")
        expect(charts).to_have_count(2)
        for chart in (0, 1):
            charts.nth(chart).locator(".mark-symbol path").nth(40 + chart).click(force=True)
            if chart == 0:
                expect(page.get_by_text("nearest in all 1,024 features")).to_have_count(2)
                first = page.get_by_text(", image ").inner_text()
            else:
                expect(page.get_by_text(first, exact=True)).to_have_count(0)
        expect(page.get_by_text("nearest in all 1,024 features")).to_have_count(2)
        browser.close()
