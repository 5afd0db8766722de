"""What a comparison of freeze plans says, in a sentence."""

from collections.abc import Mapping

import streamlit as st

from core.evaluation import comparison
from pages.widgets.runs import evaluated, settings_words
from pages.widgets.runs.reading import SeenRun

_PLANS = {
    "linear_probe": "linear probe", "last_stage": "last stage",
    "last_stages": "last {count} stages", "all": "fine-tune", "from_scratch": "from scratch",
}
_ELSE = 3  # settings that may differ too: beyond that the plans are not what is compared


def show(runs: Mapping[str, SeenRun]) -> None:
    """Draws it where each run has a plan of its own and little else differs, else nothing."""
    if not (found := words(runs)):
        return
    st.markdown(f"##### {found[0]}")
    for line in found[1:]:
        st.markdown(line)


def words(runs: Mapping[str, SeenRun]) -> list[str]:
    """The sentence, and what else belongs to it; empty where it would say too much."""
    seen = list(runs.values())
    if len(seen) < 2 or not all(one.recipe and one.best for one in seen):
        return []
    fields = comparison.differing([one.recipe for one in seen])
    others = [field for field in fields if not field.startswith("freeze.")]
    plans = {one.recipe.freeze for one in seen}
    if len(plans) < len(seen) or len(others) > _ELSE:
        return []
    ranked = sorted(seen, key=lambda one: one.best["val_accuracy"])
    line = (" against " if len(ranked) == 2 else ", ").join(_figure(one) for one in ranked)
    images = {(one.now.state.get("samples") or {}).get("val") for one in ranked}
    on = f" on the same {images.pop():,} validation images" if _same(images, others) else ""
    lines = [f"{line[:1].upper()}{line[1:]}{on}."]
    if all(found := [evaluated.figures(one.run) for one in ranked]):
        figures = ", ".join(
            f"{_plan(one)} {100 * known.accuracy:.1f} %"
            for one, known in zip(ranked, found, strict=True)
        )
        lines.append(f"On held-out images: {figures}.")
    if others:
        names = ", ".join(_small(settings_words.label(field)) for field in others)
        lines.append(f"Not the plan alone: they also differ in {names}.")
    return lines


def _figure(seen: SeenRun) -> str:
    so_far = " (still training)" if seen.is_live else ""
    return f"{_plan(seen)} {100 * seen.best['val_accuracy']:.1f} %{so_far}"


def _plan(seen: SeenRun) -> str:
    plan = seen.recipe.freeze
    count = len(plan.exceptions)
    extra = f" with {count} exception{'s' if count > 1 else ''}" if count else ""
    if plan.frozen_modules == "train":
        extra += ", frozen modules in train()"
    return _PLANS[plan.preset].format(count=plan.stages) + extra


def _small(label: str) -> str:
    """A label within a sentence; a name that is spelled with capitals keeps them."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _same(images: set, others: list[str]) -> bool:
    moved = any(field.startswith(("split.", "data.")) for field in others)
    return len(images) == 1 and None not in images and not moved
