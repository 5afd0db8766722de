"""Makes `catalogue.json` from the installed torchvision: `python -m core.models.make_catalogue`.

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


def build_catalogue() -> dict:
    """torchvision's version, and every classification model with its weights, as plain data."""
    names = models.list_models(module=models)
    return {
        "torchvision": torchvision.__version__.split("+")[0],
        "models": [_model(name) for name in names],
    }


def _model(name: str) -> dict:
    module = models.get_model_builder(name).__module__.rsplit(".", 1)[-1]
    enum = models.get_model_weights(name)
    default = enum.DEFAULT
    return {
        "name": name,
        "task": "classification",
        "family": FAMILIES.get(module, module),
        "params": default.meta["num_params"],
        "gmacs": default.meta["_ops"],
        "input_size": default.transforms().crop_size[0],
        "min_size": default.meta["min_size"][0],
        "default_weights": default.name,
        "weights": [_weights(weights) for weights in enum],
    }


def _weights(weights: models.WeightsEnum) -> dict:
    meta, transform = weights.meta, weights.transforms()
    ((data, metrics),) = meta["_metrics"].items()
    licence_url = meta.get("license", "")
    return {
        "name": weights.name,
        "params": meta["num_params"],
        "gmacs": meta["_ops"],
        "acc1": _stated(metrics["acc@1"]),
        "acc5": _stated(metrics["acc@5"]),
        "file_mb": meta["_file_size"],
        "url": weights.url,
        "file": urlparse(weights.url).path.rsplit("/", 1)[-1],
        "min_size": meta["min_size"][0],
        "resize_size": transform.resize_size[0],
        "crop_size": transform.crop_size[0],
        "interpolation": transform.interpolation.value,
        "mean": transform.mean,
        "std": transform.std,
        # vgg16's IMAGENET1K_FEATURES has a head full of NaN and names no classes.
        "categories": len(meta["categories"] or ()),
        "data": data,
        "about": _plain(meta["_docs"]),
        "recipe_url": meta["recipe"] or "",
        "licence": LICENCES[licence_url] if licence_url else "",
        "licence_url": licence_url,
    }


def _stated(value: float) -> float | None:
    return None if math.isnan(value) else value


def _plain(text: str) -> str:
    """torchvision's note without reStructuredText's marks: `name <url>`_ becomes name."""
    words = re.sub(r"`([^`<]+?)(?: <[^>]*>)?`_?", r"\1", " ".join(text.split()))
    return re.sub(r"(?<=\w)_(?=\W|$)", "", words)


def main() -> None:
    """Writes the file beside this one."""
    path = Path(__file__).with_name("catalogue.json")
    text = json.dumps(build_catalogue(), indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
