"""Weights and data sets, brought here for a class without a network."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from core import network
from core.data import downloads, torchvision_sets
from core.data.datasets import DatasetEntry, find_dataset
from core.messages import ThawError
from core.models import catalogue, weights_file
from core.models.catalogue import WeightsEntry

NAME, HELP = "prefetch", "bring weights and data sets for a class without a network"


def add_arguments(parser: ArgumentParser) -> None:
    """What is to be brought."""
    parser.add_argument(
        "--weights", nargs="+", default=[], metavar="MODEL[:WEIGHTS]",
        help="a model of any task with its default weights, or with those that are named",
    )
    parser.add_argument("--data", nargs="+", default=[], metavar="NAME", help="data sets")


@dataclass(frozen=True)
class _Wanted:
    """One thing to be brought.

    Attributes:
        here: Whether it needs no download.
        fetch: Brings it, or checks what is here; raises ThawError.
    """

    kind: str
    name: str
    mb: float
    here: bool
    fetch: Callable[[network.Progress], object]


def run(args: Namespace) -> dict:
    """Brings one after the other; what can't be had holds up none of the others.

    Returns:
        What became of each: "here" (it was before; weights are checked all the same), "came", or
        "missing" with the reason; exit code 1 if one is missing.

    Raises:
        ThawError: If nothing is named, or something that is not there to be brought. Nothing is
            downloaded then.
    """
    wanted = [_weights(name) for name in args.weights] + [_data(name) for name in args.data]
    if not wanted:
        raise ThawError("prefetch.nothing")
    items = [_brought(one) for one in {(one.kind, one.name): one for one in wanted}.values()]
    missing = any(item["status"] == "missing" for item in items)
    return {"items": items, "exit_code": 1 if missing else 0}


def text(result: dict) -> str:
    """A line each, ticked or crossed."""
    lines = []
    for item in result["items"]:
        mark = "✗" if item["status"] == "missing" else "✓"
        size = f", {item['mb']:.0f} MB" if item["mb"] else ""
        said = item["why"] or item["status"]
        lines.append(f"{mark} {item['name']} ({item['kind']}{size}): {said}")
    return "\n".join(lines)


def _weights(given: str) -> _Wanted:
    name, _, chosen = given.partition(":")
    model = catalogue.find_any_model(name)
    entry = model.find_weights(chosen or model.default_weights)
    if entry is None or entry.bundled:
        return _Wanted("weights", f"{name}:{chosen or model.default_weights}", 0, True, _is_there)
    return _Wanted(
        "weights", f"{name}:{entry.name}", entry.file_mb,
        weights_file.find_file(entry) is not None, partial(_fetch_weights, name, entry),
    )


def _data(name: str) -> _Wanted:
    entry = find_dataset(name)
    if entry.needs_path:
        raise ThawError("prefetch.own_data", name=entry.title)
    if not entry.torchvision:
        return _Wanted("data", name, 0, True, _is_there)
    return _Wanted(
        "data", name, entry.download_mb, torchvision_sets.is_ready(entry),
        partial(_fetch_data, entry),
    )


def _is_there(_progress: network.Progress) -> None:
    """It comes with Thaw, or with a package that Thaw needs."""


def _fetch_weights(name: str, entry: WeightsEntry, progress: network.Progress) -> None:
    weights_file.fetch_file(name, entry, progress)


def _fetch_data(entry: DatasetEntry, progress: network.Progress) -> None:
    downloads.download(entry, progress)


def _brought(one: _Wanted) -> dict:
    why, status = None, "here" if one.here else "came"
    try:
        one.fetch(_Shown(one.name))
    except ThawError as error:
        why, status = str(error), "missing"
    return {"kind": one.kind, "name": one.name, "mb": one.mb, "status": status, "why": why}


class _Shown:
    """A line on standard error for each tenth of a download."""

    def __init__(self, name: str) -> None:
        self._name, self._tenths = name, 0

    def __call__(self, done: int, total: int) -> None:
        tenths = 10 * done // total if total else 0
        if tenths > self._tenths:
            self._tenths = tenths
            print(f"{self._name}: {tenths * 10} %", file=sys.stderr, flush=True)
