"""The fonts that the letters are drawn with: free ones, brought by the names of their packages."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

PACKAGES = Path(__file__).with_name("fonts.txt")
FREE = ("OFL-1.1", "Apache-2.0", "UFL-1.0", "MIT")


@dataclass(frozen=True)
class Font:
    """One font file with its licence."""

    name: str
    path: Path
    licence: str
    version: str


def package_names() -> list[str]:
    """Names of the font packages, one a line; a line that begins with # says something else."""
    lines = PACKAGES.read_text(encoding="utf-8").split("\n")
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def install(folder: Path) -> None:
    """Brings the packages that are not there yet, by npm.

    Raises:
        subprocess.CalledProcessError: If npm is missing or there is no network.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").touch()
    if not (folder / "package.json").read_text():
        (folder / "package.json").write_text("{}")
    missing = [name for name in package_names() if not _home(folder, name).is_dir()]
    for start in range(0, len(missing), 20):
        names = [f"@fontsource/{name}" for name in missing[start : start + 20]]
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *names],
            cwd=folder, check=True,
        )


def find(folder: Path) -> list[Font]:
    """The installed fonts with a free licence, by name."""
    fonts = []
    for name in package_names():
        home = _home(folder, name)
        files = sorted(home.glob("files/*-latin-400-normal.woff2"))
        if not files:
            continue
        about = json.loads((home / "package.json").read_text(encoding="utf-8"))
        if about.get("license") in FREE:
            fonts.append(Font(name, files[0], about["license"], about["version"]))
    return fonts


def _home(folder: Path, name: str) -> Path:
    return folder / "node_modules" / "@fontsource" / name
