"""The data set of an exploration as lines of Python that need nothing of Thaw."""

import os
from collections.abc import Sequence

from core.data import datasets, torchvision_sets
from core.data.exploration import Exploration
from core.data.loader_code_part import Part, source_of

_PICTURES = '''\
class Pictures(Dataset):
    # Labelled pictures: float32 [3, H, W] in [0, 1] and an int label.

    def __init__(self, images, targets, classes, size=None):
        self.images = images  # images[i] is uint8 [3, H, W]
        self.targets, self.classes = targets, classes
        steps = [v2.ToDtype(torch.float32, scale=True)]
        if size is not None:
            steps.insert(0, v2.Resize((size, size), antialias=True))
        self.transform = v2.Compose(steps)

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, index):
        return self.transform(self.images[index]), int(self.targets[index])'''

_DRAWN = '''\
class Drawn:
    # Pictures that are drawn when they are asked for.

    def __getitem__(self, index):
        return torch.from_numpy(draw_shape(index)[0]).permute(2, 0, 1).contiguous()'''

_GREY = '''\
found = load_digits()
grey = np.rint(found.images * (255 / 16)).astype(np.uint8)  # [N, 8, 8], 0 to 16 before
images = torch.from_numpy(grey)[:, None].expand(-1, 3, -1, -1)
classes = [str(digit) for digit in found.target_names]
'''

_TABLE = '''\
found = {load}()
dataset = TableDataset(found.data, found.target, [str(name) for name in found.target_names])'''

_IN_MEMORY = '''\
pixels = np.concatenate([np.asarray(split.data) for split in splits])
targets = np.concatenate([np.asarray(split.targets) for split in splits])
images = torch.from_numpy(pixels)  # grey [N, H, W] or colour [N, H, W, 3]
images = images.permute(0, 3, 1, 2) if images.ndim == 4 else images[:, None]
images, classes = images.expand(-1, 3, -1, -1), splits[0].classes'''

_PHOTOGRAPHS = '''\
files = [file for split in splits for file in split.{files}]
targets = np.concatenate([np.array(split._labels) for split in splits])
images, classes = PictureFiles(files), splits[0].classes'''

_FILES = '''\
class PictureFiles:
    # Pictures that are read when they are asked for: uint8 [3, H, W], upright, RGB.

    def __init__(self, files):
        self.files = files

    def __getitem__(self, index):
        picture = _as_rgb(ImageOps.exif_transpose(Image.open(self.files[index])))
        return torch.from_numpy(np.array(picture)).permute(2, 0, 1).contiguous()'''

_AS_IMAGE_FOLDER = '''\
folder = datasets.ImageFolder({folder!r})  # for the files of each class
files, targets = [file for file, _ in folder.samples], np.array(folder.targets)
images, classes = PictureFiles(files), folder.classes'''

_LISTED = '''\
folder = Path({folder!r})
classes = {classes!r}
samples = [
{samples}
]
files, targets = [folder / name for name, _ in samples], np.array([one for _, one in samples])
images = PictureFiles(files)'''

_DATASET = "\ndataset = Pictures(images, targets, classes{size})"

_OWN = {"Pictures": _PICTURES, "Drawn": _DRAWN}
# Classes and functions of this package by module (or of our own), and the lines behind them.
_MADE: dict[str, tuple[tuple[tuple[str, ...], ...], str]] = {
    "digits": (
        (("Pictures",),), _GREY + "dataset = Pictures(images, found.target, classes{size})"
    ),
    "iris": ((("samples", "TableDataset"),), _TABLE.replace("{load}", "load_iris")),
    "wine": ((("samples", "TableDataset"),), _TABLE.replace("{load}", "load_wine")),
    "example": ((("samples", "ExampleDataset"),), "dataset = ExampleDataset()"),
    "shapes": (
        (("Pictures",), ("generated", "draw_shape"), ("Drawn",)),
        "targets = np.array([draw_shape(index)[1] for index in range(300)])\n"
        'dataset = Pictures(Drawn(), targets, ["circle", "square", "triangle"]{size})',
    ),
    "long_tail": (
        (("Pictures",), ("generated", "long_tail")),
        _GREY + "kept = long_tail(found.target)\n"
        "dataset = Pictures(images[kept], found.target[kept], classes{size})",
    ),
    "noisy": (
        (("Pictures",), ("generated", "NoisyDataset")),
        _GREY + "dataset = NoisyDataset(Pictures(images, found.target, classes{size}))",
    ),
    "slow": (
        (("Pictures",), ("generated", "SlowDataset")),
        _GREY + "dataset = SlowDataset(Pictures(images, found.target, classes{size}), 5.0)",
    ),
    "sentences": (
        (("sentences", "SENTENCES"), ("generated", "SentenceDataset")),
        "dataset = SentenceDataset(SENTENCES)",
    ),
    "random_5000": ((("generated", "RandomTensors"),), "dataset = RandomTensors(5000)"),
    "random_10000": ((("generated", "RandomTensors"),), "dataset = RandomTensors(10_000)"),
    "stream": ((("generated", "NumberStream"),), "dataset = NumberStream()"),
    "stream_split": (
        (("generated", "NumberStream"), ("generated", "SplitNumberStream")),
        "dataset = SplitNumberStream()",
    ),
}


def data_part(wanted: Exploration) -> Part:
    """The part that makes `dataset`.

    Raises:
        ThawError: If a folder or an upload can't be found.
    """
    entry = datasets.find_dataset(wanted.data)
    size = "" if wanted.size is None else f", size={wanted.size}"
    if entry.name in _MADE:
        sources, lines = _MADE[entry.name]
        return Part(tuple(map(_source, sources)), lines.format(size=size))
    found = images_part(wanted.data, wanted.path)
    return Part((_PICTURES, *found.sources), found.lines + _DATASET.format(size=size))


def images_part(name: str, path: str = "") -> Part:
    """The part that makes `images` (uint8 [3, H, W] by index), `targets` [N] and `classes`.

    Args:
        name: Of a data set that can be trained on.
        path: Folder of "folder"; id of "upload".

    Raises:
        ThawError: If a folder or an upload can't be found.
    """
    entry = datasets.find_dataset(name)
    if entry.name == "digits":
        return Part((), _GREY + "targets = found.target")
    return _of_torchvision(entry) if entry.torchvision else _of_files(name, path)


def _source(way: tuple[str, ...]) -> str:
    return _OWN[way[0]] if way[0] in _OWN else source_of(*way)


def _of_torchvision(entry: datasets.DatasetEntry) -> Part:
    name = entry.torchvision
    splits = "\n".join(
        f"    datasets.{name}('data', "
        + "".join(f"{key}={value!r}, " for key, value in one.items()) + "download=True),"
        for one in torchvision_sets.splits_of(entry)
    )
    begin = f"splits = [  # all of them, one behind the other\n{splits}\n]\n"
    photographs = {"Flowers102": "_image_files", "OxfordIIITPet": "_images"}
    if name in photographs:
        return Part(_with_files(), begin + _PHOTOGRAPHS.format(files=photographs[name]))
    return Part((), begin + _IN_MEMORY)


def _with_files() -> tuple[str, ...]:
    return (*(source_of("pictures", name) for name in ("_as_rgb", "_stretched")), _FILES)


def _of_files(data: str, path: str) -> Part:
    from core.data import image_folder, uploads

    scan = image_folder.scan if data == "folder" else uploads.scan_upload
    found = scan(path)
    names = [str(file) for file in found.files]
    if data == "folder":
        folder = str(image_folder.folder_of(path))
    else:
        folder = os.path.commonpath([os.path.dirname(name) for name in names])
    if _is_plain(folder, names, found.targets.tolist(), found.classes):
        return Part(_with_files(), _AS_IMAGE_FOLDER.format(folder=folder))
    samples = "\n".join(
        f"    ({os.path.relpath(name, folder)!r}, {target}),"
        for name, target in zip(names, found.targets.tolist(), strict=True)
    )
    lines = _LISTED.format(folder=folder, classes=list(found.classes), samples=samples)
    return Part(_with_files(), lines)


# What torchvision's ImageFolder takes for a picture.
_SUFFIXES = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


def _is_plain(
    folder: str, files: Sequence[str], targets: Sequence[int], classes: Sequence[str]
) -> bool:
    """Whether ImageFolder finds the same files in the same order with the same labels."""
    names = sorted(one.name for one in os.scandir(folder) if one.is_dir())
    if names != list(classes):
        return False
    found = [
        (os.path.join(base, name), place)
        for place, one in enumerate(names)
        for base, _, inside in sorted(os.walk(os.path.join(folder, one), followlinks=True))
        for name in sorted(inside) if name.lower().endswith(_SUFFIXES)
    ]
    return found == list(zip(files, targets, strict=True))
