"""Panels of the Experiment page."""
