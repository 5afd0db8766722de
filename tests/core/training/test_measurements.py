"""Which measurement is found again, by the folders that processes leave."""

import errno
import os
import subprocess
import sys

import pytest

from core import places, portable
from core.messages import ThawError
from core.recipe import parse
from core.training import measurements, measuring
from tests.core.conftest import SMALL

RECIPE = parse(SMALL)
ANSWER = {"what_pays": {}}


def folder(number=1, *, pid=None, answer=None, kind="what_pays"):
    place = places.cache_root() / f"{kind}_{number:x}"
    place.mkdir()
    portable.write_atomic(place / "recipe.json", RECIPE.to_json().encode())
    portable.write_json(place / "process.json", portable.process_identity(pid or 0) or {})
    if answer:
        portable.write_json(place / "answer.json", answer)
    return place


def found():
    one = measurements.unseen("what_pays")
    return one and (one.place, one.recipe, one.is_going)


def test_one_that_goes_on_is_found_and_one_of_another_kind_is_not(home):
    assert found() is None
    folder(kind="lr_finder", pid=os.getpid())
    assert found() is None
    place = folder(pid=os.getpid())
    assert found() == (place, RECIPE, True)


def test_an_answer_is_found_until_somebody_has_seen_it(home):
    place = folder(answer=ANSWER)
    assert found() == (place, RECIPE, False)
    measurements.end_was_seen(place)
    assert found() is None and place.exists()  # another tab may not have read it yet


def test_what_ended_without_an_answer_or_is_damaged_is_passed_by(home):
    kept = folder(1, answer=ANSWER)
    folder(2)  # its process is gone
    folder(3, answer={"problem": {"id": "timing.too_slow", "values": {"seconds": 1}}})
    (folder(4, answer=ANSWER) / "recipe.json").write_text("{")
    assert found() == (kept, RECIPE, False)
    assert found()[0] != (newest := folder(5, answer=ANSWER)) and found()[0] == newest


def test_a_process_that_has_answered_is_not_waited_for(home):
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    place = folder(pid=process.pid, answer=ANSWER)
    (place / "run").mkdir()  # what it trained, which it has not deleted yet
    measurements.end_was_seen(place)
    assert process.wait(10) and not (place / "run").exists()


@pytest.mark.parametrize("gone", [True, False])
def test_a_folder_that_is_gone_or_read_only_costs_nothing(home, monkeypatch, gone):
    place = folder(answer=ANSWER)
    if gone:
        (place / "answer.json").unlink()
        (place / "recipe.json").unlink()
        (place / "process.json").unlink()
        place.rmdir()
    else:
        monkeypatch.setattr("pathlib.Path.touch", lambda *_: (_ for _ in ()).throw(OSError(28, "")))
    measurements.end_was_seen(place)
    assert gone != place.exists()


@pytest.mark.parametrize("why, said", [
    (errno.ENOSPC, "places.unwritable"), (errno.ENOMEM, "timing.unstartable"),
])
def test_one_that_can_not_begin_says_why_and_leaves_nothing(home, monkeypatch, why, said):
    def refuse(path, content):
        raise OSError(why, os.strerror(why))

    monkeypatch.setattr(portable, "write_atomic", refuse)
    with pytest.raises(ThawError) as refused:
        measuring.start(RECIPE, "what_pays", "core.training.what_pays_process")
    assert refused.value.problem.id == said
    assert list(places.cache_root().glob("what_pays_*")) == []
