"""Sentences about models."""

SENTENCES: dict[str, str] = {}
