"""What runs recorded, read once for all browsers for as long as their files stay the same."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import streamlit as st

from core.evaluation.run_series import Metric, Series, read_series
from core.runs.folder import Run

_MOST = 120  # kept; a run of 10,000 steps takes 0.7 MB
_AT_ONCE = 4  # files: while one is parsed another thread works
_lock = threading.Lock()
_Key = tuple[str, int, int, int]


def of(runs: Mapping[str, Run]) -> dict[str, dict[Metric, Series]]:
    """By the same names as the runs are given; nothing in them may be changed."""
    keys = {name: _key(run) for name, run in runs.items()}
    with _lock:
        found = {key: _kept()[key] for key in keys.values() if key in _kept()}
    missing = {key: runs[name] for name, key in keys.items() if key not in found}
    if missing:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            read = dict(zip(missing, pool.map(read_series, missing.values()), strict=True))
        found |= read
        with _lock:
            _kept().update(read)
            while len(_kept()) > _MOST:
                _kept().popitem(last=False)
    return {name: found[key] for name, key in keys.items()}


def _key(run: Run) -> _Key:
    """What changes when a run goes on: size and time of its records, its attempts."""
    try:
        about = (run.path / "metrics.jsonl").stat()
        attempts = (run.path / "attempts").stat().st_mtime_ns
    except OSError:
        return str(run.path), 0, 0, 0
    return str(run.path), about.st_size, about.st_mtime_ns, attempts


@st.cache_resource(show_spinner=False)
def _kept() -> OrderedDict[_Key, dict[Metric, Series]]:
    return OrderedDict()
