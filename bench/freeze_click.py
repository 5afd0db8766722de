"""From a click in the freeze tree to the changed figures, in a browser.

    python bench/freeze_click.py [MODEL...]

Opens the Layers page with each model and switches single layers, stages, all BatchNorm and all
biases. Two clocks run in the browser, both from its click event: until the tree itself shows the
new state, and until the server's answer has changed the figure of the trainable parameters.
"""

import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from core import recipe as recipes
from core.recipe import FreezePlan, ModelSpec, Recipe
from tests.pages.server import CHROMIUM, FLAGS, start_app

MODELS = ("densenet201", "efficientnet_v2_l")
TIMES = 5
# Where the click came, when the legend above the tree changed, when the first card did.
CLOCK = """(root) => {
    const metric = () => [...document.querySelectorAll(
        '[data-testid=stMetricValue], .st-key-layers-exceptions')].slice(0, 4).map(
        (one) => one.textContent).join();
    const legend = () => root.querySelector('.legend').textContent;
    const first = { metric: metric(), legend: legend() };
    window.taken = {};
    const look = () => {
        for (const [name, read] of [['tree', legend], ['figures', metric]]) {
            const before = name === 'tree' ? first.legend : first.metric;
            if (window.taken.click && !window.taken[name] && read() !== before) {
                window.taken[name] = performance.now() - window.taken.click;
            }
        }
        if (!window.taken.figures) requestAnimationFrame(look);
    };
    root.addEventListener('click', () => { window.taken.click = performance.now(); },
        { capture: true, once: true });
    requestAnimationFrame(look);
}"""


def main(models: list[str]) -> None:
    """Prints the medians and the longest, in seconds."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        app = start_app(Path(home))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            for name in models or MODELS:
                measure(browser.new_page(viewport={"width": 1440, "height": 1600}), app, name)
        finally:
            browser.close()
            app.end()


def measure(page, app, name: str) -> None:
    """Clicks on one model's tree."""
    plan = FreezePlan(preset="linear_probe")
    recipe = Recipe(model=ModelSpec(name=name, weights="IMAGENET1K_V1"), freeze=plan)
    page.set_default_timeout(120_000)
    page.goto(f"{app.address}/layers?recipe={recipes.to_link(recipe)}")
    page.locator(".thaw-layers .row").first.wait_for()
    page.get_by_role("button", name="Expand all").click()
    page.wait_for_timeout(4_000)
    rows = page.locator(".thaw-layers").evaluate(
        "(root) => root._view.layers.rows.filter((row) => !row.parameter).length"
    )
    search = page.get_by_role("searchbox")
    took: dict[str, list[tuple[float, float]]] = {"a layer": [], "a stage": []}
    for place in range(TIMES):
        took["a layer"].append(clicked(page, page.locator(".row .tick").nth(3 + place)))
        took["a stage"].append(clicked(page, page.locator(".stage").nth(-2)))
    for pattern in ("type:BatchNorm2d", "*bias", "*1*"):
        search.fill(pattern)
        took[pattern] = []
        for place in range(TIMES):
            button = page.locator(".chosen button").nth(place % 2)
            if button.is_enabled():
                took[pattern].append(clicked(page, button))
        search.fill("")
    print(f"{name}, {rows} modules with parameters", flush=True)
    for what, pairs in took.items():
        tree, figures = zip(*pairs, strict=True)
        print(f"  {what:18} tree {statistics.median(tree):.3f} s (at most {max(tree):.3f}), "
              f"figures {statistics.median(figures):.3f} s (at most {max(figures):.3f})")


def clicked(page, target) -> tuple[float, float]:
    """Seconds until the tree and until the figures had changed."""
    page.locator(".thaw-layers").evaluate(CLOCK)
    target.click()
    page.wait_for_function("() => window.taken.figures", timeout=20_000)
    taken = page.evaluate("() => window.taken")
    page.wait_for_timeout(1_500)  # what the click set off has ended
    return taken["tree"] / 1000, taken["figures"] / 1000


if __name__ == "__main__":
    main(sys.argv[1:])
