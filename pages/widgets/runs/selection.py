"""Which runs this person has chosen in the table."""

from collections.abc import Sequence

from pages.state import person

_CHOSEN, _REVISION, _ASKED = "runs.chosen", "runs.revision", "runs.asked"


def chosen(known: Sequence[str]) -> list[str]:
    """The ids that are chosen, in the table's order; the newest run before anything was.

    Another page chooses a run by `person.choose_run`.

    Args:
        known: Ids of all runs, the newest first.
    """
    asked = person.chosen_run()
    if asked in known and person.is_new(_ASKED, asked):
        choose([asked])
    found = person.choice(_CHOSEN)
    if found is None:
        return list(known[:1])
    return [run_id for run_id in known if run_id in found]


def choose(ids: Sequence[str]) -> None:
    """Chooses by something else than the table, which is then drawn anew to mark it."""
    person.remember(_CHOSEN, list(ids))
    person.remember(_REVISION, revision() + 1)


def click(ids: Sequence[str]) -> None:
    """Takes what was ticked in the table."""
    person.remember(_CHOSEN, list(ids))
    person.choose_run(ids[0] if len(ids) == 1 else None)
    person.remember(_ASKED, person.chosen_run())


def revision() -> int:
    """Raised whenever the table has to mark what was not ticked in it."""
    return int(person.choice(_REVISION, 0))
