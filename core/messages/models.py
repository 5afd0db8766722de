"""Sentences about models."""

SENTENCES: dict[str, str] = {
    "models.unknown": "There is no model “{name}”. `python -m core models` lists all.",
    "models.unknown_near": "There is no model “{name}”. Near it: {near}. "
    "`python -m core models` lists all.",
    "models.none_found": "No {task} model has “{search}” in its name or family: leave --search out "
    "to see all.",
    "models.none_found_near": "No {task} model has “{search}” in its name or family. Near it: "
    "{near}.",
    "models.found_elsewhere": "No {task} model has “{search}” in its name or family; others have: "
    "add --task {elsewhere}.",
    "models.no_own_arguments": "--arguments is for a file of your own: {model} is summarised as "
    "torchvision ships it.",
    "models.not_trained_here": "“{name}” is a model for {task}: it can be summarised, but only "
    "classification models can be trained here. `python -m core models` lists them.",
    "models.unknown_weights": "{model} has no weights “{name}”; it has: {known}.",
    "models.no_such_layer": "The freeze plan names “{layer}”, and the model has no layer and no "
    "parameter of that name. Near it: {near}.",
    "models.pattern_matches_nothing": "The pattern “{pattern}” in the freeze plan matches no layer "
    "and no parameter of the model. Near it: {near}.",
    "models.one_logit_needs_two": "One logit tells two classes apart and the data has {classes}: "
    "take one output a class, or only two of the classes (Train page, Images).",
    "models.one_logit_after_relu": "{model} ends in a ReLU behind its last layer, so one logit "
    "could never be below 0 and one class never be said: append the new layer, or take one output "
    "a class.",
    "models.damaged_file": "The weights file {path} is damaged: its content does not belong to "
    "its name. Delete it; it will be downloaded again.",
    "models.no_network": "The weights {weights} of {model} are not on this computer and could "
    "not be downloaded ({why}). Go online and try again, or take what needs no network: "
    "{offline}.",
    "models.not_stored": "{file} could not be written to {path} ({why}).",
    "models.bundled_missing": "The bundled weights {file} are missing: this copy of Thaw is not "
    "whole. Get it again.",
    "models.bundled_damaged": "The bundled weights {file} are not those of this version of Thaw: "
    "get it again.",
    "models.input_refused": "{model} can't take an input of {size}: {why}.",
    "models.no_size": "“{text}” is no input size: write channels, height and width as 3x224x224, "
    "for a clip channels, frames, height and width as 3x16x112x112.",
    "models.input_count": "{model} takes {takes}, and {given} were given: repeat --input for each "
    "input that it takes.",
    "models.inputs_differ": "The two pictures of optical flow have one size: {first} and {second} "
    "were given.",
    "models.memory_leaves_out": "Not counted: PyTorch itself (about 0.5 GB, on a GPU also its "
    "CUDA context), the data, what kernels take while they run, and memory that the allocator "
    "holds back. Numbers are float32.",
    "models.memory_leaves_out_half": "Not counted: PyTorch itself (about 0.5 GB, on a GPU also its "
    "CUDA context), the data, what kernels take while they run, and memory that the allocator "
    "holds back. Weights, gradients and the optimizer's state are float32; activations are what "
    "autocast makes of them.",
    "models.no_whole_number": "{what} must be a whole number from {least} to {most}; “{given}” is "
    "not one.",
    "models.no_batch": "A batch has at least 1 input; {given} was given.",
    "models.too_big": "This training needs about {need:.1f} GB of memory and {free:.1f} GB are "
    "free: freeze more of the model, lower batch_size, or choose a smaller model.",
    "models.engine_missing": "{engine} is not installed here: `pip install {engine}` brings it.",
    "models.engine_memory": "{engine} allocates the weights of {model} several times, "
    "about {need:.1f} GB, and so much memory is not free.",
    "models.engine_slow": "{engine} did not end within {seconds} s on {model}.",
    "models.engine_failed": "{engine} fails on {model}: {why}. Its message: {message}",
}
