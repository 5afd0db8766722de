"""What a script was before its last change, so that a page can mark what came and went."""

from collections.abc import Mapping

from pages.state import person


def before(name: str, sections: Mapping[str, str]) -> Mapping[str, str]:
    """The sections as they were before the last change of any of them; the same at first.

    Args:
        name: Of the script.
        sections: Of the script now, each text by its title.
    """
    kept_as, now = f"code.versions {name}", dict(sections)
    kept = person.choice(kept_as)
    if kept is None or kept[1] != now:
        kept = (kept[1] if kept else now, now)
        person.remember(kept_as, kept)
    return kept[0]
