"""The model of a script: its weights, its head, and which part of it trains."""

import json
from dataclasses import dataclass

from core.models import bundled, catalogue, freeze_code, head_code
from core.models.freezing import rows_of
from core.models.heads import head_paths
from core.models.summary_skeleton import build_skeleton
from core.recipe import Recipe
from core.script.section import Section
from core.training.depth_code import DepthCode, depth_code

_BUNDLED = """\
WEIGHTS = {path}  # comes with Thaw
model = get_model("{name}", weights=None, num_classes={outputs})
model.load_state_dict(torch.load(WEIGHTS, weights_only=True))

"""


@dataclass(frozen=True)
class ModelPart:
    """What the training has to know of the model.

    Attributes:
        sections: The model, and its freezing.
        mode: Indented lines that begin an epoch.
        trains: What is given to the optimiser.
        depth: Rates by depth and openings; None where one rate does for all and nothing opens.
        answers_beside: Whether auxiliary heads answer beside the main one in training mode.
    """

    sections: list[Section]
    mode: str
    trains: str
    depth: DepthCode | None
    answers_beside: bool


def model_part(recipe: Recipe, outputs: int) -> ModelPart:
    """The sections of the model.

    Args:
        outputs: Of the new last layer.

    Raises:
        ThawError: If the plan names what the model does not have.
    """
    name, weights = recipe.model.name, recipe.model.weights
    head = head_paths(name, weights, recipe.head)
    skeleton = build_skeleton(name, catalogue.find_weights(name, weights), outputs, recipe.head)
    rows = rows_of(skeleton)
    depth = depth_code(rows, recipe, head)
    parts = freeze_code.freeze_parts(
        rows, recipe.freeze, head, opens=bool(depth and depth.opening)
    )
    freezing, trains = parts.freeze, "model.parameters()"
    if depth:
        freezing, trains = f"{freezing}\n\n{depth.groups.rstrip()}", "groups"
        if depth.opens:
            freezing += f"\n{depth.opens.rstrip()}"
    elif not parts.is_whole:
        trains = "trainable"
        freezing += "\n\ntrainable = [p for p in model.parameters() if p.requires_grad]"
    return ModelPart(
        [
            Section("models", "The model with its new head", _building(recipe, outputs)),
            Section("layers", "What trains", freezing),
        ],
        parts.mode, trains, depth,
        any(getattr(skeleton, one, None) is not None for one in ("aux1", "AuxLogits")),
    )


def device_lines(recipe: Recipe) -> list[str]:
    """The lines that choose the device."""
    if recipe.train.device == "auto":
        return [
            "device = torch.device(",
            '    "cuda" if torch.cuda.is_available() else',
            '    "mps" if torch.backends.mps.is_available() else "cpu"',
            ")",
        ]
    return [f'device = torch.device("{recipe.train.device}")']


def _building(recipe: Recipe, outputs: int) -> str:
    name, weights = recipe.model.name, recipe.model.weights
    scratch = recipe.freeze.preset == "from_scratch"
    entry = catalogue.find_weights(name, weights)
    if entry is not None and entry.bundled and not scratch:
        path = (bundled.FOLDER / bundled.find_bundled(name, weights).file).resolve()
        head = head_code.head_lines(name, weights, outputs, recipe.head, recipe.train.seed)
        text = _BUNDLED.format(path=json.dumps(str(path)), name=name, outputs=entry.categories)
        text += "\n".join(head)
    else:
        text = head_code.model_code(
            name, weights, outputs, recipe.head, recipe.train.seed, from_scratch=scratch
        )
        lines = [line for line in text.splitlines() if not line.startswith(("import ", "from "))]
        text = "\n".join(lines).strip("\n")
    layout = {
        "auto": 'if device.type == "cuda":\n'
        "    model = model.to(memory_format=torch.channels_last)",
        "channels_last": "model = model.to(memory_format=torch.channels_last)",
    }
    moved = ["model = model.to(device)"]
    if recipe.train.memory_format in layout:
        moved.append(layout[recipe.train.memory_format])
    return "\n".join([text, *moved])
