"""Sentences about runs."""

SENTENCES: dict[str, str] = {}
