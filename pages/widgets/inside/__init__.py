"""The view of a model at work: one picture on its way through it."""

from pages.widgets.inside.inside_view import show

__all__ = ["show"]
