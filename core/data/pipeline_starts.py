"""What a pipeline begins as: the weights' own preset, or the recipe's way in training."""

from core.data import pipeline
from core.data.pipeline import Step
from core.models import catalogue
from core.models.catalogue import WeightsEntry
from core.recipe import Recipe


def preset(model: str, weights: str) -> tuple[Step, ...]:
    """What `weights.transforms()` does; for `"none"` those of the model's default weights.

    Raises:
        ThawError: If there is no such model or it has no such weights.
    """
    shown = _shown(model, weights)
    return (
        pipeline.step("Resize", size=shown.resize_size, interpolation=shown.interpolation),
        pipeline.step("CenterCrop", size=shown.crop_size),
        pipeline.step("ToImage"),
        pipeline.step("ConvertImageDtype"),
        _normalize(shown),
    )


def of_recipe(recipe: Recipe) -> tuple[Step, ...]:
    """What a picture goes through in training, each time that it comes.

    Raises:
        ThawError: As `preset`.
    """
    shown = _shown(recipe.model.name, recipe.model.weights)
    size = recipe.transform.size or catalogue.size_in_training(
        recipe.model.name, recipe.model.weights)
    if recipe.transform.resize == "squash":
        fit = [pipeline.step("Resize", size=size, to="square", interpolation=shown.interpolation)]
    else:
        fit = [pipeline.step("Resize", size=size, interpolation=shown.interpolation),
               pipeline.step("CenterCrop", size=size)]
    return (
        pipeline.step("ToImage"), *fit, *_augment(recipe.transform.augment, size),
        pipeline.step("ToDtype", dtype="float32", scale=True), _normalize(shown),
    )


def _shown(model: str, weights: str) -> WeightsEntry:
    entry = catalogue.find_model(model)
    return entry.find_weights(weights) or entry.find_weights(entry.default_weights)


def _normalize(shown: WeightsEntry) -> Step:
    return pipeline.step("Normalize", mean=tuple(shown.mean), std=tuple(shown.std))


def _augment(name: str, size: int) -> tuple[Step, ...]:
    """The steps of `core.data.transforms.AUGMENTS`; a test compares them."""
    return {
        "none": (),
        "affine": (
            pipeline.step("RandomAffine", degrees=10, translate=0.1, scale=(0.85, 1.15),
                          shear=10, interpolation="bilinear"),
        ),
        "flip_crop": (
            pipeline.step("RandomResizedCrop", size=size, scale=(0.5, 1.0), ratio=(3 / 4, 4 / 3)),
            pipeline.step("RandomHorizontalFlip"),
        ),
        "trivial": (pipeline.step("TrivialAugmentWide", interpolation="bilinear"),),
    }[name]
