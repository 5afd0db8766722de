"""Sentences about data."""

SENTENCES: dict[str, str] = {}
