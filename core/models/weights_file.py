"""The files of downloadable weights: where they are, whether they are whole, how they come.

torch's own hub cache is looked at first, so that what someone has already is not downloaded
again; new files go under Thaw's own root. Nothing here imports torch.
"""

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from core import network, portable
from core.messages import ThawError
from core.models import catalogue
from core.models.catalogue import WeightsEntry

_HASH = re.compile(r"-([a-f0-9]+)\.")  # torch.hub's own way: the name ends in the hash's start

Progress = network.Progress


def hub_folder() -> Path:
    """Where torch keeps downloaded weights, found by torch's rules but without importing it."""
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("TORCH_HOME", os.path.join(cache, "torch"))
    return Path(home).expanduser() / "hub" / "checkpoints"


def find_file(entry: WeightsEntry) -> Path | None:
    """The file of downloadable weights on this computer, not yet checked; None if it has none."""
    from core import places

    for folder in (hub_folder(), places.weights_root()):
        if (folder / entry.file).is_file():
            return folder / entry.file
    return None


def files_here() -> frozenset[str]:
    """Names of all downloaded files on this computer: one look for a whole catalogue."""
    from core import places

    return frozenset(
        path.name
        for folder in (hub_folder(), places.weights_root()) if folder.is_dir()
        for path in folder.iterdir() if path.is_file()
    )


def available_offline(model: str, weights: str) -> bool:
    """Whether these weights can be used without a network.

    Raises:
        ThawError: If there is no such model or it has no such weights.
    """
    entry = catalogue.find_any_model(model).find_weights(weights)
    return entry is None or entry.bundled or find_file(entry) is not None


def offline_names() -> list[str]:
    """All weights that can be used without a network, as "NAME of MODEL"."""
    return [
        f"{entry.name} of {model.name}"
        for model in catalogue.CATALOGUE
        for entry in model.weights
        if entry.bundled or find_file(entry)
    ]


def fetch_file(model: str, entry: WeightsEntry, progress: Progress | None = None) -> Path:
    """The checked file of downloadable weights, downloaded if this computer lacks it.

    Args:
        model: Whose weights they are, for the sentence.
        entry: A weights entry that is not bundled.
        progress: Called with the bytes so far and in all, about once a megabyte.

    Raises:
        ThawError: If the file is damaged, or there is no network, or no space for it.
    """
    path = find_file(entry) or _download(model, entry, progress)
    check_file(path)
    return path


def check_file(path: Path) -> None:
    """Passes if the sha256 of a file begins as its name says.

    Raises:
        ThawError: If it does not; the sentence names the file.
    """
    found = _HASH.search(path.name)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not found or not digest.startswith(found.group(1)):
        raise ThawError("models.damaged_file", path=str(path))


def _download(model: str, entry: WeightsEntry, progress: Progress | None) -> Path:
    from core import places

    folder = places.weights_root()
    places.require_space(folder, int(entry.file_mb * 2**20))
    _sweep(folder, entry.file)
    part = folder / f"{entry.file}.{os.getpid()}.part"
    try:
        with part.open("wb") as file:
            for chunk in _received(model, entry, progress):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, folder / entry.file)
    except OSError as error:
        raise ThawError(
            "models.not_stored", path=str(folder), file=entry.file, why=error.strerror or str(error)
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return folder / entry.file


def _received(model: str, entry: WeightsEntry, progress: Progress | None) -> Iterator[bytes]:
    """The body of the download; what goes wrong on the network ends in one sentence."""
    try:
        yield from network.received(entry.url, progress)
    except network.Unreachable as why:
        raise ThawError(
            "models.no_network", weights=entry.name, model=model, why=str(why),
            offline=", ".join(offline_names()),
        ) from None


def _sweep(folder: Path, name: str) -> None:
    """Removes parts of this file that a process left which was killed."""
    for part in folder.glob(f"{name}.*.part"):
        pid = part.name.removesuffix(".part").rsplit(".", 1)[-1]
        if portable.is_left_behind(pid):
            with contextlib.suppress(OSError):
                part.unlink()
