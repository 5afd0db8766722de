"""Processes that do shares of one piece of work, however unequal, and go on together."""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from core.training.ranks import Ranks

T = TypeVar("T")

STRETCH_SECONDS = 5.0  # of work, until a process hears from the others


class FailedElsewhere(Exception):
    """Another process can't go on."""


class Meeting:
    """Processes at work that hear from each other every few seconds, until all are done.

    So none waits for another one longer than a call among them may take, however much longer the
    share of that one takes, and what ends one ends all.
    """

    def __init__(self, ranks: Ranks) -> None:
        self._ranks, self._is_over = ranks, False

    def during(self, work: Iterable[T]) -> Iterator[T]:
        """What is done here, and then nothing until all are done.

        Raises:
            FailedElsewhere: If another one can't go on.
        """
        heard = time.monotonic()
        for done in work:
            yield done
            if time.monotonic() - heard > STRETCH_SECONDS:
                self._hear(goes_on=True)
                heard = time.monotonic()
        while not self._is_over:
            self._hear(goes_on=False)

    def fail(self) -> None:
        """Tells the others that this one can't go on, unless all are done."""
        if not self._is_over:
            self._ranks.totals(0, 1)

    def _hear(self, *, goes_on: bool) -> None:
        at_work, failed = self._ranks.totals(goes_on, 0)
        self._is_over = not at_work or failed > 0
        if failed:
            raise FailedElsewhere
