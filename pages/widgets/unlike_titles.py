"""Titles that tell what is chosen apart: a browser sends back a title, the first that fits wins."""

from collections.abc import Mapping


def of(titles: Mapping[str, str]) -> dict[str, str]:
    """The titles by id; one that an older thing has already gets the end of its id.

    So the title of what is there does not change when something new comes.

    Args:
        titles: By ids that end in four letters after a “_”, the newest first.
    """
    taken: set[str] = set()
    made = {}
    for id, title in reversed(titles.items()):
        made[id] = f"{title} ({id.rpartition('_')[2]})" if title in taken else title
        taken.add(title)
    return dict(reversed(made.items()))
