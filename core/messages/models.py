"""Sentences about models."""

SENTENCES: dict[str, str] = {
    "models.unknown": "There is no model “{name}”. Near it: {near}. "
    "`python -m core models` lists all.",
    "models.unknown_weights": "{model} has no weights “{name}”; it has: {known}.",
}
