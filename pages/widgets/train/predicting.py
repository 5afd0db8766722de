"""What this person expects of a run before it shows: one curve in hand, others put down."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.runs import prediction
from core.runs.folder import Run
from core.runs.prediction import Prediction
from core.runs.prediction_shapes import SHAPES, Wanted, accuracies, epochs_to_draw
from pages.state import person
from pages.widgets import prediction_board

FREE, FINAL_ONLY = "draw", "final"  # beside the shapes
USUAL_FINAL = 90  # percent, where nobody has said anything


@dataclass(frozen=True)
class Hand:
    """The curve that is being drawn.

    Attributes:
        epochs: Of the run that it is for.
        values: Accuracy at each epoch that one draws at, in [0, 1]; None before anything is drawn.
        shape: What it began as, with its figures; None for a free hand, "final" for a level.
        revision: Another one with each curve that did not come from the board.
        taken: Number of the board's last change that is in `values`.
    """

    epochs: int
    values: tuple[float, ...] | None = None
    shape: tuple[object, ...] | None = None
    revision: str = ""
    taken: int = 0


@dataclass(frozen=True)
class Desk:
    """Where predictions of one run are made; all that it holds is in the browser's session.

    What the widgets hold may be newer than the page: a click comes with what was typed just
    before. So everything is asked of them anew.

    Attributes:
        of: Tells it from other desks: "next", or the id of a run.
        epochs: Of the run.
        chance: Accuracy of guessing, 0 where it is not known.
    """

    of: str
    epochs: int
    chance: float

    def key(self, name: str) -> str:
        """Of a widget, or of what is remembered."""
        return f"predict.{self.of}.{name}"

    @property
    def is_open(self) -> bool:
        """Whether this person wants to predict."""
        return bool(person.choice(self.key("open")))

    def open_or_give_up(self) -> None:
        """Begins to predict, or throws away what was predicted."""
        wanted = not self.is_open
        self.forget()
        person.remember(self.key("open"), wanted)

    def forget(self) -> None:
        """Nothing is predicted any more; only in a callback, before the widgets are drawn."""
        for name in ("open", "put_down"):
            person.remember(self.key(name), None)
        self._clear()

    def _clear(self) -> None:
        person.remember(self.key("hand"), None)
        person.hold(self.key("way"), FREE)
        person.hold(self.key("name"), "")

    # --- one curve -------------------------------------------------------------------------

    @property
    def way(self) -> str:
        """How it is predicted: free, a shape, or the final accuracy only."""
        return str(person.held(self.key("way")) or FREE)

    @property
    def final(self) -> float:
        """The accuracy after the last epoch that the slider says, in [0, 1]."""
        held = person.held(self.key("final"))
        return (USUAL_FINAL if held is None else held) / 100

    @property
    def reached(self) -> int:
        """The epoch at which it is reached, or of the best accuracy."""
        held = person.held(self.key(f"reached of {self.epochs}"))
        return min(held or max(1, round(self.epochs / 2)), self.epochs)

    def hand(self) -> Hand:
        """The curve as the widgets say now."""
        at = epochs_to_draw(self.epochs)
        now = person.choice(self.key("hand")) or Hand(self.epochs, revision=secrets.token_hex(4))
        if self.way in SHAPES:
            shape = (self.way, self.final, self.reached, self.epochs, self.chance)
            if now.shape != shape:
                wanted = Wanted(self.final, self.reached, self.epochs, self.chance)
                now = self._anew(now, accuracies(self.way, at, wanted), shape)
        elif (self.way == FINAL_ONLY) != (now.shape == (FINAL_ONLY,)):
            now = self._anew(now, None, (FINAL_ONLY,) if self.way == FINAL_ONLY else None)
        elif now.epochs != self.epochs:
            now = self._anew(now, now.values and _stretched(now, at), now.shape)
        board = person.held(self.key("board"))
        if found := prediction_board.drawn(board, now.revision, len(at)):
            number, values = found
            if number > now.taken:
                now = replace(now, values=values, taken=number)
        person.remember(self.key("hand"), now)
        return now

    def _anew(
        self, before: Hand, values: Sequence[float] | None, shape: tuple[object, ...] | None
    ) -> Hand:
        kept = None if values is None else tuple(round(one, 2) for one in values)
        return Hand(self.epochs, kept, shape, secrets.token_hex(4), before.taken)

    def in_hand(self) -> Prediction | None:
        """What would be predicted now; None while nothing is drawn."""
        if not self.is_open:
            return None
        name = prediction.free_name(
            str(person.held(self.key("name")) or ""), [one.name for one in self.put_down]
        )
        if (values := self.hand().values) is None:
            return None
        if self.way == FINAL_ONLY:
            return Prediction(name=name, kind="final", points=((self.epochs, values[-1]),))
        points = tuple(zip(epochs_to_draw(self.epochs), values, strict=True))
        return Prediction(name=name, points=points)

    # --- several people --------------------------------------------------------------------

    @property
    def put_down(self) -> tuple[Prediction, ...]:
        """The predictions that are ready and wait for the start."""
        return person.choice(self.key("put_down")) or ()

    def lay_down(self) -> None:
        """Puts the curve in hand to the others; the next person begins with an empty board."""
        if one := self.in_hand():
            person.remember(self.key("put_down"), (*self.put_down, one))
            self._clear()

    def take_away(self, name: str) -> None:
        """Throws one of the others away."""
        left = tuple(one for one in self.put_down if one.name != name)
        person.remember(self.key("put_down"), left)

    def give_to(self, run: Run) -> None:
        """Keeps all that was predicted with a run that has not shown anything yet.

        Raises:
            ThawError: If it can't be kept.
        """
        if self.is_open:
            last = self.in_hand()
            prediction.add(run, [*self.put_down, *([last] if last else [])])


def _stretched(before: Hand, at: Sequence[int]) -> list[float]:
    """The same curve for a run of another length."""
    drawn = Prediction(
        name="-", points=tuple(zip(epochs_to_draw(before.epochs), before.values, strict=True))
    )
    last = max(at[-1] - 1, 1)
    return [drawn.at(1 + (epoch - 1) / last * (before.epochs - 1)) for epoch in at]
