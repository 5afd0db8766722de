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
    # Pictures.
    "data.picture_unopened": "The picture “{name}” can't be opened ({why}).",
    "data.picture_unreadable": "“{name}” is no picture that Thaw can read (JPEG, PNG, GIF, BMP, "
    "TIFF, WebP or PPM): save it as JPEG or PNG.",
    "data.picture_damaged": "The picture “{name}” is damaged or cut off: copy it again, or take "
    "it out.",
    "data.picture_too_large": "The picture “{name}” has more than {most} million pixels: save it "
    "smaller.",
    "data.picture_too_small": "The picture “{name}” has {width}×{height} pixels; each side needs "
    "at least {least}.",
}
