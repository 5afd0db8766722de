"""Indices as a person types them: "0-9, 20, 30-39"."""

import re

from core.messages import ThawError

MOST = 10_000
_PART = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")


def indices_of(text: str) -> tuple[int, ...]:
    """The indices in their order, both ends of a range included; one may come twice.

    Raises:
        ThawError: If the text is none of these, or names none or too many.
    """
    found: list[int] = []
    joined = re.sub(r"\s*(-|–|\.\.)\s*", "-", text.strip())
    for part in filter(None, re.split(r"[,;\s]+", joined)):
        read = _PART.fullmatch(part)
        if read is None:
            raise ThawError("batches.not_indices", given=part[:40])
        first, last = int(read[1]), int(read[2] or read[1])
        if last < first:
            raise ThawError("batches.not_indices", given=part[:40])
        if len(found) + last - first >= MOST:
            raise ThawError("batches.too_many_indices", most=MOST)
        found += range(first, last + 1)
    if not found:
        raise ThawError("batches.not_indices", given=text.strip()[:40])
    return tuple(found)
