"""The main job in a real browser: from a fresh home to the best checkpoint on one's own disk."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits

from core import recipe as recipes
from core import recipe_link
from core.ready_recipes import READY
from core.runs.folder import Run, list_runs
from core.runs.status import status
from tests.pages.server import CHROMIUM, FLAGS, App, needs_browser, start_app

pytestmark = [needs_browser, pytest.mark.timeout(420), pytest.mark.alone]

PAGES = ("", "models", "layers", "batches", "train", "runs")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """The app on a fresh home; whatever still trains there ends with the test."""
    found = start_app(tmp_path / "home")
    yield found
    found.end()
    for run in list_runs(found.home / "runs"):
        end_worker(run)


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app on a fresh home, where nothing is changed."""
    found = start_app(tmp_path_factory.mktemp("looked_at") / "home")
    yield found
    found.end()


@pytest.fixture
def browser() -> Iterator:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


def end_worker(run: Run) -> None:
    import psutil

    from core import portable

    pid = portable.lock_holder(run.path / "lock")
    if pid and psutil.pid_exists(pid):
        psutil.Process(pid).kill()


def opened(browser, address: str, *, width: int = 1440, scheme: str = "light"):
    page = browser.new_page(viewport={"width": width, "height": 1000}, color_scheme=scheme)
    page.set_default_timeout(60_000)
    page.goto(address)
    return page


def go(page, name: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
    page.get_by_role("heading", name=name, exact=True, level=1).wait_for()


def badge(page, word: str):
    """The run's status; its icon is text too."""
    return page.locator(".stMarkdownBadge").filter(has_text=word).first


def newest(app: App) -> Run:
    return list_runs(app.home / "runs")[0]


def written_step(run: Run) -> int:
    """The last step in the run's metrics."""
    lines = (run.path / "metrics.jsonl").read_bytes().splitlines()[:-1]
    return max((json.loads(line)["step"] for line in lines), default=0)


def drawn_step(page) -> int:
    return int(page.locator(".thaw-chart").get_attribute("data-step") or 0)


def wait_until(holds, seconds: float, what: str) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def test_from_a_fresh_home_to_a_checkpoint(app: App, browser, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    page = opened(browser, app.address)
    page.get_by_role("button", name="Letters → digits").click()
    expect(page.get_by_text("Everything is set for letters → digits")).to_be_visible()
    expect(page.get_by_text("200 train · 359 validation · 898 held out")).to_be_visible()

    # The model and its summary.
    go(page, "Models")
    expect(page.locator("h2").first).to_have_text("shufflenet_v2_x1_0")
    expect(page.get_by_text("modules. A click")).to_be_visible()

    # Its backbone is frozen, one stage thawed again, and all of it in the end.
    go(page, "Layers")
    trainable = page.get_by_test_id("stMetricValue").first
    page.get_by_text("Linear probe", exact=True).click()
    expect(trainable).to_have_text("10.2 k")
    page.get_by_role("treeitem", name="conv5,").locator(".tick").click()
    expect(trainable).to_have_text("487 k")
    page.get_by_text("All (fine-tune)", exact=True).click()
    expect(trainable).to_have_text("1.26 M")

    # A few batches.
    go(page, "Batches")
    expect(page.locator(".thaw-pictures img")).to_have_count(8)

    # Training: every step that is written is drawn within two seconds.
    go(page, "Train")
    epochs = page.get_by_role("textbox", name="Epochs", exact=True)
    epochs.fill("40")
    epochs.press("Enter")
    page.get_by_role("button", name="Start training").click()
    expect(page.locator(".thaw-chart")).to_be_attached()
    run = newest(app)
    wait_until(lambda: drawn_step(page) > 0, 60, "the first step never came")
    lags = []
    for _ in range(6):
        known, since = written_step(run), time.monotonic()
        wait_until(lambda known=known: drawn_step(page) >= known, 5, "the chart stands still")
        lags.append(time.monotonic() - since)
        time.sleep(0.3)
    assert max(lags) < 2.0, lags
    expect(page.get_by_text("is training: wait until it ends")).to_be_visible()
    expect(page.get_by_role("button", name="Start training")).to_be_disabled()

    # Another page, a reload and a second browser find it alive.
    go(page, "Runs")
    go(page, "Train")
    expect(badge(page, "running")).to_be_visible()
    page.reload()
    wait_until(lambda: drawn_step(page) > 0, 30, "the reloaded chart is empty")
    other = opened(browser, f"{app.address}/train", width=390, scheme="dark")
    wait_until(lambda: drawn_step(other) > 0, 30, "the second browser sees no chart")
    other.close()

    # Stopped and kept, then resumed from where it was.
    page.get_by_role("button", name="Stop training").click()
    page.get_by_role("button", name="Stop and keep").click()
    expect(badge(page, "stopped")).to_be_visible()
    stopped_at = status(run).step
    assert 0 < stopped_at < status(run).steps
    page.get_by_role("button", name="Resume").click()
    wait_until(lambda: drawn_step(page) > stopped_at, 60, "it did not go on")
    expect(badge(page, "finished")).to_be_visible(timeout=180_000)
    assert status(run).best["val_accuracy"] > 0.95

    # Held-out images, the own picture, and the checkpoint taken home.
    page.get_by_role("button", name="Evaluate, compare, try it").click()
    page.get_by_role("heading", name="Runs", exact=True, level=1).wait_for()
    page.get_by_role("tab", name="Try an image").click()
    digit = tmp_path / "four.png"
    Image.fromarray(np.uint8(load_digits().images[4] * 255 / 16)).resize((160, 160)).save(digit)
    page.locator("input[type=file]").last.set_input_files(digit)
    expect(page.get_by_text("as the model sees it")).to_be_visible()
    page.get_by_role("tab", name="Checkpoints").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="MB").first.click()
    saved = tmp_path / "best.pt"
    download.value.save_as(saved)
    content = torch.load(saved, weights_only=True)
    assert content["epoch"] == status(run).best["epoch"]
    assert {"model_state_dict", "optimizer_state_dict", "loss"} <= content.keys()


def test_killed_worker_and_killed_app(app: App, browser) -> None:
    """SIGKILL in the middle of an epoch: said within five seconds, and nothing saved is lost."""
    import psutil
    from playwright.sync_api import expect

    from core import portable

    recipe = recipes.with_value(READY["letters-to-digits"], "train.epochs", 60)
    page = opened(browser, f"{app.address}/train?recipe={recipe_link.to_link(recipe)}")
    page.get_by_role("button", name="Start training").click()
    expect(page.locator(".thaw-chart")).to_be_attached()
    run = newest(app)
    wait_until(lambda: status(run).epoch >= 2, 90, "it did not begin")

    # The worker.
    psutil.Process(portable.lock_holder(run.path / "lock")).kill()
    expect(page.get_by_text("The training process ended without a word")).to_be_visible(
        timeout=5_000
    )
    kept = {path.name for path in (run.path / "checkpoints").glob("checkpoint_model_*")}
    assert kept
    page.get_by_role("button", name="Resume").click()
    expect(badge(page, "running")).to_be_visible()
    step = status(run).step
    wait_until(lambda: status(run).status == "running" and status(run).step > step, 60,
               "the resumed run stands still")
    assert kept <= {path.name for path in (run.path / "checkpoints").glob("checkpoint_model_*")}

    # The app: its run goes on, and the next app finds it.
    worker = portable.lock_holder(run.path / "lock")
    app.process.kill()
    app.process.wait()
    step = status(run).step
    wait_until(lambda: status(run).step > step, 20, "the run ended with the app")
    app.process = start_app(app.home, app.port).process
    again = opened(browser, f"{app.address}/train")
    wait_until(lambda: drawn_step(again) > step, 30, "the new app does not find the run")
    assert portable.lock_holder(run.path / "lock") == worker

    # Stopped and discarded: nothing of it is left.
    again.get_by_role("button", name="Stop training").click()
    again.get_by_role("button", name="Stop and discard").click()
    expect(again.get_by_text("The run was discarded.")).to_be_visible()
    assert not run.path.exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_phone(looked_at: App, browser, scheme: str) -> None:
    page = opened(browser, looked_at.address, width=390, scheme=scheme)
    for name in PAGES:
        page.goto(f"{looked_at.address}/{name}")
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_timeout(2500)
        wide = page.evaluate(
            "() => { const main = document.querySelector('[data-testid=stMain]');"
            " return [main.scrollWidth, main.clientWidth]; }"
        )
        assert wide[0] <= wide[1] + 1, (name, wide)
        assert page.get_by_text("Something in Thaw went wrong").count() == 0
