"""A run's settings as a person reads them."""

from core.recipe import Recipe
from pages.widgets import field_words, recipe_words

_NONE = {"split.train_per_class": "all", "transform.size": "the weights' own"}


def lines(recipe: Recipe) -> list[str]:
    """The recipe in a sentence for each step of the way, as Markdown."""
    return [
        recipe_words.model(recipe),
        recipe_words.freezing(recipe),
        recipe_words.data(recipe),
        recipe_words.training(recipe),
    ]


def label(field: str) -> str:
    """What a page calls the setting; the part of it too where the name alone says little."""
    return {"train.seed": "Seed of the training", "freeze.preset": "What trains"}.get(
        field, field_words.label(field)
    )


def value(field: str, given: object) -> str:
    """A setting's value in words."""
    if field == "freeze.exceptions":
        return ", ".join(
            f"{name} {'trains' if trains else 'frozen'}" for name, trains in given
        ) or "none"
    if field == "unfreezing.at":
        return ", ".join(f"{name} in epoch {epoch}" for name, epoch in given) or "none"
    if given is None:
        return _NONE.get(field, "none")
    if isinstance(given, bool):
        return "on" if given else "off"
    if isinstance(given, float):
        return f"{given:.6g}"
    return field_words.choice(given) if isinstance(given, str | tuple) else str(given)
