"""A section of a script: what one page of Thaw decides."""

from dataclasses import dataclass
from typing import Literal

Page = Literal["models", "layers", "batches", "train"]


@dataclass(frozen=True)
class Section:
    """Lines of a script that belong together.

    Attributes:
        page: Where a person decides what stands in it.
        title: In a few words.
        text: Python, without imports and without a newline at its end.
    """

    page: Page
    title: str
    text: str
