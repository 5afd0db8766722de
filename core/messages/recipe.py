"""Sentences about the recipe."""

SENTENCES: dict[str, str] = {
    "recipe.not_json": "This is not a recipe: it should be a JSON object as Thaw writes it.",
    "recipe.unreadable": "The recipe {path} can't be read ({why}).",
    "recipe.unwritable": "The recipe can't be written to {path} ({why}).",
    "recipe.no_such_ready": "There is no ready recipe “{name}”; there are: {known}.",
    "recipe.bad_link": "This link holds no recipe, or was cut on its way: copy it again, whole.",
    "recipe.not_above": "The {title} must be greater than {limit}; {given} is not.",
    "recipe.too_small": "The {title} must be at least {limit}; {given} is too small.",
    "recipe.not_below": "The {title} must be below {limit}; {given} is not.",
    "recipe.too_large": "The {title} must be at most {limit}; {given} is too large.",
    "recipe.not_a_number": "The {title} must be a {kind}; “{given}” is not one.",
    "recipe.empty": "Type a {kind} for the {title}: it can't be empty.",
    "recipe.not_a_choice": "The {title} must be one of {allowed}; “{given}” is not.",
    "recipe.unknown_field": "A recipe has no field called “{field}”: check its spelling.",
    "recipe.invalid": "The {title} can't be “{given}”.",
    "recipe.split_too_large": "Validation share {val} and test share {test} leave nothing to "
    "train on: together they must be below 1.",
    "recipe.trivial_in_batches": "TrivialAugment works on one picture at a time: let the "
    "augmentation be computed in the loader, or choose another one.",
    "recipe.optimizer_refused": "The optimizer can't be {name}: {why}. Choose another one.",
    "recipe.float16_without_cuda": "float16 needs a CUDA device and this recipe asks for "
    "{device}: choose float32 or bfloat16.",
    "recipe.processes_on_mps": "An Apple GPU trains in one process: set processes to 1, or choose "
    "the CPU.",
    "recipe.sync_batchnorm_without_cuda": "BatchNorm over all processes needs GPUs of NVIDIA's: "
    "switch it off on the CPU, where each process averages over its own images.",
    "recipe.reset_exceptions": "The single layers chosen to train belonged to another "
    "architecture and were cleared for {model}.",
    "recipe.reset_openings": "The stages to be opened by name belonged to another architecture and "
    "were cleared for {model}.",
    "recipe.bad_openings": "Type each stage and the epoch that opens it, such as “layer4 3, "
    "layer3 6”; “{given}” is something else.",
    "recipe.reset_size": "The input size went back to the one of the weights of {model}.",
    "recipe.bad_widths": "Type one to four whole numbers for the hidden widths, such as “512, "
    "256”; “{given}” is something else.",
    "recipe.reset_only": "The choice of classes belonged to other data and was cleared for "
    "{data}.",
    "recipe.reset_outputs": "The head went back to one output a class: {data} has more than two.",
    "recipe.reset_outputs_of_model": "The head went back to one output a class: {model} ends in a "
    "ReLU, so one logit could never be below 0.",
    "recipe.reset_split": "The split was set to what suits {data}.",
    "recipe.reset_augment": "The augmentation was set to what suits {data}.",
}
