"""Options of an experiment or sweep that was begun before, and those of a new one."""

from argparse import Namespace
from collections.abc import Iterable

from core.messages import ThawError


def check(
    args: Namespace, what: str, is_new: bool, *, of_new: Iterable[str], of_old: Iterable[str]
) -> None:
    """Refuses what would be passed over: `--delete` beside a recipe would train it.

    Args:
        what: "experiment" or "sweep".
        is_new: Whether a recipe is given.
        of_new: Options that only a recipe takes; `queue` also goes with `missing`.
        of_old: Options that only an id takes.

    Raises:
        ThawError: Naming the first that is given in vain.
    """
    given = [name for name in (*of_new, *of_old) if getattr(args, name)]
    for name in given:
        if name in of_old and (is_new or args.what is None):
            raise ThawError("grouped.needs_id", option=f"--{name}", what=what)
        if name in of_new and not is_new and not (name == "queue" and "missing" in given):
            raise ThawError("grouped.needs_recipe", option=f"--{name}", what=what)
