"""What a model's card says: the lines that load it, its input, its categories, its source."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.models import bundled, catalogue
from core.models.catalogue import WeightsEntry

if TYPE_CHECKING:
    from torchvision.models import WeightsEnum

OLD_SPELLING_TAKES = "IMAGENET1K_V1"  # whatever else a model has, where it takes any at all
_NO_OLD_SPELLING = frozenset({"regnet_y_128gf", "vit_h_14"})  # came later, with other weights


@dataclass(frozen=True)
class Loading:
    """One way to write it.

    Attributes:
        how: One of `"name"`, `"enum"`, `"old"`, `"thaw"`, `"file"`.
        code: Runs as it stands, for `"file"` in Thaw's own folder, and leaves `model`.
    """

    how: str
    code: str


def loading_lines(name: str, weights: str) -> tuple[Loading, ...]:
    """Every way to load exactly these weights, the one to prefer first.

    Without an old spelling where `pretrained=True` would not give these weights.

    Args:
        name: A model that can be trained.
        weights: One of its entries, or `"none"` for random numbers.

    Raises:
        ThawError: If there is no such model or it has no such weights.
    """
    entry = catalogue.find_weights(name, weights)
    if entry is None:
        return _lines_without_weights(name)
    if entry.bundled:
        return _lines_of_bundled(name, entry)
    enum = type(_published(name, weights)).__name__
    ways = [
        Loading("name", f'from torchvision.models import get_model\n\n'
                        f'model = get_model("{name}", weights="{weights}")'),
        Loading("enum", f"from torchvision.models import {enum}, {name}\n\n"
                        f"weights = {enum}.{weights}\n"
                        f"model = {name}(weights=weights)\n"
                        f"preprocess = weights.transforms()"),
    ]
    if weights == OLD_SPELLING_TAKES and name not in _NO_OLD_SPELLING:
        ways.append(_old(name, "pretrained=True"))
    return tuple(ways)


def transform_rows(entry: WeightsEntry) -> tuple[tuple[str, str], ...]:
    """What a picture goes through before the model sees it, step by step."""
    return (
        ("resize", f"shorter side to {entry.resize_size} px, {entry.interpolation}"),
        ("crop", f"the middle {entry.crop_size} × {entry.crop_size} px"),
        ("scale", "0 … 255 becomes 0 … 1"),
        ("mean", _numbers(entry.mean)),
        ("std", _numbers(entry.std)),
    )


def category_names(name: str, weights: str) -> tuple[str, ...]:
    """The class of each output as its publisher names it; () if the head was not trained.

    Raises:
        ThawError: If there is no such model or it has no such weights.
    """
    entry = catalogue.find_weights(name, weights)
    if entry is None or not entry.categories:
        return ()
    if entry.bundled:
        return bundled.find_bundled(name, weights).categories
    return tuple(_published(name, weights).meta["categories"])


def _lines_without_weights(name: str) -> tuple[Loading, ...]:
    return (
        Loading("name", f'from torchvision.models import get_model\n\n'
                        f'model = get_model("{name}", weights=None)'),
        Loading("enum", f"from torchvision.models import {name}\n\nmodel = {name}(weights=None)"),
        _old(name, "pretrained=False"),
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
    return Loading("old", f"from torchvision.models import {name}\n\nmodel = {name}({argument})")


def _published(name: str, weights: str) -> "WeightsEnum":
    from torchvision.models import get_model_weights

    return get_model_weights(name)[weights]


def _numbers(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values)
