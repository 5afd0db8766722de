"""Which run the Train page shows."""

from core.messages import ThawError
from core.runs import folder
from core.runs.folder import Run
from core.runs.status import running_runs
from pages.state import person
from pages.state.person import Tone
from pages.widgets import notices


def find() -> Run | None:
    """The run that this person watches; else the one that is running, whoever started it."""
    if run_id := person.watched_run():
        try:
            return folder.find_run(run_id)
        except ThawError:  # it was deleted
            person.watch_run(None)
            notices.show(*gone(run_id))
    running = running_runs()
    if running:
        person.watch_run(running[0].id)
        return running[0]
    return None


def discards(run: Run) -> None:
    """Remembers that this person wants the run deleted when it has stopped."""
    person.remember(f"discards {run.id}", True)


def gone(run_id: str) -> tuple[str, Tone]:
    """What to say of a watched run that is not there any more."""
    if person.choice(f"discards {run_id}"):
        return "The run was discarded.", "success"
    return "The run that was shown here was deleted elsewhere.", "info"
