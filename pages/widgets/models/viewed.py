"""What the Models page shows: one model of any task, with what its views need to know."""

from dataclasses import dataclass

from core.models.catalogue import ModelEntry
from core.recipe import LINEAR_HEAD, HeadSpec, Recipe


@dataclass(frozen=True)
class Viewed:
    """The model that the page shows; of any task.

    Attributes:
        entry: The model.
        weights: Name of one of its weights entries, or `"none"`.
        recipe: The draft, where this is the draft's model; None for a model of another task.
        size: Side of the input in pixels.
        outputs: Of the new head for the draft's data; None for the head as shipped.
        proposals: That a detector is assumed to look at; None for as many as it does at most.
        detections: Objects that a detector is assumed to find.
        new_head: Which head it is, where `outputs` says that there is a new one.
    """

    entry: ModelEntry
    weights: str
    recipe: Recipe | None
    size: int
    outputs: int | None
    proposals: int | None = None
    detections: int = 1
    new_head: HeadSpec = LINEAR_HEAD

    @property
    def input_size(self) -> tuple[int, ...]:
        """Of one input without the batch, as `summarize` takes it."""
        return (*self.entry.input_shape(self.weights)[:-2], self.size, self.size)
