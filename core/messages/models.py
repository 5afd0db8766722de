"""Sentences about models."""

SENTENCES: dict[str, str] = {
    "models.unknown": "There is no model “{name}”. Near it: {near}. "
    "`python -m core models` lists all.",
    "models.unknown_weights": "{model} has no weights “{name}”; it has: {known}.",
    "models.damaged_file": "The weights file {path} is damaged: its content does not belong to "
    "its name. Delete it; it will be downloaded again.",
    "models.no_network": "The weights {weights} of {model} are not on this computer and could "
    "not be downloaded ({why}). Ready without a network: {offline}.",
    "models.not_stored": "{file} could not be written to {path} ({why}).",
}
