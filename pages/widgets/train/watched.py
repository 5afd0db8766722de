"""Which run the Train page shows."""

from core.messages import ThawError
from core.runs import folder
from core.runs.folder import Run
from core.runs.status import running_runs
from pages.state import person


def find() -> Run | None:
    """The run that this person watches; else the one that is running, whoever started it."""
    if run_id := person.watched_run():
        try:
            return folder.find_run(run_id)
        except ThawError:  # it was deleted
            person.watch_run(None)
    running = running_runs()
    if running:
        person.watch_run(running[0].id)
        return running[0]
    return None
