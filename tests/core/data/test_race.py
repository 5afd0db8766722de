"""A race in a child process: what it answers, and that nobody is left when it is over."""

import time

import psutil
import pytest

from core import places
from core.data import race_process, race_spec
from core.data.child import Children
from core.data.exploration import LoaderArguments
from core.data.race import run, training_step
from core.data.race_process import Course, Progress
from core.data.race_spec import Race
from core.messages import ThawError
from core.spec import SpecError

QUICK = {"exploration": {"data": "iris", "loader": {"batch_size": 8}}, "workers": [0, 1],
         "seconds": 0.1, "rounds": 2}
LONG = {**QUICK, "exploration": {"data": "slow", "loader": {"batch_size": 8}}, "workers": [2],
        "seconds": 5, "rounds": 9}


def family(children: Children) -> list[psutil.Process]:
    return psutil.Process(children._server.pid).children(recursive=True)


def nobody_is_left(children: Children) -> bool:
    until = time.monotonic() + 10
    while (family(children) or list(places.cache_root().iterdir())) and time.monotonic() < until:
        time.sleep(0.02)
    return not family(children) and not any(places.cache_root().iterdir())


def ended(course: Course, number: int, seconds: float = 90.0) -> Progress:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        now = course.look(number)
        if now.is_over:
            return now
        time.sleep(0.05)
    raise AssertionError("it did not end")


def when_at_work(course: Course, number: int, children: Children) -> None:
    """Waits until a worker is there."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert not course.look(number).is_over
        if children._server and len(family(children)) >= 2:
            return
        time.sleep(0.05)
    raise AssertionError("no worker came")


# --- what races ---------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [[], [-1], [1, 99]])
def test_workers_that_can_not_be(workers):
    with pytest.raises(SpecError) as caught:
        race_spec.parse({"workers": workers})
    assert caught.value.problems[0].id == "race.workers"


def test_entrants_are_loaders_that_pytorch_takes():
    raw = {"loader": {"num_workers": 2, "prefetch_factor": 4, "persistent_workers": True,
                      "timeout": 5.0, "batch_size": 3}}
    (zero, plain), (two, full) = Race(exploration=raw, workers=(2, 0, 0)).entrants()
    assert (zero, two) == ("0", "2")
    assert plain == LoaderArguments(batch_size=3)
    assert full == LoaderArguments(**raw["loader"])
    found = Race(exploration={}, vary="prefetch_factor").entrants()
    assert [(one.num_workers, one.prefetch_factor) for _, one in found] == [
        (1, 1), (1, 2), (1, 4), (1, 8)
    ]


def test_a_step_takes_its_time():
    for step in ("sleep", "compute"):
        work = training_step(Race(step=step, step_ms=20))
        cpu, wall = time.thread_time(), time.perf_counter()
        work()
        cpu, wall = time.thread_time() - cpu, time.perf_counter() - wall
        assert wall >= 0.008
        assert (cpu >= 0.008) is (step == "compute")


def test_what_fails_is_a_sentence():
    lectures = {"data": "example", "loader": {"batch_size": 3}}
    with pytest.raises(ThawError, match="failed with num_workers 0"):
        run(race_spec.parse({"exploration": lectures, "workers": [0]}))
    empty = {"data": "iris", "loader": {"batch_size": 4096, "drop_last": True}}
    with pytest.raises(ThawError, match="no batch at all"):
        run(race_spec.parse({"exploration": empty, "workers": [0]}))


# --- in a child ---------------------------------------------------------------------------


def test_a_race_ends_with_figures_and_nobody_is_left(children):
    course = Course()
    number = course.begin(race_spec.parse(QUICK), children)
    with pytest.raises(ThawError, match="Another measurement"):
        course.begin(race_spec.parse(QUICK), children)
    outcome = ended(course, number).outcome
    assert [(one.name, one.workers, len(one.laps)) for one in outcome.entrants] == [
        ("0", 0, 2), ("1", 1, 2)
    ]
    assert (outcome.total, outcome.rounds) == (150, 2)
    for one in outcome.entrants:
        assert one.median("rate") > 0 < one.median("start")
        assert (one.median("transfer") > 0) is (one.workers > 0)
        lanes = {span.lane for span in one.spans}
        assert lanes == ({-1, 0} if one.workers else {-1})
        assert one.steps and one.ticks
    assert race_spec.from_json(race_spec.as_json(outcome)) == outcome
    assert nobody_is_left(children)


def test_a_cancelled_race_leaves_no_worker(children):
    course = Course()
    number = course.begin(race_spec.parse(LONG), children)
    when_at_work(course, number, children)
    course.cancel(number)
    assert ended(course, number).problem.id == "child.cancelled"
    assert nobody_is_left(children)
    # The course is free again.
    assert ended(course, course.begin(race_spec.parse(QUICK), children)).outcome


def test_a_race_that_nobody_looks_at_ends(children, monkeypatch):
    monkeypatch.setattr(race_process, "UNWATCHED_SECONDS", 1.0)
    course = Course()
    number = course.begin(race_spec.parse(LONG), children)
    when_at_work(course, number, children)
    time.sleep(2.0)  # a closed browser, or another page
    assert nobody_is_left(children)
    assert ended(course, number, 5).problem.id == "race.unwatched"
