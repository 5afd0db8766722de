"""Panels of the Layers page: presets, figures, what freezing means, the code that does it."""
