"""What code prints in the box: the beginning of it."""

import io


class Printed(io.TextIOBase):
    """Standard output that keeps the first characters and counts the rest."""

    def __init__(self, limit: int) -> None:
        self._kept, self._room, self._lost = [], limit, 0

    def writable(self) -> bool:
        """It takes text."""
        return True

    def write(self, text: str) -> int:
        """Keeps what there is room for."""
        kept = text[: self._room]
        self._room -= len(kept)
        self._lost += len(text) - len(kept)
        if kept:
            self._kept.append(kept)
        return len(text)

    def clear(self) -> None:
        """Forgets what was printed."""
        self._room += sum(map(len, self._kept))
        self._kept, self._lost = [], 0

    def text(self) -> str:
        """What was kept, and how much was not."""
        more = f"\n… and {self._lost:,} more characters" if self._lost else ""
        return "".join(self._kept) + more
