"""A zip of images becomes an upload: checked, converted once, kept under names of our own.

Nothing of a zip becomes part of a path. The folder is made under another name and renamed when
it is whole.
"""

import contextlib
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from core import places, portable
from core.data import class_folders, zip_plan
from core.data.class_folders import Layout, Placing
from core.data.uploads import Upload, find_upload
from core.data.zip_pictures import Progress, Taken, convert
from core.messages import ThawError


def import_zip(file: BinaryIO, name: str, *, progress: Progress | None = None) -> Upload:
    """Takes the images of a zip in.

    Args:
        file: The zip, seekable.
        name: Of its file; becomes the title.
        progress: Told the pictures so far and in all.

    Raises:
        ThawError: If the zip is refused, holds too little to train on, or there is no space
            for it. Nothing of it is kept then.
    """
    title = class_folders.clean(name.replace("\\", "/").rsplit("/", 1)[-1])
    with zip_plan.open_zip(file, title) as archive:
        plan = zip_plan.plan(archive, title)
        paths = [zip_plan.path_of(entry) for entry in plan.entries]
        placing = class_folders.place(paths, plan.others, where=title)
        places.require_space(places.uploads_root(), plan.bytes)
        with _new_folder() as folder:
            taken = convert(archive, plan, placing, folder, progress)
            index = _index(title, plan, placing, taken)
            for unused in {one.file for one in taken if one.file} - set(index["files"]):
                (folder / unused).unlink()
            portable.write_json(folder / "upload.json", index)
            upload_id = _keep(folder)
    return find_upload(upload_id)


def _index(
    title: str, plan: zip_plan.Plan, placing: Placing, taken: Sequence[Taken]
) -> dict[str, Any]:
    kept = [
        place if one.file else None for place, one in zip(placing.places, taken, strict=True)
    ]
    if not any(kept):
        raise ThawError("data.none_readable", where=title, count=len(taken))
    layout = class_folders.arrange(kept, placing.expected, where=title)
    problems = [one.problem for one in taken if one.problem]
    left_out = (*plan.left_out, *placing.left_out, *problems, *layout.left_out)
    return {
        "title": title,
        "created": time.time(),
        "classes": layout.classes,
        "targets": layout.targets.tolist(),
        "official_test": _as_list(layout),
        "files": [taken[number].file for number in layout.used],
        "fingerprint": _fingerprint(layout, taken),
        "left_out": [problem.as_dict() for problem in left_out],
        "notices": [problem.as_dict() for problem in layout.notices],
    }


def _as_list(layout: Layout) -> list[int] | None:
    return None if layout.official_test is None else layout.official_test.tolist()


def _fingerprint(layout: Layout, taken: Sequence[Taken]) -> str:
    content = [taken[number].sha256 for number in layout.used]
    found = (layout.classes, layout.targets.tolist(), _as_list(layout), content)
    return hashlib.sha256(repr(found).encode()).hexdigest()[:16]


@contextlib.contextmanager
def _new_folder() -> Iterator[Path]:
    """A folder that is gone afterwards, unless it was kept."""
    root = places.uploads_root()
    _sweep(root)
    folder = root / f".{os.getpid()}-{secrets.token_hex(6)}.part"
    try:
        folder.mkdir()
        yield folder
    except OSError as error:
        raise ThawError(
            "data.upload_not_stored", path=str(root), why=error.strerror or str(error)
        ) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _keep(folder: Path) -> str:
    """Gives the folder its final name."""
    upload_id = secrets.token_hex(6)
    portable.sync_folder(folder)
    os.rename(folder, folder.parent / upload_id)
    portable.sync_folder(folder.parent)
    return upload_id


def _sweep(root: Path) -> None:
    """Removes what a process left that was killed."""
    for part in root.glob(".*.part"):
        pid = part.name[1:].split("-")[0]
        if portable.is_left_behind(pid):
            shutil.rmtree(part, ignore_errors=True)
