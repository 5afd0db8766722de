"""What a model's card says: the lines that load it, its input, its categories, its source."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.models import bundled, catalogue
from core.models.catalogue import ModelEntry, WeightsEntry

if TYPE_CHECKING:
    from torchvision.models import WeightsEnum

# What `pretrained=True` gives by task, where it takes any at all, whatever else a model has.
OLD_SPELLING_TAKES = {
    "classification": ("IMAGENET1K_V1",),
    "quantization": ("IMAGENET1K_FBGEMM_V1", "IMAGENET1K_QNNPACK_V1"),
    "detection": ("COCO_V1",),
    "segmentation": ("COCO_WITH_VOC_LABELS_V1",),
    "video": ("KINETICS400_V1",),
    "optical_flow": (),  # its default, which is another one for each model
}
_NO_OLD_SPELLING = frozenset({"regnet_y_128gf", "vit_h_14"})  # came later, with other weights
# torchvision counted its detectors on a picture of noise: (proposals, detections) that it found
# there, None for all proposals. The others agree with one object among all proposals.
COUNTED_WITH: dict[tuple[str, str], tuple[int | None, int]] = {
    ("fasterrcnn_mobilenet_v3_large_320_fpn", "COCO_V1"): (0, 0),
    ("fasterrcnn_mobilenet_v3_large_fpn", "COCO_V1"): (0, 0),
    ("keypointrcnn_resnet50_fpn", "COCO_LEGACY"): (None, 0),
    ("maskrcnn_resnet50_fpn", "COCO_V1"): (None, 0),
    ("maskrcnn_resnet50_fpn_v2", "COCO_V1"): (None, 100),
}


@dataclass(frozen=True)
class Loading:
    """One way to write it.

    Attributes:
        how: One of `"name"`, `"enum"`, `"old"`, `"thaw"`, `"file"`.
        code: Runs as it stands, for `"file"` in Thaw's own folder, and leaves `model`.
    """

    how: str
    code: str


# --- the lines that load it -------------------------------------------------------------------


def loading_lines(name: str, weights: str) -> tuple[Loading, ...]:
    """Every way to load exactly these weights, the one to prefer first.

    Without an old spelling where `pretrained=True` would not give these weights.

    Args:
        name: A model of any task.
        weights: One of its entries, or `"none"` for random numbers.

    Raises:
        ThawError: If there is no such model or it has no such weights.
    """
    model = catalogue.find_any_model(name)
    entry = model.find_weights(weights)
    if entry is None:
        return _lines_without_weights(model)
    if entry.bundled:
        return _lines_of_bundled(name, entry)
    package, builder = _builder(name)
    enum = type(_published(name, weights)).__name__
    # Weights of eight bits fit the quantized architecture alone, and it has to be asked for.
    more = ", quantize=True" if model.task == "quantization" else ""
    ways = [
        Loading("name", f'from torchvision.models import get_model\n\n'
                        f'model = get_model("{name}", weights="{weights}"{more})'),
        Loading("enum", f"from {package} import {enum}, {builder}\n\n"
                        f"weights = {enum}.{weights}\n"
                        f"model = {builder}(weights=weights{more})\n"
                        f"preprocess = weights.transforms()"),
    ]
    if weights == old_spelling_gives(model):
        ways.append(_old(name, f"pretrained=True{more}"))
    return tuple(ways)


def old_spelling_gives(model: ModelEntry) -> str:
    """The weights that `pretrained=True` loads; "" where it loads none."""
    if model.name in _NO_OLD_SPELLING:
        return ""
    takes = OLD_SPELLING_TAKES[model.task] or (model.default_weights,)
    return next((one.name for one in model.weights if one.name in takes), "")


def _lines_without_weights(model: ModelEntry) -> tuple[Loading, ...]:
    package, builder = _builder(model.name)
    # These two look for a trained backbone where nothing is said of it.
    bare = ", weights_backbone=None" if model.task in ("detection", "segmentation") else ""
    old = ", pretrained_backbone=False" if bare else ""
    return (
        Loading("name", f'from torchvision.models import get_model\n\n'
                        f'model = get_model("{model.name}", weights=None{bare})'),
        Loading("enum", f"from {package} import {builder}\n\n"
                        f"model = {builder}(weights=None{bare})"),
        _old(model.name, f"pretrained=False{old}"),
    )


def _lines_of_bundled(name: str, entry: WeightsEntry) -> tuple[Loading, ...]:
    path = f"core/models/{bundled.FOLDER.name}/{bundled.find_bundled(name, entry.name).file}"
    return (
        Loading("thaw", f"from core.models.build import build_model\n\n"
                        f'model = build_model("{name}", "{entry.name}", num_classes=None).model'),
        Loading("file", f"import torch\nfrom torchvision.models import get_model\n\n"
                        f'model = get_model("{name}", weights=None, '
                        f"num_classes={entry.categories})\n"
                        f'state = torch.load("{path}", weights_only=True)\n'
                        f"model.load_state_dict(state)"),
    )


def _old(name: str, argument: str) -> Loading:
    package, builder = _builder(name)
    return Loading("old", f"from {package} import {builder}\n\nmodel = {builder}({argument})")


def _builder(name: str) -> tuple[str, str]:
    """The package that hands it on, and what it is called there: no "quantized_" in front."""
    from torchvision.models import get_model_builder

    builder = get_model_builder(name)
    parts = builder.__module__.split(".")  # torchvision.models[.detection].faster_rcnn
    return ".".join(parts[:-1]), builder.__name__


# --- what goes in, what comes out ---------------------------------------------------------------


def transform_rows(model: ModelEntry, entry: WeightsEntry) -> tuple[tuple[str, str], ...]:
    """What an input goes through before the model sees it, step by step."""
    if model.task == "detection":
        return (("scale", "0 … 255 becomes 0 … 1"),
                ("in the model", "it resizes and normalises each picture by itself"))
    if model.task == "optical_flow":
        return (("pictures", "two of one size, with sides that 8 divides"),
                ("scale", "0 … 255 becomes 0 … 1"),
                ("mean", "0.5, 0.5, 0.5"), ("std", "0.5, 0.5, 0.5"))
    steps = [("resize", f"{_resizing(model, entry)}, {entry.interpolation}")]
    if model.task != "segmentation":
        steps.append(("crop", f"the middle {entry.crop_size} × {entry.crop_size} px"))
    if model.task == "video":
        steps.insert(0, ("clip", f"{catalogue.CLIP_FRAMES} frames, as torchvision counts"))
    return (*steps, ("scale", "0 … 255 becomes 0 … 1"),
            ("mean", _numbers(entry.mean)), ("std", _numbers(entry.std)))


def _resizing(model: ModelEntry, entry: WeightsEntry) -> str:
    if model.task == "video":
        sides = _published(model.name, entry.name).transforms().resize_size
        if len(sides) == 2:
            return f"to {sides[0]} × {sides[1]} px"
    return f"shorter side to {entry.resize_size} px"


def category_names(name: str, weights: str) -> tuple[str, ...]:
    """The class of each output as its publisher names it; () if the head was not trained.

    Raises:
        ThawError: If there is no such model or it has no such weights.
    """
    entry = catalogue.find_any_model(name).find_weights(weights)
    if entry is None or not entry.categories:
        return ()
    if entry.bundled:
        return bundled.find_bundled(name, weights).categories
    return tuple(_published(name, weights).meta["categories"])


def _published(name: str, weights: str) -> "WeightsEnum":
    from torchvision.models import get_model_weights

    return get_model_weights(name)[weights]


def _numbers(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values)
