"""The optimisers there are to choose from, as data: no torch is imported here.

Every class of `torch.optim` that updates dense parameters by a plain `step()`, and those that do
not with the reason.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class OptimizerEntry:
    """One optimiser.

    Attributes:
        name: In a recipe.
        cls: Its class in `torch.optim`.
        copies: Buffers of a parameter's size that it keeps; Adafactor keeps a row and a column
            in place of each.
        momentum: Whether it takes `momentum`.
        decay: Whether it takes `weight_decay`.
        fused: Whether it has one kernel over all parameters: 3 (SGD) to 6 (AdamW) times faster
            than the for-loop form on a CPU.
        waits: Whether on a GPU it waits twice a parameter in each step, unless the numbers that it
            reckons with lie there too (`capturable`).
    """

    name: str
    cls: str
    copies: int
    momentum: bool = False
    decay: bool = True
    fused: bool = False
    waits: bool = False


OPTIMIZERS: dict[str, OptimizerEntry] = {
    entry.name: entry
    for entry in (
        OptimizerEntry("sgd", "SGD", 1, momentum=True, fused=True),
        OptimizerEntry("adam", "Adam", 2, fused=True),
        OptimizerEntry("adamw", "AdamW", 2, fused=True),
        OptimizerEntry("rmsprop", "RMSprop", 2, momentum=True),
        OptimizerEntry("nadam", "NAdam", 2),
        OptimizerEntry("radam", "RAdam", 2),
        OptimizerEntry("adamax", "Adamax", 2),
        OptimizerEntry("adagrad", "Adagrad", 1),
        OptimizerEntry("adadelta", "Adadelta", 2),
        OptimizerEntry("adafactor", "Adafactor", 0),
        OptimizerEntry("asgd", "ASGD", 1, waits=True),
        OptimizerEntry("rprop", "Rprop", 2, decay=False),
    )
}

# Name -> why it can't be chosen; ends the sentence "…: ".
REFUSED: dict[str, str] = {
    "lbfgs": "it computes the loss several times in one step",
    "sparseadam": "it takes sparse gradients, which these models do not have",
    "muon": "it takes matrices alone, and these models have biases and convolutions too",
}


def arguments_of(
    entry: OptimizerEntry, *, lr: float, momentum: float, weight_decay: float
) -> dict[str, float]:
    """The arguments of its constructor, of those that a recipe has."""
    found = {"lr": lr}
    if entry.momentum:
        found["momentum"] = momentum
    if entry.decay:
        found["weight_decay"] = weight_decay
    return found
