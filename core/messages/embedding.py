"""Sentences about the embedding of images in a model's features."""

SENTENCES: dict[str, str] = {
    "embedding.too_few": "There are {count} images in this split, and an embedding of fewer than "
    "{least} shows nothing: choose the other split, or hold out more images.",
    "embedding.all_alike": "The model makes the same features of all {count} images, so there is "
    "nothing to draw: what it learned has died. Choose an earlier checkpoint.",
}
