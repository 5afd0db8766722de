"""Sentences about saved weights: whether they fit, and how they leave Thaw."""

SENTENCES: dict[str, str] = {
    "weights.other_kind": "{layer} was saved as {saved}, and the model computes with {needed}: "
    "choose a file of weights that were trained.",
    "weights.not_finite": "{count} of {all} tensors hold NaN or infinity ({layers}): the training "
    "had broken when they were saved. Choose an earlier checkpoint.",
    "weights.other_optimizer": "The saved optimizer state is of another optimizer than "
    "{optimizer}: resume with the one that it was saved by, or start a new run.",
    "weights.other_parameters": "The saved optimizer state is of {saved} parameters, and {needed} "
    "train here: resume with the freeze plan that it was saved with, or start a new run.",
    "weights.other_moments": "The saved optimizer state holds averages of the shape {saved} for a "
    "parameter of {needed}: it is of another model. Start a new run.",
    "weights.unknown_format": "There is no format “{given}”; there are: {known}.",
    "weights.package_missing": "For {format} something has to be installed ({lacking}): run "
    "“{install}”.",
    "weights.export_differs": "The {format} file does not give what the model gives: outputs "
    "differ by up to {difference}. It was thrown away; take another format.",
    "weights.export_late": "The file was not ready after {seconds} s, so it was given up: make it "
    "by “python -m core export”, which waits.",
    "weights.export_failed": "The file could not be made. {said}",
}
