"""The lecture's mistake for one model, and beside it the head that a recipe has for it."""

from dataclasses import dataclass

from core.models import catalogue, freezing
from core.models.exercises.names import GUESSES
from core.models.exercises.small_models import build_exercise_model, input_of
from core.models.exercises.unused import NewLayer, UnusedLayer, look_at, try_guess
from core.models.head_code import head_lines
from core.models.heads import HEADS, head_paths, replace_head
from core.recipe import FreezePlan, HeadSpec


@dataclass(frozen=True)
class HeadMistake:
    """A layer under a name that no forward uses, and one where it belongs.

    Attributes:
        guess: The name that the model does not use.
        wrong: What came of the mistake, the model as it ships beside it.
        right: The same model with a head of the recipe's kind.
    """

    guess: str
    wrong: UnusedLayer
    right: NewLayer

    @property
    def shipped(self) -> NewLayer:
        """The model as it ships."""
        return self.wrong.cases[0]

    @property
    def guessed(self) -> NewLayer:
        """The model with the layer that no forward uses."""
        return self.wrong.cases[1]


def try_mistake(name: str, weights: str, outputs: int, new_head: HeadSpec) -> HeadMistake:
    """Builds both on the meta device, all but the new layers frozen, and runs them once.

    Args:
        name: A classification model.
        weights: Whose architecture.
        outputs: Of the new layer.

    Raises:
        ThawError: If there is no such model.
    """
    own = HEADS[catalogue.find_model(name).family][0].partition(".")[0]
    guess = next(one for one in GUESSES if one != own)
    model, x = build_exercise_model(name, weights), input_of(name, weights)
    replace_head(model, name, outputs, new_head, seed=0)
    freezing.apply_freeze(
        model, FreezePlan(preset="linear_probe"), head_paths(name, weights, new_head)
    )
    model.eval()
    # How it is drawn makes no difference to what is shown.
    drawn = new_head.model_copy(update={"init": "default"})
    lines = "\n".join(head_lines(name, weights, outputs, drawn, seed=0)[1:])
    line = lines.replace("(\n    ", "(").replace(",\n)", ")").replace(",\n    ", ", ")
    line = line.replace("model.", f"{catalogue.find_model(name).family}.")
    return HeadMistake(
        guess, try_guess(name, guess, outputs, freeze=True, weights=weights),
        look_at(model, lambda: model(x), "chosen", line),
    )
