"""Pictures, folders and zips, made on the spot."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image


def noise(width: int = 24, height: int = 20, seed: int = 0) -> Image.Image:
    """A picture that no compression makes small."""
    levels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(levels)


def as_file(picture: Image.Image, format: str = "PNG", **options: object) -> bytes:
    """The picture as the content of a file."""
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def classes(*names: str, each: int = 4, base: str = "") -> dict[str, bytes]:
    """Paths and contents of pictures, all different: one folder for each name."""
    return {
        f"{base}{name}/{number}.png": as_file(noise(seed=1000 * place + number))
        for place, name in enumerate(names)
        for number in range(each)
    }


def folder(root: Path, files: Mapping[str, bytes]) -> Path:
    """Writes the files; a name that ends in "/" is a folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir(exist_ok=True)
        else:
            path.write_bytes(content)
    return root


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> io.BytesIO:
    """The files as a zip; a name that ends in "/" is a folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name) if name.endswith("/") else name, content)
    return buffer


def mutant(content: bytes, random: np.random.Generator) -> bytes:
    """The content with some bytes changed, cut out, doubled or put in."""
    data = bytearray(content)
    for _ in range(int(random.integers(1, 6))):
        at = int(random.integers(0, len(data) + 1))
        length = int(random.integers(1, 40))
        kind = int(random.integers(0, 5))
        if kind == 0 and at < len(data):
            data[at] ^= 1 << int(random.integers(0, 8))
        elif kind == 1:
            data[at : at + length] = random.bytes(length)
        elif kind == 2:
            del data[at : at + length]
        elif kind == 3:
            data[at:at] = data[at : at + length]
        else:
            del data[at:]
        data = data or bytearray(b"\0")
    return bytes(data)
