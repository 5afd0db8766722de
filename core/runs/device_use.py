"""Which run holds which device slots now, and what is free.

The slots are in the run's `launch.json`, written as its worker is started. A run that lives
without them (a foreground resume, or one of an older Thaw) is taken to hold every slot of its kind.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core import recipe as recipes
from core.messages import ThawError
from core.recipe import Recipe
from core.runs import device_slots
from core.runs.folder import Run
from core.runs.status import is_together, running_runs


@dataclass(frozen=True)
class Need:
    """The slots that a run waits for: so many of a kind."""

    kind: str
    count: int = 1


@dataclass(frozen=True)
class Held:
    """A run that a process works on, and the slots that it holds."""

    run: Run
    slots: tuple[str, ...]


def held(root: Path | None = None) -> list[Held]:
    """What the runs under way hold, the newest run first."""
    return [Held(run, slots_of(run)) for run in running_runs(root)]


def slots_of(run: Run) -> tuple[str, ...]:
    """The slots of a run under way."""
    launch = run.launch() or {}
    slots = launch.get("devices")
    # A later attempt than the one that was launched runs in somebody's foreground, unless it is
    # torchrun that has started it again.
    said = (run.state() or {}).get("attempt", 0)
    is_present = launch.get("attempt", 0) >= said or is_together(launch)
    if is_present and isinstance(slots, list) and slots:
        return tuple(map(str, slots))
    return device_slots.of_kind(need_of(run).kind)


def free(kind: str, under_way: Iterable[Held]) -> tuple[str, ...]:
    """The slots of a kind that no run holds, each as often as it takes one more."""
    there = Counter(device_slots.of_kind(kind))
    there.subtract(slot for one in under_way for slot in one.slots)
    return tuple((+there).elements())


def need_of(run: Run) -> Need:
    """What a run waits for; of one whose recipe can't be read, what any would."""
    return need(recipe_of(run) or Recipe())


def need(recipe: Recipe) -> Need:
    """What a run of the recipe waits for."""
    return Need(device_slots.kind_for(recipe), device_slots.count_for(recipe))


def fits(wanted: Need, under_way: Sequence[Held]) -> bool:
    """Whether a run could start now. Several slots of one run are never the same device."""
    return len(set(free(wanted.kind, under_way))) >= wanted.count


def in_the_way(recipe: Recipe, root: Path | None = None) -> list[Run]:
    """The runs that a run of the recipe would have to wait for; none if it could start now."""
    return _blocking(need(recipe), held(root))


def choose(recipe: Recipe, root: Path) -> tuple[str, ...]:
    """The slots that a run of the recipe gets if it is started now.

    Raises:
        ThawError: If other runs hold them.
    """
    wanted, under_way = need(recipe), held(root)
    if others := _blocking(wanted, under_way):
        raise ThawError("runs.device_busy", run=others[0].name)
    return tuple(dict.fromkeys(free(wanted.kind, under_way)))[: wanted.count]


def _blocking(wanted: Need, under_way: Sequence[Held]) -> list[Run]:
    if fits(wanted, under_way):
        return []
    there = set(device_slots.of_kind(wanted.kind))
    return [one.run for one in under_way if there.intersection(one.slots)]


def at_a_time(recipe: Recipe) -> int:
    """How many runs of the recipe go on side by side when no other run is there."""
    wanted = need(recipe)
    return max(len(device_slots.of_kind(wanted.kind)) // wanted.count, 1)


def is_choice(needs: Iterable[Need]) -> bool:
    """Whether runs do not all wait for one and the same slot, so that it matters for which."""
    kinds = {one.kind for one in needs}
    return len(kinds) > 1 or any(len(device_slots.of_kind(kind)) > 1 for kind in kinds)


def recipe_of(run: Run) -> Recipe | None:
    """A run's recipe as it was started, read once; None if it can't be read."""
    path = run.path / "recipe.json"
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError:  # deleted meanwhile
        return None


@lru_cache(maxsize=1024)
def _read(path: Path, stamp: int) -> Recipe | None:
    try:
        return recipes.load(path)
    except ThawError:
        return None
