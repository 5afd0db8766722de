"""Sentences about training."""

SENTENCES: dict[str, str] = {}
