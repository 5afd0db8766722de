"""Sentences about looking into a model."""

SENTENCES: dict[str, str] = {
    "explain.one_picture": "This view is for models that take one picture; {model} is one for "
    "{task} and takes something else.",
    "explain.not_here": "The weights {weights} of {model} are not on this computer.",
    "explain.int8": "The weights {weights} of {model} are int8, and hooks show a model in floating "
    "point: look inside {twin}, whose weights they were made from.",
    "explain.too_big": "Looking inside {model} needs about {need:.1f} GB of memory and {free:.1f} "
    "GB are free: choose a smaller model or a smaller input.",
    "explain.not_finite": "The model's numbers for this picture are not finite, so there is no "
    "answer.",
    "explain.no_layer": "{model} has no layer “{name}”.",
    "explain.not_run": "The layer “{name}” gives no tensor in run {run} of this forward pass.",
    "explain.no_sample": "There is no sample picture “{name}”; there are: {known}.",
    "explain.no_character": "“{given}” is not one letter from a to z or A to Z, and no digit.",
    "explain.random": "These weights are random numbers: shapes and arithmetic are real, but no "
    "layer has learned anything.",
    "explain.no_head": "These weights have no trained head: they give features, not classes.",
    "explain.no_map_here": "The layer “{name}” gives {shape} numbers and no maps: choose a layer "
    "before it, whose output still has a height and a width.",
    "explain.no_maps": "No layer of {model} has maps at this size of the input: it is too small.",
    "explain.not_asked": "Nothing in the maps of “{name}” changes the score of this class for this "
    "picture: try another class, or a layer before it.",
    "explain.no_class": "There is no class {label}: they are numbered from 0 to {last}.",
}
