"""Sentences about the search for a learning rate."""

SENTENCES: dict[str, str] = {
    "lr.too_few": "The loss was a number at {steps} steps only, and a suggestion needs {least}: "
    "something is wrong before any rate can be; look at the images and the model.",
    "lr.no_fall": "The loss never fell clearly between {first} and {last}, so no rate can be "
    "suggested: let more of the model train, take larger batches, or look at the images and their "
    "classes.",
    "lr.still_falling": "The loss still fell at the largest rate that was tried, so larger rates "
    "may do as well.",
    "lr.matters_little_adadelta": "Adadelta sizes its steps by itself; the rate only scales them, "
    "and 1 is what its paper means. A search says little here.",
    "lr.matters_little_rprop": "Rprop uses the rate for its first steps alone and then sizes each "
    "weight's steps by the signs of its gradients; it is made for whole data sets, not for "
    "batches. A search says little here.",
    "lr.matters_little_adafactor": "Adafactor takes the rate as a bound: its steps also shrink "
    "with the square root of their number, so beyond about 0.1 a larger rate changes nothing after "
    "100 steps.",
}
