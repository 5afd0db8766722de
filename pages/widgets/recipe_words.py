"""A recipe in a few words for each step of the way; ice and warmth mark what is frozen."""

from core.data import datasets
from core.models.catalogue import NO_WEIGHTS
from core.recipe import Preset, Recipe
from pages.widgets import field_words

_PRESETS = {
    "linear_probe": ":blue[Backbone frozen], only the new :orange[head trains]",
    "last_stage": ":blue[Early stages frozen], :orange[last stage and head train]",
    "last_stages": ":blue[Early stages frozen], "
    ":orange[last {count} stages and head train]",
    "all": "Fine-tune: :orange[everything trains]",
    "from_scratch": "From scratch: :orange[everything trains], nothing was learned before",
}


_SHORT = {
    "linear_probe": "Linear probe of {model} on {data}",
    "last_stage": "Last stage of {model} on {data}",
    "last_stages": "Last {count} stages of {model} on {data}",
    "all": "{model} fine-tuned on {data}",
    "from_scratch": "{model} from scratch on {data}",
}
_HEADS = {
    "linear": "",
    "mlp": "MLP ({} hidden)",
    "family": "the family's classifier anew",
    "append": "a layer behind the model's own outputs",
}
_NAMED = 4  # classes in a title; more are counted
_FREEZING = ("linear_probe", "last_stage", "last_stages")


def short(recipe: Recipe) -> str:
    """What a run without a name is called."""
    data = data_title(recipe)
    model = recipe.model.name
    if recipe.model.weights == NO_WEIGHTS and _preset(recipe) != "from_scratch":
        model = f"random {model}"
    return _SHORT[_preset(recipe)].format(model=model, data=data, count=recipe.freeze.stages)


def data_title(recipe: Recipe) -> str:
    """What the images are called, with the classes that were chosen of them."""
    title, only = datasets.find_dataset(recipe.data.name).title, recipe.data.only
    if not only:
        return title
    if len(only) > _NAMED:
        return f"{len(only)} classes of {title}"
    return f"{title} ({', '.join(only)})"


def head(recipe: Recipe) -> str:
    """The new head, where it is another than one linear layer; "" where it is that."""
    words = _HEADS[recipe.head.kind].format(", ".join(map(str, recipe.head.hidden)))
    if recipe.head.outputs == "one_logit":
        return f"{words or 'one linear layer'}, one logit"
    return words


def model(recipe: Recipe) -> str:
    """Which architecture, and what it starts from."""
    if recipe.freeze.preset == "from_scratch" or recipe.model.weights == NO_WEIGHTS:
        return f"**{recipe.model.name}**, random weights"
    return f"**{recipe.model.name}**, weights {recipe.model.weights}"


def freezing(recipe: Recipe) -> str:
    """What trains."""
    words = _PRESETS[_preset(recipe)].format(count=recipe.freeze.stages)
    if count := len(recipe.freeze.exceptions):
        words += f", {count} exception{'s' if count > 1 else ''}"
    if words_of_head := head(recipe):
        words += f", head: {words_of_head}"
    if recipe.freeze.frozen_modules == "train" and (count or _preset(recipe) in _FREEZING):
        words += ", frozen modules in train()"
    return words


def _preset(recipe: Recipe) -> Preset:
    """The preset as it works: without learned weights there is nothing to fine-tune."""
    scratch = recipe.freeze.preset == "all" and recipe.model.weights == NO_WEIGHTS
    return "from_scratch" if scratch else recipe.freeze.preset


def data(recipe: Recipe) -> str:
    """Which images, how many, in what batches."""
    title = data_title(recipe)
    per_class = recipe.split.train_per_class
    amount = f"{per_class} images a class" if per_class else "all training images"
    order = "shuffled" if recipe.loader.shuffle else "in order"
    return f"**{title}**, {amount}, batches of {recipe.loader.batch_size}, {order}"


def training(recipe: Recipe) -> str:
    """How long, with which optimiser."""
    optimizer = field_words.choice(recipe.optimizer.name)
    schedule = field_words.choice(recipe.schedule.name).lower()
    epochs = recipe.train.epochs
    words = (
        f"**{epochs} epoch{'s' if epochs > 1 else ''}**, {optimizer}, "
        f"learning rate {recipe.optimizer.lr:g}, {schedule}"
    )
    if recipe.optimizer.stage_factor != 1:
        words += f", times {recipe.optimizer.stage_factor:g} from stage to stage"
    return words + _unfreezing(recipe)


def _unfreezing(recipe: Recipe) -> str:
    rule, words = recipe.unfreezing, ""
    if rule.every:
        each = f"every {rule.every} epochs" if rule.every > 1 else "each epoch"
        words += f", opens a stage {each} from epoch {rule.start} on"
    if rule.at:
        words += ", opens " + ", ".join(f"{name} in epoch {epoch}" for name, epoch in rule.at)
    return words
