"""What boxes of a diagram are called, from the dotted names of what is in them."""

import os
import re
from collections.abc import Sequence


def label(modules: Sequence[str]) -> str:
    """What a box is called: `layer1`, `features.3`, `encoder_layer_0–11`.

    A number alone says nothing, so what holds it is named too.
    """
    first, last = _short(modules[0]), _short(modules[-1])
    if len(modules) == 1:
        return first
    if parent(modules[0]) != parent(modules[-1]):
        return f"{first} – {last}"
    last = modules[-1].rpartition(".")[2]
    return f"{first}–{last[len(_shared(first.rpartition('.')[2], last)):]}"


def _shared(first: str, last: str) -> str:
    """The start that both have, but no part of a number: `Mixed_` of Mixed_5b and Mixed_5d."""
    start = os.path.commonprefix([first, last])
    return re.sub(r"[^_\W]*$", "", start) if "_" in start else start.rstrip("0123456789")


def _short(name: str) -> str:
    parts = name.split(".")
    return ".".join(parts[-2:] if parts[-1].isdigit() else parts[-1:])


def parent(name: str) -> str:
    """Name of the module that holds it; "" for the model itself."""
    return name.rpartition(".")[0]
