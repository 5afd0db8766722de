"""What a child in the box sees of the surroundings: no variable of the server's, only Python."""

import os
import sys
from pathlib import Path

import psutil

PROJECT = Path(__file__).parents[2]


def environment(home: str = "/") -> dict[str, str]:
    """All variables of a child; none of those that the server was started with.

    Args:
        home: Its home folder, and where it puts temporary files.
    """
    found = {
        "PATH": os.defpath,
        "HOME": home,
        "TMPDIR": home,
        "TEMP": home,
        "LANG": "C.UTF-8",
        "CUDA_VISIBLE_DEVICES": "",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(map(str, [PROJECT, *extra_packages()])),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if sys.platform == "win32":  # Python does not start without it there
        found["SYSTEMROOT"] = os.environ.get("SYSTEMROOT", r"C:\Windows")
    return found


def extra_packages() -> list[Path]:
    """Folders of packages beside the interpreter's own, such as those in a person's home."""
    homes = [Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()]
    found = {Path(entry).resolve() for entry in sys.path if entry}
    return sorted(
        path for path in found
        if path.name in ("site-packages", "dist-packages") and path.is_dir()
        and not any(path.is_relative_to(home) for home in homes)
    )


def others() -> int:
    """Processes and threads that this user has already on this computer."""
    if not hasattr(os, "getuid"):
        return 0
    own, count = os.getuid(), 0
    for process in psutil.process_iter(["uids", "num_threads"]):
        uids = process.info["uids"]
        if uids is not None and uids.real == own:
            count += process.info["num_threads"] or 1
    return count
