"""What the scalars are called, and what their points stand over: epochs or steps.

The names over epochs are the lecture's; its "test" is what Thaw calls validation.
"""

EPOCH_NAMES = {
    ("train", "loss"): "Loss/train",
    ("val", "loss"): "Loss/test",
    ("train", "accuracy"): "Accuracy/train",
    ("val", "accuracy"): "Accuracy/test",
}
STEP_NAMES = {
    "loss": "Step/loss",
    "accuracy": "Step/accuracy",
    "samples_per_second": "Step/samples_per_second",
}
_RATE = "LearningRate/"
_OVER_STEPS = ("Step/", _RATE)


def rate_name(stage: str) -> str:
    """The name of the learning rate of one stage."""
    return _RATE + stage


def is_over_steps(tag: str) -> bool:
    """Whether the points of a tag stand over steps; all others stand over epochs."""
    return tag.startswith(_OVER_STEPS)
