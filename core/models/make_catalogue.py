"""Makes the catalogue's files from torchvision: `python -m core.models.make_catalogue`.

Every figure is torchvision's own, read from its weights entries; nothing is typed by hand but
the names of families and of the licences behind the addresses that torchvision gives.
"""

import json
import math
import re
from pathlib import Path
from urllib.parse import urlparse

import torchvision
from torchvision import models

# Name of torchvision's module -> family, where a shorter name is usual.
FAMILIES = {
    "mobilenetv2": "mobilenet_v2",
    "mobilenetv3": "mobilenet_v3",
    "shufflenetv2": "shufflenet",
    "swin_transformer": "swin",
    "vision_transformer": "vit",
}

# Address that torchvision gives -> licence that is found there.
LICENCES = {
    "https://github.com/facebookresearch/SWAG/blob/main/LICENSE": "CC BY-NC 4.0",
}


# Side of the pictures on which torchvision counts the models that take any size.
COUNTED_SIDE = 512


def build_catalogue() -> dict:
    """torchvision's version, and every classification model with its weights, as plain data."""
    return _catalogue(models.list_models(module=models))


def build_others() -> dict:
    """The same for all other models of torchvision's registry."""
    ours = set(models.list_models(module=models))
    return _catalogue([name for name in models.list_models() if name not in ours])


def _catalogue(names: list[str]) -> dict:
    return {
        "torchvision": torchvision.__version__.split("+")[0],
        "models": [_model(name) for name in names],
    }


def _model(name: str) -> dict:
    package, module = models.get_model_builder(name).__module__.split(".")[-2:]
    enum = models.get_model_weights(name)
    default = enum.DEFAULT
    return {
        "name": name,
        "task": "classification" if package == "models" else package,
        "family": FAMILIES.get(module, module),
        "params": default.meta["num_params"],
        "gmacs": default.meta["_ops"],
        "input_size": _sizes(default.transforms())[1],
        "min_size": default.meta["min_size"][0],
        "default_weights": default.name,
        "weights": [_weights(weights) for weights in enum],
    }


def _weights(weights: models.WeightsEnum) -> dict:
    meta, transform = weights.meta, weights.transforms()
    data, metrics = next(iter(meta["_metrics"].items()))
    resize_size, crop_size = _sizes(transform)
    interpolation = getattr(transform, "interpolation", None)
    licence_url = meta.get("license", "")
    return {
        "name": weights.name,
        "params": meta["num_params"],
        "gmacs": meta["_ops"],
        "acc1": _stated(metrics.get("acc@1")),
        "acc5": _stated(metrics.get("acc@5")),
        "file_mb": meta["_file_size"],
        "url": weights.url,
        "file": urlparse(weights.url).path.rsplit("/", 1)[-1],
        "min_size": meta["min_size"][0],
        "resize_size": resize_size,
        "crop_size": crop_size,
        "interpolation": interpolation.value if interpolation else "",
        "mean": getattr(transform, "mean", ()),
        "std": getattr(transform, "std", ()),
        # vgg16's IMAGENET1K_FEATURES has a head full of NaN and names no classes.
        "categories": len(meta.get("categories") or ()),
        "data": data,
        "about": _plain(meta["_docs"]),
        "recipe_url": meta.get("recipe") or "",
        "licence": LICENCES[licence_url] if licence_url else "",
        "licence_url": licence_url,
        "metrics": [
            {"data": measured_on, "name": name, "value": value}
            for measured_on, values in meta["_metrics"].items()
            for name, value in values.items()
            if _stated(value) is not None
        ],
    }


def _sizes(transform: object) -> tuple[int, int]:
    """Of the shorter side after resizing and of the crop, in pixels."""
    resize = getattr(transform, "resize_size", None)
    crop = getattr(transform, "crop_size", None)
    first = resize[0] if resize else COUNTED_SIDE
    return first, crop[0] if crop else first


def _stated(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value


def _plain(text: str) -> str:
    """torchvision's note without reStructuredText's marks: `name <url>`_ becomes name."""
    words = re.sub(r"`([^`<]+?)(?: <[^>]*>)?`_?", r"\1", " ".join(text.split()))
    return re.sub(r"(?<=\w)_(?=\W|$)", "", words)


def main() -> None:
    """Writes both files beside this one."""
    for name, made in (("catalogue", build_catalogue()), ("catalogue_others", build_others())):
        text = json.dumps(made, indent=1, ensure_ascii=False)
        path = Path(__file__).with_name(f"{name}.json")
        path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
