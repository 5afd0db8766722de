"""Thaw's pages: read the draft, call core, draw."""
