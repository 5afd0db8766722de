"""Sentences about data."""

SENTENCES: dict[str, str] = {
    "data.unknown": "There is no data set “{name}”. Did you mean one of: {known}?",
    "data.not_trainable": "{name} can't be trained on: {why}.",
    "data.path_missing": "{name} needs the path of a folder (or the id of an upload).",
    "data.unknown_collate": "There is no collate function “{name}”; there are: {known}.",
    "data.collate_not_trainable": "The collate function “{name}” makes batches that the training "
    "loop can't use: choose “default”.",
    "data.class_too_small": "The class “{name}” has {count} images and needs at least {needed}, "
    "one for each of train, validation and test: add some, or take the class out.",
}
