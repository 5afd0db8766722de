"""The recipes that come with Thaw: each one click, or one name on the command line, away."""

from core.messages import ThawError
from core.recipe import FreezePlan, OptimizerSpec, Recipe, TrainSpec

_LETTERS = Recipe(name="Letters to digits")

# The three sides of the lecture's comparison, and the one that it leaves out: from scratch
# with ten times the steps.
READY: dict[str, Recipe] = {
    "letters-to-digits": _LETTERS,
    "letters-to-digits-probe": _LETTERS.model_copy(
        update={
            "name": "Letters to digits, linear probe",
            "freeze": FreezePlan(preset="linear_probe"),
            # A fresh linear layer alone takes larger steps; see the bundled weights' card.
            "optimizer": OptimizerSpec(lr=1e-2),
            "train": TrainSpec(epochs=2 * _LETTERS.train.epochs, label_smoothing=0.2),
        }
    ),
    "letters-to-digits-scratch": _LETTERS.model_copy(
        update={
            "name": "Digits from scratch",
            "freeze": FreezePlan(preset="from_scratch"),
        }
    ),
    "letters-to-digits-scratch-long": _LETTERS.model_copy(
        update={
            "name": "Digits from scratch, ten times as long",
            "freeze": FreezePlan(preset="from_scratch"),
            "train": TrainSpec(epochs=_LETTERS.train.epochs * 10),
        }
    ),
}


def find_ready(name: str) -> Recipe:
    """The ready recipe of that name.

    Raises:
        ThawError: If there is none.
    """
    if name not in READY:
        raise ThawError("recipe.no_such_ready", name=name, known=", ".join(READY))
    return READY[name]


def as_json(raw: dict) -> str:
    """A plain mapping of a recipe as the JSON text that Thaw writes."""
    return Recipe.model_validate(raw).to_json().rstrip("\n")
