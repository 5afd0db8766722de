"""Recipes over models, freeze plans, data, loaders, optimisers and schedules, each small."""

from typing import Any

import torch

from core.recipe import Recipe, parse

_HAS_GPU = torch.cuda.is_available() or torch.backends.mps.is_available()
_AUTO = "cpu" if _HAS_GPU else "auto"  # only on a CPU are the bits the same
_SMALL: dict[str, Any] = {
    "split": {"train_per_class": 6, "val": 0.05, "test": 0.05},
    "loader": {"batch_size": 16},
    "train": {"epochs": 2, "threads": 1, "device": "cpu"},
    "loggers": {"tensorboard": False},
    "transform": {"size": 32},
}
_MLP = {"kind": "mlp", "hidden": [12], "activation": "gelu", "dropout": 0.2}

# Six that together touch every part of a script, for each check-in.
FEW: dict[str, dict[str, Any]] = {
    "default": {},
    "probe": {
        "freeze": {"preset": "linear_probe"}, "transform": {"augment": "none"},
        "optimizer": {"name": "sgd", "lr": 0.05}, "schedule": {"name": "one_cycle"},
        "loader": {"drop_last": True, "num_workers": 2},
    },
    "two_classes": {
        "data": {"only": ["3", "8"]}, "head": {"outputs": "one_logit", "init": "xavier"},
        "train": {"label_smoothing": 0.1, "class_weights": "balanced"},
        "schedule": {"name": "step", "step_epochs": 1, "warmup_epochs": 0.5},
        "loader": {"shuffle": False},
    },
    "opening": {
        "freeze": {"preset": "last_stage"}, "unfreezing": {"every": 1, "start": 2},
        "optimizer": {"name": "adamw", "stage_factor": 0.5}, "head": _MLP,
        "train": {"epochs": 3, "clip_norm": 0.5, "accumulate": 3, "device": _AUTO},
    },
    "mixed": {
        "model": {"name": "mobilenet_v3_small", "weights": "none"},
        "freeze": {"preset": "all"},
        "train": {"mix": "either", "label_smoothing": 0.1, "ema": 0.9},
        "transform": {"augment": "flip_crop", "draws": 1, "resize": "crop"},
        "loggers": {"tensorboard": True},
    },
    "stopping": {
        "optimizer": {"name": "sgd", "lr": 0.3}, "train": {"epochs": 6},
        "early_stopping": {"enabled": True, "monitor": "val_accuracy", "patience": 2,
                           "min_delta": 0.01},
        "schedule": {"name": "plateau", "plateau_epochs": 0},
    },
}

MORE: dict[str, dict[str, Any]] = {
    **{
        f"optimizer_{name}": {"optimizer": {"name": name, "lr": 1e-3}, "train": {"epochs": 1}}
        for name in ("adam", "rmsprop", "nadam", "radam", "adamax", "adagrad", "adadelta",
                     "adafactor", "asgd", "rprop")
    },
    **{
        f"model_{name}": {
            "model": {"name": name, "weights": "none"}, "transform": {"size": size},
            "freeze": {"preset": preset}, "train": {"epochs": 1},
            "split": {"train_per_class": 2}, "loader": {"batch_size": 8},
        }
        for name, preset, size in (
            ("resnet18", "last_stage", 32), ("densenet121", "linear_probe", 32),
            ("efficientnet_b0", "last_stages", 32), ("vit_b_32", "linear_probe", None),
            ("googlenet", "all", 64), ("inception_v3", "linear_probe", None),
            ("squeezenet1_1", "all", 64), ("convnext_tiny", "last_stage", 32),
            ("vgg11", "linear_probe", 32), ("swin_t", "last_stage", 32),
        )
    },
    "from_scratch": {"freeze": {"preset": "from_scratch"}, "schedule": {"name": "constant"}},
    "naive": {"freeze": {"preset": "linear_probe", "frozen_modules": "train"}},
    "exceptions": {"freeze": {"preset": "linear_probe",
                              "exceptions": [["stage4.*", True], ["*.bias", True]]}},
    "family_head": {"head": {"kind": "family", "dropout": 0.3}},
    "append_head": {"head": {"kind": "append", "init": "kaiming"}},
    "trivial": {"transform": {"augment": "trivial"}},
    "bfloat16": {"train": {"precision": "bfloat16", "epochs": 1}},
    "float32": {"train": {"precision": "float32", "device": _AUTO}},
    "two_threads": {"train": {"threads": 2}},
    "weighted": {"train": {"class_weights": "balanced", "accumulate": 2, "label_smoothing": 0.2}},
    "cut_mix": {"train": {"mix": "cutmix", "accumulate": 2},
                "data": {"only": ["0", "1", "2"]}, "loader": {"drop_last": True}},
    "one_logit_mixed": {"data": {"only": ["0", "1"]}, "head": {"outputs": "one_logit"},
                        "train": {"mix": "mixup", "class_weights": "balanced"}},
    "warm_cosine": {"schedule": {"name": "cosine", "warmup_epochs": 1.5}},
    "warm_one_cycle": {"schedule": {"name": "one_cycle", "warmup_epochs": 0.5}},
    "affine_in_batches": {"transform": {"augment_on": "batch"}, "loader": {"drop_last": True}},
    "crop_in_batches": {
        "transform": {"augment": "flip_crop", "augment_on": "batch", "draws": 1},
        "freeze": {"preset": "linear_probe"},
    },
    "averaged": {"train": {"ema": 0.9, "epochs": 3}},
    "averaged_opening": {
        "train": {"ema": 0.8, "epochs": 3}, "freeze": {"preset": "linear_probe"},
        "unfreezing": {"every": 1, "start": 2},
    },
    "channels_last": {"train": {"memory_format": "channels_last"}},
    "all_images": {"split": {"train_per_class": None, "val": 0.4, "test": 0.4},
                   "train": {"epochs": 1}},
}


def recipe_of(parts: dict[str, Any]) -> Recipe:
    """The small recipe with these parts."""
    raw = {name: {**_SMALL.get(name, {}), **parts.get(name, {})} for name in {*_SMALL, *parts}}
    return parse(raw)
