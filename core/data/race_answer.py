"""This machine's own answer to a race, reckoned from its figures; no torch here.

The rules, of the loaders that differ in `num_workers`:

1. A loader is as fast as the fastest if its samples a second, over the rounds, reach into the
   fastest's spread, or if the medians differ by less than 5 %.
2. Nobody is: the fastest wins. Somebody is: the one with the fewest workers will do, and if
   that is 0, there is no clear winner.
3. The reason compares what a worker takes over (making a batch) with what it costs (getting the
   batch from it), and what making costs where several do it at once on the same cores.
"""

from collections.abc import Sequence

from core.data.race_spec import Entrant, Outcome
from core.messages import Problem

_CLOSE = 0.05  # medians that differ by less are equal
_SHARED = 1.3  # times as long as alone: others use the core too
_LITTLE = 0.05  # of a step: training hardly waits


def answer_of(outcome: Outcome) -> list[Problem]:
    """The answer in sentences: the verdict, its reason, and what else a person should know."""
    if outcome.race.vary != "num_workers":
        return _of_other(outcome)
    entrants = outcome.entrants
    best, tied = winner(entrants)
    others = [one for one in entrants if one not in tied]
    if len(entrants) == 1:
        return [Problem("race.alone", {"best": best.name, "rate": _number(best.median("rate"))})]
    said = [_verdict(best, tied, entrants), *_reason(best, outcome), *_why_not_more(best, outcome)]
    if outcome.race.step != "none":
        other = _other(best, others or tied, entrants)
        said.append(Problem("race.waiting", {
            "best": best.name, "other": other.name, "share": _share(best.median("share")),
            "other_share": _share(other.median("share")),
        }))
    return said + _epoch(best, outcome)


def winner(entrants: Sequence[Entrant]) -> tuple[Entrant, list[Entrant]]:
    """Who will do, and all that are as fast as the fastest, by the rules above."""
    fastest = max(entrants, key=lambda one: one.median("rate"))
    least = fastest.spread("rate")[0]
    tied = [
        one for one in entrants
        if one.spread("rate")[1] >= least
        or one.median("rate") >= (1 - _CLOSE) * fastest.median("rate")
    ]
    return min(tied, key=lambda one: one.workers), tied


def _verdict(best: Entrant, tied: list[Entrant], entrants: Sequence[Entrant]) -> Problem:
    if len(tied) == 1:
        second = max((one for one in entrants if one is not best),
                     key=lambda one: one.median("rate"))
        return Problem("race.fastest", {
            "best": best.name, "rate": _number(best.median("rate")), "other": second.name,
            "other_rate": _number(second.median("rate")),
        })
    if best.workers == 0:
        spreads = [one.spread("rate") for one in tied]
        return Problem("race.no_winner", {
            "names": _listed([one.name for one in tied]),
            "low": _number(min(low for low, _ in spreads)),
            "high": _number(max(high for _, high in spreads)),
        })
    return Problem("race.enough", {
        "best": best.name, "rate": _number(best.median("rate")),
        "others": _listed([one.name for one in tied if one is not best]),
    })


def _reason(best: Entrant, outcome: Outcome) -> list[Problem]:
    making = best.median("making")
    values = {
        "sample": duration(best.median("sample")), "making": duration(making),
        "count": _number(best.median("samples")), "workers": best.workers, "cores": outcome.cores,
    }
    if best.workers == 1:
        values["transfer"] = duration(best.median("transfer"))
        return [Problem("race.why_beside", values)]
    if best.workers > 1:
        values["transfer"] = duration(best.median("transfer"))
        return [Problem("race.why_making", values)]
    helped = [one for one in outcome.entrants if one.workers]
    rival = max(helped, key=lambda one: one.median("rate"))
    values["transfer"] = duration(rival.median("transfer"))
    step = outcome.race.step_ms / 1000
    if outcome.race.step != "none" and best.median("share") < _LITTLE:
        return [Problem("race.why_step", {**values, "step": duration(step)})]
    if rival.median("transfer") >= making:
        return [Problem("race.why_sending", values)]
    if rival.median("making") >= _SHARED * making:
        slower = duration(rival.median("making"))
        return [Problem("race.why_shared", {**values, "slower": slower, "workers": rival.workers})]
    return [Problem("race.why_little", values)]


def _why_not_more(best: Entrant, outcome: Outcome) -> list[Problem]:
    more = [one for one in outcome.entrants if one.workers > best.workers]
    if not best.workers or not more:
        return []
    most = more[-1]
    if most.median("making") >= _SHARED * best.median("making"):
        return [Problem("race.more_shared", {
            "more": most.name, "slower": duration(most.median("making")),
            "making": duration(best.median("making")), "cores": outcome.cores,
        })]
    if outcome.race.step != "none" and best.median("share") < _LITTLE:
        return [Problem("race.more_idle", {"share": _share(best.median("share"))})]
    return []


def _epoch(best: Entrant, outcome: Outcome) -> list[Problem]:
    """What the start of workers makes of a whole epoch."""
    helped = [one for one in outcome.entrants if one.workers]
    alone = next((one for one in outcome.entrants if not one.workers), None)
    if alone is None or not helped or not outcome.total:
        return []
    with_workers = best if best.workers else max(helped, key=lambda one: one.median("rate"))
    return [Problem("race.epoch", {
        "workers": _workers(with_workers.workers), "start": duration(with_workers.median("start")),
        "total": f"{outcome.total:,}",
        "best": with_workers.name, "epoch": duration(epoch_seconds(with_workers, outcome)),
        "other": alone.name, "other_epoch": duration(epoch_seconds(alone, outcome)),
    })]


def epoch_seconds(entrant: Entrant, outcome: Outcome) -> float:
    """Of a whole epoch with its start: as measured, or reckoned where there was no time for it."""
    measured = [lap.epoch for lap in entrant.laps if lap.epoch]
    if measured:
        return sorted(measured)[len(measured) // 2]
    return entrant.median("start") + outcome.total / max(entrant.median("rate"), 1e-9)


def _other(best: Entrant, others: list[Entrant], entrants: Sequence[Entrant]) -> Entrant:
    """With whom to compare: 0 workers, or the fastest of the others."""
    rest = [one for one in others if one is not best]
    rest = rest or [one for one in entrants if one is not best]
    alone = [one for one in entrants if not one.workers and one is not best]
    return alone[0] if alone else max(rest, key=lambda one: one.median("rate"))


# --- other arguments ---------------------------------------------------------------------


def _of_other(outcome: Outcome) -> list[Problem]:
    entrants, vary = outcome.entrants, outcome.race.vary
    best, tied = winner(entrants)
    said = []
    # What such an argument is for comes first.
    if vary == "multiprocessing_context":
        said.append(Problem("race.start", _ends(entrants, "start")))
    if vary == "persistent_workers":
        said.append(Problem("race.again", _ends(entrants, "again")))
    if len(tied) == 1:
        said.append(_verdict(best, tied, entrants))
    else:
        spreads = [one.spread("rate") for one in tied]
        said.append(Problem("race.no_difference", {
            "argument": vary, "names": _listed([one.name for one in tied]),
            "low": _number(min(low for low, _ in spreads)),
            "high": _number(max(high for _, high in spreads)),
        }))
    if vary == "in_order":
        free = next(one for one in entrants if one.name == "False")
        said.append(Problem("race.late", {
            "late": sum(lap.late for lap in free.laps),
            "batches": _number(sum(lap.batches for lap in free.laps)),
        }))
    if outcome.race.step != "none":
        other = _other(best, [], entrants)
        said.append(Problem("race.waiting", {
            "best": best.name, "other": other.name, "share": _share(best.median("share")),
            "other_share": _share(other.median("share")),
        }))
    return said


def _ends(entrants: Sequence[Entrant], figure: str) -> dict[str, str]:
    first = min(entrants, key=lambda one: one.median(figure))
    last = max(entrants, key=lambda one: one.median(figure))
    return {
        "first": first.name, "least": duration(first.median(figure)),
        "last": last.name, "most": duration(last.median(figure)),
    }


# --- in words ----------------------------------------------------------------------------


def duration(seconds: float) -> str:
    """With two digits that count and a unit that suits: 4 µs, 0.3 ms, 1.2 s."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= 0.9995 * size or unit == "µs":
            value = seconds / size
            return f"{value:.0f} {unit}" if value >= 10 else f"{value:.2g} {unit}"
    raise AssertionError


def _number(value: float) -> str:
    """With three digits that count: 12,300."""
    if value < 100:
        return f"{value:.3g}"
    digits = len(str(int(value))) - 3
    return f"{round(value, -digits):,.0f}"


def _workers(count: int) -> str:
    return "1 worker" if count == 1 else f"{count} workers"


def _share(value: float) -> str:
    return f"{value:.1%}" if 0 < value < 0.01 else f"{value:.0%}"


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
