"""A recipe as one plain PyTorch script that needs nothing of Thaw."""

import ast
from dataclasses import dataclass

from core.models import catalogue
from core.models.heads import outputs_of
from core.recipe import Recipe
from core.script import images, loop, model, update
from core.script.batches import batches_text
from core.script.precision import precision_lines
from core.script.section import Section

# What a script may use of other modules, by its name; "" for the module itself.
_IMPORTS: dict[str, str] = {
    **dict.fromkeys(("hashlib", "math", "torch", "wandb"), ""),
    "np": "numpy",
    "Path": "pathlib",
    "dataclass": "dataclasses", "Callable": "collections.abc",
    "Image": "PIL", "ImageOps": "PIL",
    "load_digits": "sklearn.datasets",
    "nn": "torch", "Tensor": "torch",
    "functional": "torch.nn",
    "DataLoader": "torch.utils.data", "Dataset": "torch.utils.data",
    "AveragedModel": "torch.optim.swa_utils",
    "SummaryWriter": "torch.utils.tensorboard",
    "datasets": "torchvision",
    "get_model": "torchvision.models",
    "InterpolationMode": "torchvision.transforms", "v2": "torchvision.transforms",
}
_PYTHON = ("collections.abc", "dataclasses", "hashlib", "math", "pathlib")

_SEED_FOR = '''\
def seed_for(purpose, *place):
    """Whatever is random draws from its own seed: 63 bits of a sha256 over purpose and place."""
    address = "/".join([purpose, *(str(int(part)) for part in place)])
    return int.from_bytes(hashlib.sha256(address.encode()).digest()[:8], "big") >> 1'''


@dataclass(frozen=True)
class Script:
    """A script in sections.

    Attributes:
        about: What it does, and what it promises; its docstring.
        imports: All that the sections need.
        sections: In the order in which Python needs them.
    """

    about: str
    imports: str
    sections: tuple[Section, ...]

    @property
    def text(self) -> str:
        """The whole file."""
        parts = [f"# --- {section.title} ---\n{_gap(section.text)}{section.text}"
                 for section in self.sections]
        return f'"""{self.about}\n"""\n\n{self.imports}\n\n' + "\n\n\n".join(parts) + "\n"


def script_of(recipe: Recipe) -> Script:
    """The script that trains a recipe: on a CPU its losses are the run's, to the last bit.

    Everything stands in it that a run derives from the recipe: the split, the order of each
    epoch, the augmentation of each image and the seed of each step's dropout.

    Raises:
        ThawError: If the data's classes can't be found, the model can't have the head, or the
            plan names what the model does not have.
    """
    classes = images.classes_of(recipe)
    outputs = outputs_of(recipe.model.name, recipe.head, classes)
    built = model.model_part(recipe, outputs)
    sections = (
        Section("train", "Settings", _settings(recipe)),
        *images.sections(recipe, _transforms(recipe)),
        Section("batches", "Batches", batches_text(recipe)),
        *built.sections,
        *update.sections(recipe, built),
        *loop.sections(recipe),
    )
    return Script(_about(recipe), imports_of("\n\n".join(one.text for one in sections)), sections)


def imports_of(text: str) -> str:
    """The imports of all that Python source uses, those of Python itself first."""
    used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    plain = [name for name in used if _IMPORTS.get(name) == ""]
    lines = {name: f"import {name}" for name in plain}
    if "np" in used:
        lines["numpy"] = "import numpy as np"
    named: dict[str, list[str]] = {}
    for name in sorted(used - {"np"}):
        if module := _IMPORTS.get(name):
            named.setdefault(module, []).append(name)
    own, others = [], []
    for name in sorted(lines):
        (own if name in _PYTHON else others).append(lines[name])
    for module in sorted(named):
        line = f"from {module} import {', '.join(named[module])}"
        (own if module in _PYTHON else others).append(line)
    return "\n\n".join("\n".join(group) for group in (own, others) if group)


def _gap(text: str) -> str:
    """A function or class wants two lines of space before it."""
    return "\n\n" if text.startswith(("def ", "class ", "@")) else ""


def _settings(recipe: Recipe) -> str:
    spec = recipe.train
    lines = [
        f"SEED = {spec.seed}",
        f"EPOCHS = {spec.epochs}",
        f"BATCH_SIZE = {recipe.loader.batch_size}",
        f"torch.set_num_threads({spec.threads})  # another number moves the last bits",
        *model.device_lines(recipe),
        *precision_lines(recipe),
    ]
    return "\n".join(lines) + f"\n\n\n{_SEED_FOR}"


def _transforms(recipe: Recipe) -> list[str]:
    entry = catalogue.find_model(recipe.model.name)
    weights = catalogue.find_weights(recipe.model.name, recipe.model.weights)
    shown = weights or catalogue.find_weights(entry.name, entry.default_weights)
    size = recipe.transform.size or catalogue.size_in_training(
        recipe.model.name, recipe.model.weights
    )
    return images.transform_lines(
        recipe.transform, size=size, mean=shown.mean, std=shown.std,
        interpolation=shown.interpolation,
    )


def _about(recipe: Recipe) -> str:
    name = f" “{recipe.name}”" if recipe.name else ""
    lines = [
        f"The recipe{name} as plain PyTorch: {recipe.model.name} on {recipe.data.name}.",
        "",
        "It runs as it stands. On a CPU, with the same PyTorch and as many threads, its losses are",
        "those of the run in Thaw, to the last bit.",
    ]
    if recipe.features.cache != "off" and recipe.features.dtype != "float32":
        lines += [
            f"The run keeps what the frozen part computes in {recipe.features.dtype}; this script",
            "computes it anew in each epoch, so there its losses are near to the run's.",
        ]
    if recipe.train.processes > 1:
        lines += [
            f"The run shares each batch among {recipe.train.processes} processes, this is one:",
            "without BatchNorm and dropout its losses are the run's to about 1e-5, else near it.",
        ]
    return "\n".join(lines)
