"""Waiting in the foreground: what is said, and once."""

import pytest

from core.commands import wait_for_runs
from core.recipe import Recipe
from core.runs import folder, queue


@pytest.mark.parametrize("quiet", [False, True])
def test_a_paused_queue_is_said_once(home, monkeypatch, capsys, quiet):
    queue.pause()
    [run] = queue.add([queue.NewRun(Recipe(), "one")])
    looks = []

    def sleep(_seconds):
        looks.append(len(looks))
        if len(looks) == 3:
            queue.remove_all([run])

    monkeypatch.setattr(wait_for_runs.time, "sleep", sleep)
    wait_for_runs.wait(folder.list_runs, lambda now: "", quiet=quiet)
    assert looks == [0, 1, 2]
    assert capsys.readouterr().out.count("the queue is paused") == (0 if quiet else 1)
