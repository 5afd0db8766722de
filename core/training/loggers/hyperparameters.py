"""The settings of a run that TensorBoard's HPARAMS tab compares.

The tab takes its columns from one run for all, so that every run has the same ones, each of one
type.
"""

from collections.abc import Callable

from core.recipe import Recipe

Value = str | float | bool

_COLUMNS: dict[str, Callable[[Recipe], Value]] = {
    "name": lambda recipe: recipe.name or "–",
    "model": lambda recipe: recipe.model.name,
    "weights": lambda recipe: recipe.model.weights,
    "frozen": lambda recipe: recipe.freeze.preset,
    "head": lambda recipe: recipe.head.kind,
    "data": lambda recipe: recipe.data.name,
    "images a class": lambda recipe: str(recipe.split.train_per_class or "all"),
    "input size": lambda recipe: str(recipe.transform.size or "of the weights"),
    "augmentation": lambda recipe: recipe.transform.augment,
    "batch size": lambda recipe: float(recipe.loader.batch_size),
    "optimiser": lambda recipe: recipe.optimizer.name,
    "learning rate": lambda recipe: float(recipe.optimizer.lr),
    "rate by depth": lambda recipe: float(recipe.optimizer.stage_factor),
    "weight decay": lambda recipe: float(recipe.optimizer.weight_decay),
    "schedule": lambda recipe: recipe.schedule.name,
    "epochs": lambda recipe: float(recipe.train.epochs),
    "label smoothing": lambda recipe: float(recipe.train.label_smoothing),
    "seed": lambda recipe: float(recipe.train.seed),
}


def hyperparameters(recipe: Recipe) -> dict[str, Value]:
    """Each column's value, the same columns for every recipe."""
    return {name: value_of(recipe) for name, value_of in _COLUMNS.items()}
