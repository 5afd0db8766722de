"""What the page calls a run's status, its phases and its times."""

from core.runs.status import Status

PHASES = {
    "starting": "Starting",
    "loading_data": "Loading the data",
    "loading_model": "Loading the model",
    "first_validation": "Measuring the model before its first step",
    "compiling": "Compiling the model (torch.compile), once",
    "training": "Training",
    "computing_features": "Computing the frozen part's features, once",
    "validation": "Validating",
    "test": "Testing on the held-out images",
}

_STATUS: dict[Status, tuple[str, str, str]] = {
    "queued": ("gray", ":material/schedule:", "queued"),
    "starting": ("green", ":material/hourglass_top:", "starting"),
    "running": ("green", ":material/motion_photos_on:", "running"),
    "stopping": ("yellow", ":material/pause_circle:", "stopping"),
    "finishing": ("green", ":material/hourglass_bottom:", "finishing"),
    "stopped": ("yellow", ":material/pause_circle:", "stopped"),
    "finished": ("green", ":material/check_circle:", "finished"),
    "failed": ("red", ":material/error:", "failed"),
    "crashed": ("red", ":material/power_off:", "crashed"),
}


def of_status(status: Status) -> tuple[str, str, str]:
    """Colour, icon and word of a status."""
    return _STATUS[status]


def duration(seconds: float) -> str:
    """`42 s`, `3 min 05 s`, `2 h 10 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
