"""The Batches page as a person walks it: every control twice, and the answer changes each time."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.pages.server import CHROMIUM, FLAGS, needs_browser, running_app

pytestmark = needs_browser


class Walk:
    """A person on the page.

    Attributes:
        page: The browser's page.
    """

    def __init__(self, page: Any, expect: Any) -> None:
        self.page, self._expect = page, expect

    def type(self, label: str, text: str) -> None:
        """Types into a field and leaves it."""
        self.page.get_by_role("textbox", name=label, exact=True).fill(text)
        self.page.keyboard.press("Tab")

    def choose(self, label: str, title: str) -> None:
        """Chooses from a list, which typing opens."""
        box = self.page.get_by_role("combobox", name=label, exact=True)
        self._expect(box).to_have_count(1)  # a page that is drawn anew may show the old one too
        box.fill(title)
        self.page.get_by_role("option", name=title, exact=True).click()

    def switch(self, label: str, state: str) -> None:
        """Switches on or off."""
        one = self.page.get_by_role("switch", name=label, exact=True)
        if one.is_checked() != (state == "on"):
            one.locator("xpath=ancestor::label").click()
        self._expect(one).to_be_checked(checked=state == "on")

    def open(self, view: str) -> None:
        """Opens a view."""
        self.page.get_by_role("radio", name=view, exact=True).click()

    def sees(self, text: str) -> None:
        """Waits until the answer says so."""
        self._expect(self.page.get_by_test_id("stMain")).to_contain_text(text)

    def misses(self, part: Any, text: str) -> None:
        """Waits until a part of the page says so no more."""
        self._expect(part).not_to_contain_text(text)

    def sees_other(self, part: str, before: str) -> str:
        """Waits until a part of the page is another than before; what it is now."""
        found = self.page.locator(part).first
        self._expect(found).not_to_have_text(before)
        return found.inner_text()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_app(tmp_path_factory.mktemp("home")) as address:
        yield address


@pytest.fixture
def walk(address: str) -> Iterator[Walk]:
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 3000})
        page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        page.goto(f"{address}/batches")
        one = Walk(page, expect)
        one.sees("1,797 samples")
        yield one
        assert page.get_by_text("Something in Thaw went wrong").count() == 0
        browser.close()


def test_what_makes_the_batches(walk: Walk) -> None:
    samples = ".before .list"
    for size in ("4", "6"):
        walk.type("batch_size", size)
        walk.sees(f"shape [{size}, 3, 8, 8]")
    for size in ("16", "12"):
        walk.type("image size in pixels", size)
        walk.sees(f"shape [6, 3, {size}, {size}]")
    now = walk.page.locator(samples).first.inner_text()
    for seed in ("3", "4"):
        walk.type("seed", seed)
        now = walk.sees_other(samples, now)
    for state in ("off", "on"):
        walk.switch("shuffle", state)
        now = walk.sees_other(samples, now)
    for state, batches in (("on", "299"), ("off", "300")):
        walk.switch("drop_last", state)
        walk.sees(f"{batches} batches in an epoch")
    for title, said in (("list", "The samples in a list"), ("dictionary", "6 values, not stacked")):
        walk.choose("collate_fn", title)
        walk.sees(said)
    for count in ("2", "5"):
        walk.type("batches shown", count)
        walk.sees(f"the first {count} are here")
    for key, number in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1)):
        walk.page.keyboard.press(key)
        walk.sees(f"Batch {number} of 300")
        now = walk.sees_other(samples, now)
    for title, count in (("Wine", "178"), ("Digits", "1,797")):
        walk.choose("Data set", title)
        walk.sees(f"{count} samples")
    for colours, said in (("normalised", "would see it"), ("original", "values 0 to 1")):
        walk.open(colours)
        walk.sees(said)


def test_every_other_argument_is_in_the_program(walk: Walk) -> None:
    walk.switch("shuffle", "off")
    walk.open("Code")
    for part in ("Sampler and batch_sampler", "Workers", "Memory"):
        walk.page.locator("summary").filter(has_text=part).click()
    steps: list[tuple[Callable[[str, str], None], str, tuple[tuple[str, str], ...]]] = [
        (walk.choose, "sampler", (
            ("RandomSampler", "sampler = RandomSampler(dataset,"),
            ("DistributedSampler", "num_replicas=2, rank=0"))),
        (walk.type, "num_replicas", (("4", "num_replicas=4"), ("3", "num_replicas=3"))),
        (walk.type, "rank", (("1", "rank=1"), ("2", "rank=2"))),
        (walk.choose, "sampler", (("SubsetRandomSampler", "range(0, 10)"),)),
        (walk.type, "indices", (("3-5", "range(3, 6)"), ("1, 7", "[1, 7]"))),
        (walk.choose, "batch_sampler", (
            ("BatchSampler", "BatchSampler(SequentialSampler(dataset), 8"),
            ("OneClassBatchSampler", "OneClassBatchSampler(dataset.targets, 8"))),
        (walk.type, "its batch_size", (("5", "targets, 5, False"), ("7", "targets, 7, False"))),
        (walk.switch, "its drop_last", (("on", "targets, 7, True"), ("off", "targets, 7, False"))),
        (walk.type, "num_workers", (("2", "num_workers=2,"), ("1", "num_workers=1,"))),
        (walk.type, "prefetch_factor", (("3", "prefetch_factor=3,"), ("4", "prefetch_factor=4,"))),
        (walk.type, "timeout", (("5", "timeout=5.0,"), ("7.5", "timeout=7.5,"))),
        (walk.choose, "multiprocessing_context", (
            ("fork", "multiprocessing_context='fork'"),
            ("spawn", "multiprocessing_context='spawn'"))),
        (walk.choose, "worker_init_fn", (
            ("seed_numpy", "worker_init_fn=seed_numpy"), ("same_seed", "worker_init_fn=same_seed"),
        )),
        (walk.switch, "persistent_workers", (("on", "persistent_workers=True"),)),
        (walk.switch, "in_order", (("off", "in_order=False"),)),
        (walk.switch, "pin_memory", (("on", "pin_memory=True"),)),
        (walk.choose, "pin_memory_device", (("cuda", "pin_memory_device='cuda'"),)),
    ]
    for act, label, values in steps:
        for value, said in values:
            act(label, value)
            walk.sees(said)
    code = walk.page.get_by_test_id("stCode").first
    for label, state, gone in (("persistent_workers", "off", "persistent_workers=True"),
                               ("in_order", "on", "in_order=False"),
                               ("pin_memory", "off", "pin_memory=True")):
        walk.switch(label, state)
        walk.misses(code, gone)
    walk.choose("pin_memory_device", "not set")
    walk.misses(code, "pin_memory_device")


def test_options_that_come_with_a_choice(walk: Walk) -> None:
    walk.switch("shuffle", "off")
    walk.open("Code")
    walk.page.locator("summary").filter(has_text="Sampler and batch_sampler").click()
    walk.type("epochs", "2")
    walk.choose("sampler", "DistributedSampler")
    code, told = walk.page.get_by_test_id("stCode").first, "sampler.set_epoch(epoch)"
    for _ in range(2):
        walk.switch("set_epoch before every epoch", "off")
        walk.misses(code, told)
        walk.switch("set_epoch before every epoch", "on")
        walk.sees(told)
    walk.choose("sampler", "RandomSampler")
    for count in ("9", "11"):
        walk.type("num_samples", count)
        walk.sees(f"num_samples={count}")
    walk.choose("Data set", "ExampleDataset")
    walk.sees("class ExampleDataset")
    walk.page.wait_for_timeout(1_000)  # the form follows: other functions fit this data
    for title, label in (("zero padding to a multiple", "multiple"),
                         ("zero padding to a fixed length", "length")):
        walk.choose("collate_fn", title)
        for value in ("4", "6"):
            walk.type(label, value)
            walk.sees(f"{label}={value}")


def test_orders_and_a_phone(walk: Walk) -> None:
    walk.open("Order")
    for epochs in ("2", "3"):
        walk.type("epochs", epochs)
        walk.sees(f"Epoch {int(epochs) - 1}: 225 batches")
    walk.page.get_by_role("button", name="Compare with").click()
    walk.sees("A is kept")
    for size in ("16", "32"):
        walk.type("batch_size", size)
        walk.sees(f"Epoch 2: {-(-1797 // int(size))} batches")
    # The sample under the pointer is told.
    walk.page.locator(".thaw-index-map .frame").first.hover(position={"x": 3, "y": 3})
    walk.sees("batch 0, place 0")
    walk.page.set_viewport_size({"width": 390, "height": 844})
    names = walk.page.get_by_role("radio").all_inner_texts()
    assert {"Batches", "Order", "Code"} <= set(names)
    for name in names:
        if name in ("by index", "by class"):
            continue
        walk.open(name)
        walk.page.wait_for_timeout(1_500)
        main = walk.page.get_by_test_id("stMain")
        assert main.evaluate("main => main.scrollWidth <= main.clientWidth + 1"), name
