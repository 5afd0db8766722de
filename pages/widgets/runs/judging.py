"""Judging images in a thread of the server: how far it is, and a button that ends it."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from core.messages import ThawError
from core.runs.folder import Run
from pages.state.language import say
from pages.widgets import notices
from pages.widgets.explain import jobs, progress
from pages.widgets.explain.jobs import Tell
from pages.widgets.plain import plain
from pages.widgets.runs import evaluated
from pages.widgets.runs.evaluated import Images


@dataclass(frozen=True)
class Wanted:
    """The answers of a checkpoint for some images."""

    run: Run
    which: str
    images: Images = "test"

    @property
    def key(self) -> Hashable:
        """Of its job; raises ThawError if the run has no such checkpoint."""
        return "judged", *evaluated.stamp(self.run, self.which), self.images

    @property
    def is_there(self) -> bool:
        """Whether the run has the checkpoint; one that stopped in its first epoch has no best."""
        try:
            return bool(self.key)
        except ThawError:
            return False

    @property
    def is_known(self) -> bool:
        """Whether the answers are there."""
        return evaluated.known(self.run, self.which, self.images) is not None


def begin(wanted: Iterable[Wanted]) -> None:
    """Begins what is not known; it goes on when the page is left.

    Raises:
        ThawError: If a run has no such checkpoint.
    """
    works = {one.key: partial(_work, one) for one in wanted if not one.is_known}
    jobs.forget(works)  # answers that were given up for newer ones are worked out again
    jobs.begin(works)


def follow(wanted: Mapping[str, Wanted], on_stop: Callable[[], None] = lambda: None) -> bool:
    """Draws how far they are; where nothing goes on, what went wrong.

    Args:
        wanted: By what each is called.
        on_stop: Called when a person ends them, beside that.

    Returns:
        Whether any goes on.

    Raises:
        ThawError: If a run has no such checkpoint.
    """
    keys = {title: one.key for title, one in wanted.items() if not one.is_known}
    found = {title: job for title, key in keys.items() if (job := jobs.find(key))}
    if any(not job.is_done for job in found.values()):
        progress.follow({title: keys[title] for title in found}, on_stop)
        return True
    for title, job in found.items():
        if job.problem:
            said = job.problem if isinstance(job.problem, str) else plain(say(job.problem))
            notices.show(f"{plain(title)}: {said}" if len(wanted) > 1 else said, "error")
    return False


def has_failed(wanted: Wanted) -> bool:
    """Whether it was tried, and why not is known."""
    job = jobs.find(wanted.key)
    return job is not None and job.problem is not None


def _work(wanted: Wanted, tell: Tell) -> bool:
    evaluated.measure(wanted.run, wanted.which, wanted.images, tell)
    return True
