"""What takes a while, in a thread of the server: begun once for all browsers, and then kept.

Leaving the page or closing the browser changes nothing for it. One works at a time, so that two
people who ask do not hold two models at once.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from core.messages import Problem, ThawError
from pages.widgets import notices, torch_ready

Tell = Callable[[int, int], None]  # takes what is done, and all
Work = Callable[[Tell], Any]

_LOG = logging.getLogger("thaw.pages")
_MOST = 48  # kept; one of 2,000 images takes 0.5 MB, eight through sixty epochs 2 MB
_lock, _alone = threading.Lock(), threading.Lock()


class Stopped(Exception):
    """Nobody wants it any more."""


class Job:
    """One computation; written by its thread, read by any.

    Attributes:
        done: Parts that are through, of `all`.
        began: When it did, by `time.monotonic`, or its first part; None while it waits.
        result: When it is there.
        problem: Why it is not.
    """

    def __init__(self) -> None:
        self.done, self.all = 0, 0
        self.began: float | None = None
        self.result: Any = None
        self.problem: Problem | str | None = None
        self.is_stopped = False

    @property
    def is_done(self) -> bool:
        """Whether nothing more will come."""
        return self.result is not None or self.problem is not None

    @property
    def seconds(self) -> float:
        """Since it began."""
        return 0.0 if self.began is None else time.monotonic() - self.began

    @property
    def seconds_left(self) -> float | None:
        """By what it took so far; None before its first part is through."""
        return self.seconds * (self.all / self.done - 1) if self.done else None

    def tell(self, done: int, all: int) -> None:
        """Notes how far it is; raises Stopped once it shall stop."""
        self.done, self.all = done, all
        if all and not done:  # what comes before, PyTorch's import say, tells nothing of the rest
            self.began = time.monotonic()
        if self.is_stopped:
            raise Stopped

    def run(self, work: Work) -> None:
        """Works it off; whatever goes wrong becomes its problem."""
        self.began = time.monotonic()
        try:
            self.tell(0, 0)
            self.result = work(self.tell)
        except Stopped:
            self.problem = "Stopped."
        except ThawError as error:
            self.problem = error.problem
        except Exception:
            _LOG.exception("A computation failed")
            self.problem = notices.UNEXPECTED


def find(key: Hashable) -> Job | None:
    """The job of this key, if it was begun."""
    with _lock:
        return _kept().get(key)


def begin(wanted: Mapping[Hashable, Work]) -> None:
    """Begins what is not there yet, or failed, in its order.

    It returns at once, also where torch is not loaded yet: a person who leaves the page right
    away finds it begun.
    """
    with _lock:
        kept, fresh = _kept(), []
        for key, work in wanted.items():
            if key not in kept or kept[key].problem:
                kept[key] = Job()
                fresh.append((kept[key], work))
            kept.move_to_end(key)
        for key in [key for key, job in kept.items() if job.is_done][: max(0, len(kept) - _MOST)]:
            del kept[key]
    if fresh:
        threading.Thread(target=_work_off, args=(fresh,), name="explain", daemon=True).start()


def stop(keys: Iterable[Hashable]) -> None:
    """Ends what goes on or waits, and forgets it."""
    with _lock:
        for key in keys:
            job = _kept().get(key)
            if job and not job.is_done:
                job.is_stopped = True
                del _kept()[key]


def forget(keys: Iterable[Hashable]) -> None:
    """Drops what is done, so that it can begin again."""
    with _lock:
        for key in keys:
            job = _kept().get(key)
            if job and job.is_done:
                del _kept()[key]


def _work_off(fresh: Iterable[tuple[Job, Work]]) -> None:
    for job, work in fresh:
        with _alone:
            job.run(partial(_with_torch, work))


def _with_torch(work: Work, tell: Tell) -> Any:
    torch_ready.load_unseen()
    return work(tell)


@st.cache_resource(show_spinner=False)
def _kept() -> OrderedDict[Hashable, Job]:
    return OrderedDict()
