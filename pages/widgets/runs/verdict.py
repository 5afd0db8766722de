"""What a comparison of freeze plans says, in a sentence."""

from collections.abc import Mapping

from core.evaluation import comparison
from pages.widgets.runs import evaluated, settings_words
from pages.widgets.runs.reading import SeenRun

_PLANS = {
    "linear_probe": "linear probe", "last_stage": "last stage", "all": "fine-tune",
    "from_scratch": "from scratch",
}
_ELSE = 3  # settings that may differ too: beyond that the plans are not what is compared


def words(runs: Mapping[str, SeenRun]) -> str:
    """One line of Markdown where each run has a plan of its own and little else differs.

    "" where the comparison is of something else, or a run has no best epoch yet.
    """
    seen = list(runs.values())
    if len(seen) < 2 or not all(one.recipe and one.best for one in seen):
        return ""
    fields = comparison.differing([one.recipe for one in seen])
    others = [field for field in fields if not field.startswith("freeze.")]
    plans = {one.recipe.freeze for one in seen}
    if len(plans) < len(seen) or len(others) > _ELSE:
        return ""
    ranked = sorted(seen, key=lambda one: one.best["val_accuracy"])
    line = " against ".join(_figure(one) for one in ranked)
    images = {(one.now.state.get("samples") or {}).get("val") for one in ranked}
    on = f" on the same {images.pop():,} validation images" if _same(images, others) else ""
    line = f"**{line[:1].upper()}{line[1:]}**{on}."
    if others:
        names = ", ".join(settings_words.label(field) for field in others)
        line += f" They also differ in: {names}."
    return line + _held_out(ranked)


def _figure(seen: SeenRun) -> str:
    return f"{_plan(seen)} {100 * seen.best['val_accuracy']:.1f} %"


def _plan(seen: SeenRun) -> str:
    plan = seen.recipe.freeze
    count = len(plan.exceptions)
    extra = f" with {count} exception{'s' if count > 1 else ''}" if count else ""
    return _PLANS[plan.preset] + extra


def _held_out(runs: list[SeenRun]) -> str:
    found = [evaluated.known(seen.run) for seen in runs]
    if not all(found):
        return ""
    figures = ", ".join(
        f"{_plan(seen)} {100 * one.accuracy:.1f} %" for seen, one in zip(runs, found, strict=True)
    )
    return f" On held-out images: {figures}."


def _same(images: set, others: list[str]) -> bool:
    moved = any(field.startswith(("split.", "data.")) for field in others)
    return len(images) == 1 and None not in images and not moved
