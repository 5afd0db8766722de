"""Choosing a model or its weights: the draft follows, and says what it had to reset."""

from core import recipe as recipes
from core.messages import ThawError
from pages.state import draft, person
from pages.widgets import notices


def choose(model: str, weights: str | None = None) -> None:
    """Takes the model into the draft; a choice that is not allowed gets its sentence."""
    if (model, weights) == (draft.get().model.name, draft.get().model.weights):
        return
    try:
        changed, resets = recipes.with_model(draft.get(), model, weights)
    except ThawError as error:
        person.notify(error.problem, "error")
        return
    draft.amend(changed)
    notices.notify_all(resets)
