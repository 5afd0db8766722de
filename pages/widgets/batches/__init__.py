"""Panels of the Batches page."""
