"""Panels of the Sweep page."""
