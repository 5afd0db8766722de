"""This machine's own answer, on figures made up so that the right one is known."""

import pytest

from core.data import race_spec
from core.data.race_answer import answer_of, duration, epoch_seconds, winner
from core.data.race_spec import Entrant, Lap, Outcome
from core.messages import sentence

US, MS = 1e-6, 1e-3


def entrant(workers: int, rates: list[float], *, name: str = "", **figures: float) -> Entrant:
    plain = {
        "start": 0.1 * workers, "again": 0.1 * workers, "epoch": 0.0, "share": 0.5,
        "sample": 4 * US, "collate": 10 * US, "making": 50 * US,
        "transfer": 300 * US if workers else 0.0, "batches": 100, "late": 0, "samples": 10.0,
    }
    laps = tuple(Lap(rate=rate, **{**plain, **figures}) for rate in rates)
    return Entrant(name or str(workers), workers, laps)


def outcome(*entrants: Entrant, total: int = 1000, cores: int = 2, **race) -> Outcome:
    return Outcome(race_spec.Race(**race), entrants, cores, total, len(entrants[0].laps))


def ids(found: Outcome) -> list[str]:
    return [problem.id.removeprefix("race.") for problem in answer_of(found)]


def words(found: Outcome) -> str:
    return " ".join(sentence(problem) for problem in answer_of(found))


def test_cheap_samples_are_not_worth_a_worker():
    found = outcome(entrant(0, [200_000, 190_000, 210_000]), entrant(1, [30_000, 31_000, 29_000]),
                    entrant(2, [40_000, 41_000, 39_000]))
    assert ids(found) == ["fastest", "why_sending", "epoch"]
    said = words(found)
    assert "0 is fastest here: 200,000 samples a second, against 40,000 with 2." in said
    assert "making a sample takes 4 µs and a batch of 10 takes 50 µs" in said
    assert "a worker takes 300 µs" in said


def test_slow_samples_are_shared_by_workers():
    slow = {"sample": 5 * MS, "making": 50 * MS}
    found = outcome(entrant(0, [200, 199, 201], **slow), entrant(1, [198, 197, 199], **slow),
                    entrant(2, [390, 395, 385], **slow))
    assert ids(found) == ["fastest", "why_making", "epoch"]
    assert "making a sample takes 5 ms and a batch of 10 takes 50 ms, and 2 workers" in words(found)
    # 0.2 s to start, and 1,000 samples at 390 a second; without workers 5 s.
    assert "about 2.8 s with 2 and 5 s with 0" in words(found)


def test_within_the_spread_there_is_no_winner():
    found = outcome(entrant(0, [100, 140, 120]), entrant(2, [110, 150, 130]))
    assert ids(found)[0] == "no_winner"
    assert "No clear winner: 0 and 2 are within the spread (100 to 150" in words(found)


@pytest.mark.parametrize(("other", "is_tied"), [
    ([94, 94, 94], False), ([96, 96, 96], True), ([80, 99.5, 80], True), ([80, 98.5, 80], False),
])
def test_who_is_as_fast_as_the_fastest(other, is_tied):
    fastest, second = entrant(4, [99, 100, 101]), entrant(1, other)
    best, tied = winner([second, fastest])
    assert (second in tied) is is_tied
    assert best is (second if is_tied else fastest)


def test_the_fewest_workers_that_do_and_why_not_more():
    alone = {"making": 20 * MS}
    found = outcome(
        entrant(0, [100], **alone), entrant(2, [200], **alone), entrant(4, [201], making=40 * MS),
    )
    assert ids(found) == ["enough", "why_making", "more_shared", "epoch"]
    assert "with 4 a batch takes 40 ms to make in place of 20 ms" in words(found)
    idle = outcome(
        entrant(0, [100], share=0.4, **alone), entrant(1, [160], share=0.02, **alone),
        entrant(4, [161], share=0.02, **alone), step="sleep", step_ms=5,
    )
    assert ids(idle) == ["enough", "why_beside", "more_idle", "waiting", "epoch"]
    assert "Training waits for data 2% of each step with 1, and 40% with 0." in words(idle)


@pytest.mark.parametrize(("alone", "helped", "race", "reason"), [
    ({"share": 0.01}, {}, {"step": "sleep", "step_ms": 20}, "why_step"),
    ({"making": 5 * MS}, {"making": 9 * MS}, {}, "why_shared"),
    ({"making": 400 * US}, {"making": 410 * US}, {}, "why_little"),
])
def test_why_none_is_best(alone, helped, race, reason):
    found = outcome(entrant(0, [100, 101], **alone), entrant(2, [50, 60], **helped), **race)
    assert ids(found)[:2] == ["fastest", reason]
    assert words(found)


def test_one_alone_and_a_stream_of_unknown_length():
    assert ids(outcome(entrant(2, [50]))) == ["alone"]
    assert "epoch" not in ids(outcome(entrant(0, [9]), entrant(1, [1]), total=0))


def test_an_epoch_is_measured_or_reckoned():
    found = outcome(entrant(0, [100, 100]), total=500)
    assert epoch_seconds(entrant(1, [100, 100]), found) == pytest.approx(5.1)
    assert epoch_seconds(entrant(1, [100, 100], epoch=3.0), found) == 3.0


@pytest.mark.parametrize(("vary", "figures", "said"), [
    ("multiprocessing_context", {"start": 3.0}, "after 100 ms with fork, and after 3 s with spawn"),
    ("persistent_workers", {"again": 0.001}, "after 1 ms with spawn, and after 100 ms with fork"),
    ("prefetch_factor", {}, "prefetch_factor makes no clear difference here"),
])
def test_other_arguments(vary, figures, said):
    found = outcome(entrant(1, [100, 110], name="fork"),
                    entrant(1, [105, 108], name="spawn", **figures), vary=vary)
    assert said in words(found)
    late = outcome(entrant(1, [9], name="True"), entrant(1, [5], name="False", late=7),
                   vary="in_order")
    assert "7 of 100 batches overtook" in words(late)


def test_durations():
    assert [duration(one) for one in (0, 4e-6, 0.0123, 0.99996, 1.25, 75.4)] == [
        "0 µs", "4 µs", "12 ms", "1 s", "1.2 s", "75 s",
    ]
