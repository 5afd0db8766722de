"""The models and weights there are to choose from, as data: no torch is imported here.

`CATALOGUE` is what can be trained: classification. `OTHERS` is the rest of torchvision's
registry, which can be listed and summarised. `catalogue.json` and `catalogue_others.json` lie
beside this file. `python -m core.models.make_catalogue` makes them from torchvision itself, and
a test compares them with the torchvision that is installed.
"""

import difflib
import json
from dataclasses import dataclass
from pathlib import Path

from core.messages import ThawError
from core.models import bundled

NO_WEIGHTS = "none"
CLIP_FRAMES = 16  # of the clips on which torchvision counts the video models
_VIT_SIDE = 224  # of the bare constructor; its position table fits no other size
_FILE = Path(__file__).with_name("catalogue.json")
_OTHERS_FILE = Path(__file__).with_name("catalogue_others.json")


@dataclass(frozen=True)
class Metric:
    """One measurement that the publisher of weights states.

    Attributes:
        data: What was measured on, such as `"COCO-val2017"`.
        name: As torchvision names it, such as `"acc@1"`, `"box_map"`, `"miou"` or `"epe"`.
        value: In percent, but for `"epe"`, which is in pixels.
    """

    data: str
    name: str
    value: float


@dataclass(frozen=True)
class WeightsEntry:
    """One set of trained weights of a model, with what its publisher says of it.

    Attributes:
        name: Name of the entry, such as `"IMAGENET1K_V1"`.
        bundled: Whether it comes with Thaw and so needs no network.
        params: Parameters of the architecture that ships with these weights.
        gmacs: Multiply-adds of one input in 10^9; torchvision prints them as GFLOPS.
        acc1: Top-1 accuracy in percent on the weights' own test data; None if not stated.
        acc5: Top-5 accuracy in percent; None if not stated.
        file_mb: Size of the file in MB (2^20 bytes), as torchvision states it.
        url: Where the file is downloaded from; "" if bundled.
        file: Name of the file in torch's hub cache; "" if bundled.
        min_size: Smallest height and width of a picture that the model takes, in pixels.
        resize_size: Shorter side after resizing, in pixels, before the crop.
        crop_size: Height and width of the model's input in pixels; where the model takes any
            (detection, optical flow), those at which torchvision counted.
        interpolation: Of the resizing, such as `"bilinear"`.
        mean: Of each channel, for the normalisation; () where the model normalises by itself.
        std: Of each channel, likewise.
        categories: Number of classes of the trained head; 0 if the head was not trained.
        data: What the weights were trained on and are measured on, such as `"ImageNet-1K"`.
        about: A sentence or two by the publisher.
        recipe_url: How they were trained; "" if not stated.
        licence: Licence of the weights; "" if torchvision states none.
        licence_url: Its text; "" if torchvision states none.
        metrics: All that is stated, accuracies included.
    """

    name: str
    bundled: bool
    params: int
    gmacs: float
    acc1: float | None
    acc5: float | None
    file_mb: float
    url: str
    file: str
    min_size: int
    resize_size: int
    crop_size: int
    interpolation: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    categories: int
    data: str = ""
    about: str = ""
    recipe_url: str = ""
    licence: str = ""
    licence_url: str = ""
    metrics: tuple[Metric, ...] = ()

    def metric(self, name: str) -> Metric | None:
        """The first stated measurement of that name."""
        return next((one for one in self.metrics if one.name == name), None)


@dataclass(frozen=True)
class ModelEntry:
    """One model of torchvision.

    Attributes:
        name: As `torchvision.models.get_model` takes it.
        task: One of `TASKS`.
        family: Models of one task and family have their last layer in the same place.
        params: Parameters as torchvision publishes them for its default weights.
        gmacs: Multiply-adds of one input in 10^9, for the same weights.
        input_size: Height and width in pixels at which that was counted.
        min_size: Smallest height and width in pixels that torchvision states.
        default_weights: The bundled entry if there is one, else torchvision's DEFAULT.
        weights: All its entries, the bundled one first.
    """

    name: str
    task: str
    family: str
    params: int
    gmacs: float
    input_size: int
    min_size: int
    default_weights: str
    weights: tuple[WeightsEntry, ...]

    @property
    def bare_size(self) -> int:
        """Height and width in pixels for the bare constructor, which has no weights to ask."""
        return _VIT_SIDE if self.family == "vit" else self.input_size

    def input_shape(self, weights: str) -> tuple[int, ...]:
        """Of one input: (channels, height, width), with the frames before the height for video.

        Optical flow takes two of them.

        Raises:
            ThawError: If it has no such weights.
        """
        chosen = self.find_weights(weights)
        side = chosen.crop_size if chosen else self.bare_size
        return (3, CLIP_FRAMES, side, side) if self.task == "video" else (3, side, side)

    def find_weights(self, weights: str) -> WeightsEntry | None:
        """Its weights of that name; None for `"none"`.

        Raises:
            ThawError: If it has no such weights.
        """
        if weights == NO_WEIGHTS:
            return None
        for found in self.weights:
            if found.name == weights:
                return found
        known = ", ".join([found.name for found in self.weights] + [NO_WEIGHTS])
        raise ThawError("models.unknown_weights", name=weights, model=self.name, known=known)


def find_model(name: str) -> ModelEntry:
    """The entry of a model that can be trained.

    Raises:
        ThawError: If there is no such model, naming the nearest ones, or it has another task.
    """
    if name not in _BY_NAME and name in _OTHERS_BY_NAME:
        task = _OTHERS_BY_NAME[name].task.replace("_", " ")
        raise ThawError("models.not_trained_here", name=name, task=task)
    return _find(name, _BY_NAME)


def find_any_model(name: str) -> ModelEntry:
    """The entry of a model of any task.

    Raises:
        ThawError: If there is no such model; names the nearest ones.
    """
    return _find(name, _ALL_BY_NAME)


def find_weights(model: str, weights: str) -> WeightsEntry | None:
    """The weights of that name of a model that can be trained; None for `"none"`.

    Raises:
        ThawError: If there is no such model or it has no such weights.
    """
    return find_model(model).find_weights(weights)


def size_in_training(model: str, weights: str) -> int:
    """Height and width in pixels of a model's input where a recipe leaves it open.

    Raises:
        ThawError: If there is no such model or it has no such weights.
    """
    entry = find_model(model)
    if chosen := find_weights(model, weights):
        return chosen.crop_size
    default = find_weights(model, entry.default_weights)
    # Without weights a model trains at the size of the bundled ones, to be compared with them.
    return default.crop_size if default and default.bundled else entry.bare_size


def _find(name: str, known: dict[str, ModelEntry]) -> ModelEntry:
    if name not in known:
        if near := difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.5):
            raise ThawError("models.unknown_near", name=name, near=", ".join(near))
        raise ThawError("models.unknown", name=name)
    return known[name]


def _read(file: Path) -> tuple[ModelEntry, ...]:
    raw = json.loads(file.read_text(encoding="utf-8"))
    return tuple(_entry(model) for model in raw["models"])


def _entry(raw: dict) -> ModelEntry:
    shipped = _bundled_of(raw["name"])
    weights = tuple(
        WeightsEntry(**{**one, "bundled": False, "mean": tuple(one["mean"]),
                        "std": tuple(one["std"]),
                        "metrics": tuple(Metric(**metric) for metric in one["metrics"])})
        for one in raw["weights"]
    )
    default = shipped[0].name if shipped else raw["default_weights"]
    return ModelEntry(**{**raw, "default_weights": default, "weights": shipped + weights})


def _bundled_of(model: str) -> tuple[WeightsEntry, ...]:
    return tuple(
        WeightsEntry(
            name=weights.name, bundled=True, params=weights.params, gmacs=weights.gmacs,
            acc1=weights.accuracy, acc5=None,
            file_mb=round((bundled.FOLDER / weights.file).stat().st_size / 2**20, 3),
            url="", file="", min_size=1, resize_size=weights.input_size,
            crop_size=weights.input_size, interpolation="bilinear", mean=weights.mean,
            std=weights.std, categories=len(weights.categories), data="rendered letters",
            about="Learned to read letters of free fonts; comes with Thaw.", licence="MIT",
            metrics=(Metric("rendered letters", "acc@1", weights.accuracy),),
        )
        for weights in bundled.bundled_for(model)
    )


CATALOGUE: tuple[ModelEntry, ...] = _read(_FILE)
OTHERS: tuple[ModelEntry, ...] = _read(_OTHERS_FILE)
TASKS = tuple(dict.fromkeys(entry.task for entry in CATALOGUE + OTHERS))
_BY_NAME = {entry.name: entry for entry in CATALOGUE}
_OTHERS_BY_NAME = {entry.name: entry for entry in OTHERS}
_ALL_BY_NAME = _BY_NAME | _OTHERS_BY_NAME
